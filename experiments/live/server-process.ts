import { type ChildProcess, fork } from 'node:child_process';
import type { SettingValues } from '#core';
import type { ServerSample } from '../../server/supervisor.ts';

const startTimeoutMs = 15_000;
const answerTimeoutMs = 10_000;

type FromServer = { kind: 'listening'; port: number } | { kind: 'sample'; id: number; sample: ServerSample };

/** The real server as a process of its own, so that what it uses can be told from what the load uses. */
export class ServerProcess {
  readonly port: number;
  #child: ChildProcess;
  #nextId = 1;
  #waiting = new Map<number, (sample: ServerSample) => void>();
  #exited: Promise<void>;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
    this.#exited = new Promise((resolve) => child.once('exit', () => resolve()));
    child.on('message', (message: FromServer) => {
      if (message.kind !== 'sample') return;
      this.#waiting.get(message.id)?.(message.sample);
      this.#waiting.delete(message.id);
    });
  }

  /** Starts `server/main.ts` with these settings on a free port of loopback; its log goes to nowhere, its errors here. */
  static start(settings: SettingValues): Promise<ServerProcess> {
    const environment: Record<string, string> = {};
    for (const [name, value] of Object.entries(settings)) if (value !== undefined) environment[name] = String(value);
    const child = fork(new URL('../../server/main.ts', import.meta.url), [], {
      env: { PATH: process.env['PATH'], ...environment, WS_ADDR: '127.0.0.1:0', LOG_LEVEL: 'error' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += String(chunk);
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
      child.on('message', (message: FromServer) => {
        if (message.kind !== 'listening') return;
        clearTimeout(timer);
        resolve(new ServerProcess(child, message.port));
      });
    });
  }

  publish(channel: string, dataJson: string, publishedAtMs: number): void {
    this.#child.send({ kind: 'publish', channel, dataJson, publishedAtMs });
  }

  sample(): Promise<ServerSample> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the server did not answer')), answerTimeoutMs);
      this.#waiting.set(id, (sample) => {
        clearTimeout(timer);
        resolve(sample);
      });
      if (this.#child.connected) this.#child.send({ kind: 'sample', id });
      else reject(new Error('the server has ended'));
    });
  }

  /** Stops it gracefully, and by force when that takes too long. */
  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.send({ kind: 'stop' });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), answerTimeoutMs);
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.#exited;
    clearTimeout(timer);
  }
}
