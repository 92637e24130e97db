import { type ChildProcess, fork } from 'node:child_process';
import type { SettingValues } from '#core';
import { sumOf } from '../../server/threads/shard-thread.ts';
import type { ServerSample } from '../../server/threads/supervisor.ts';
import { behind } from './behind.ts';
import { publishTo } from './publish-to.ts';

const startTimeoutMs = 15_000;
const answerTimeoutMs = 15_000;

type FromServer =
  | { kind: 'listening'; port: number; adminPort: number | null }
  | { kind: 'sample'; id: number; sample: ServerSample }
  | { kind: 'stopped'; sample: ServerSample };

/** Where the server runs; on loopback by default. */
export interface ServerPlace {
  readonly host?: string | undefined;
  /** Words to put before its command, such as those that enter a namespace. */
  readonly prefix?: readonly string[] | undefined;
}

/**
 * The real server as a process of its own, so that what it uses can be told from what the load uses. It can be ended and
 * started again on the same port; its totals then go on from where they were.
 */
export class ServerProcess {
  readonly port: number;
  #environment: Record<string, string>;
  #place: ServerPlace;
  #child: ChildProcess;
  #exited: Promise<void>;
  #nextId = 1;
  #waiting = new Map<number, (sample: ServerSample) => void>();
  /** Totals of the processes before this one, and the last known ones of this. */
  #before: ServerSample | null = null;
  #latest: ServerSample | null = null;

  private constructor(environment: Record<string, string>, place: ServerPlace, child: ChildProcess, port: number) {
    this.#environment = environment;
    this.#place = place;
    this.#child = child;
    this.port = port;
    this.#exited = this.#follow(child);
  }

  /** Starts `server/main.ts` with these settings on a free port; its log is discarded, its errors come here. */
  static async start(settings: SettingValues, place: ServerPlace = {}): Promise<ServerProcess> {
    const environment: Record<string, string> = {};
    for (const [name, value] of Object.entries(settings)) if (value !== undefined) environment[name] = String(value);
    const { child, port } = await forkServer(environment, place, 0);
    return new ServerProcess(environment, place, child, port);
  }

  get processId(): number | undefined {
    return this.#child.pid;
  }

  /** @param taken called once the message has left this process, or never can */
  publish(channel: string, dataJson: string, publishedAtMs: number, taken: () => void = () => {}): void {
    publishTo(this.#child, { channel, dataJson, publishedAtMs }, taken);
  }

  /** A drill: one event loop fails. */
  failShard(shard: number, how: 'throw' | 'exhaust-heap'): void {
    this.#child.send({ kind: 'failShard', shard, how });
  }

  /** Ends the process gracefully and starts it again with the same settings on the same port. */
  async restart(): Promise<void> {
    await this.stop();
    this.#before = this.#latest === null ? this.#before : this.#total(this.#latest);
    this.#latest = null;
    const { child } = await forkServer(this.#environment, this.#place, this.port);
    this.#child = child;
    this.#exited = this.#follow(child);
  }

  /** Totals since the first start. While the server is down these are the last known ones. */
  async sample(): Promise<ServerSample> {
    if (!this.#child.connected) return this.#known();
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the server did not answer')), answerTimeoutMs);
      this.#waiting.set(id, (sample) => {
        clearTimeout(timer);
        resolve(sample);
      });
      this.#child.send({ kind: 'sample', id });
    });
  }

  /** Stops it gracefully, and by force when that takes too long. */
  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.send({ kind: 'stop' });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), answerTimeoutMs);
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.#exited;
    clearTimeout(timer);
  }

  #follow(child: ChildProcess): Promise<void> {
    child.on('message', (message: FromServer) => {
      if (message.kind === 'listening') return;
      this.#latest = message.sample;
      if (message.kind !== 'sample') return;
      this.#waiting.get(message.id)?.(this.#total(message.sample));
      this.#waiting.delete(message.id);
    });
    return new Promise((resolve) => {
      child.once('exit', () => {
        for (const answer of this.#waiting.values()) answer(this.#known());
        this.#waiting.clear();
        resolve();
      });
    });
  }

  /** What is known without asking. @throws Error when that is nothing */
  #known(): ServerSample {
    if (this.#latest !== null) return this.#total(this.#latest);
    if (this.#before !== null) return this.#before;
    throw new Error('the server exited before it reported anything');
  }

  #total(sample: ServerSample): ServerSample {
    const before = this.#before;
    if (before === null) return sample;
    return {
      ...sample,
      atNs: before.atNs + sample.atNs,
      cpuUserMicroseconds: before.cpuUserMicroseconds + sample.cpuUserMicroseconds,
      cpuSystemMicroseconds: before.cpuSystemMicroseconds + sample.cpuSystemMicroseconds,
      mainCpuMicroseconds: before.mainCpuMicroseconds + sample.mainCpuMicroseconds,
      shardCrashes: before.shardCrashes + sample.shardCrashes,
      shards: sample.shards.map((shard, index) => sumOf(before.shards[index], shard)),
      intake: {
        ...sample.intake,
        busMessages: before.intake.busMessages + sample.intake.busMessages,
        acknowledged: before.intake.acknowledged + sample.intake.acknowledged,
        nakedByReason: sample.intake.nakedByReason.map((count, index) => count + before.intake.nakedByReason[index]),
      },
      stream: {
        ...sample.stream,
        expiredUnacknowledged: before.stream.expiredUnacknowledged + sample.stream.expiredUnacknowledged,
      },
    };
  }
}

function forkServer(
  environment: Record<string, string>,
  { host = '127.0.0.1', prefix = [] }: ServerPlace,
  port: number,
): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(new URL('../../server/main.ts', import.meta.url), [], {
    env: { PATH: process.env['PATH'], ...environment, WS_ADDR: `${host}:${port}`, LOG_LEVEL: 'error' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Ctrl-C goes to every process of a terminal's group; when the server ends is for the run to say.
    detached: true,
    ...behind(prefix),
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + String(chunk)).slice(-4_000);
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the server did not start within ${startTimeoutMs / 1_000} s: ${said}`));
    }, startTimeoutMs);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the server ended with exit code ${code} before it listened: ${said.trim()}`));
    });
    child.once('message', (message: FromServer) => {
      if (message.kind !== 'listening') return;
      clearTimeout(timer);
      resolve({ child, port: message.port });
    });
  });
}
