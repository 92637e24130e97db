import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { RandomStream } from '#sim';
import { NatsProcess } from '../../../server/bus/nats-process.ts';
import { type Publication, Publications, wait } from './publications.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { TruthClient } from './truth-client.ts';

export interface TruthOptions {
  readonly seed: number;
  readonly clients: number;
  readonly instances: number;
  readonly ratePerSecond: number;
  /** How long the stream keeps a message, which outages are measured against. */
  readonly retentionMs: number;
  /** More settings of the servers. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Told what happens, for whoever watches. */
  readonly tell?: (line: string) => void;
}

export interface TruthReport {
  readonly published: number;
  readonly owed: number;
  readonly missing: readonly (Publication & { readonly client: number })[];
  readonly duplicates: number;
  readonly reordered: number;
  readonly gapNotices: number;
  readonly recoveries: { readonly complete: number; readonly incomplete: number };
  /** Servers that ended by themselves: what they said last. */
  readonly died: readonly string[];
}

interface ServerOfTruth {
  readonly process: ChildProcess;
  port: number;
  /** Its end is part of a fault. */
  expected: boolean;
  said: string;
}

const channels = ['token.a', 'token.b', 'token.c', 'news.x', 'news.y', 'deep.one.two'];
const names = [...channels, 'token.*', 'news.>', '>', 'deep.*.two'];
const quietMs = 15_000;

/** A real server or two, a real nats-server, a link between them that can break, publishers and clients that keep accounts. */
export class TruthWorld {
  readonly random: RandomStream;
  readonly options: TruthOptions;
  readonly nats: NatsProcess;
  readonly link: TcpProxy;
  readonly publications: Publications;
  #servers: ServerOfTruth[] = [];
  #died: string[] = [];
  #clients: TruthClient[] = [];
  #lifeOfEpoch = new Map<string, number>();

  private constructor(options: TruthOptions, nats: NatsProcess, link: TcpProxy, publications: Publications) {
    this.options = options;
    this.random = new RandomStream(options.seed, 'faults', 0);
    this.nats = nats;
    this.link = link;
    this.publications = publications;
  }

  static async start(options: TruthOptions): Promise<TruthWorld> {
    const nats = await NatsProcess.start();
    const link = await TcpProxy.start(nats.port);
    const publications = await Publications.start(nats.url, channels, options.ratePerSecond);
    publications.paused = true;
    const world = new TruthWorld(options, nats, link, publications);
    for (let instance = 0; instance < options.instances; instance += 1) await world.startServer(instance);
    publications.paused = false;
    for (let client = 0; client < options.clients; client += 1) world.#addClient(client);
    await world.#settled();
    return world;
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.random.uniformInteger(most - least + 1);
  }
  get instances(): number {
    return this.#servers.length;
  }
  get clients(): readonly TruthClient[] {
    return this.#clients;
  }

  async startServer(instance: number): Promise<void> {
    const { retentionMs, settings = {}, instances } = this.options;
    const known = this.#servers.at(instance);
    const child = spawn(process.execPath, ['server/main.ts'], {
      cwd: new URL('../../../', import.meta.url).pathname,
      env: {
        PATH: process.env['PATH'],
        WS_ADDR: `127.0.0.1:${known?.port ?? 0}`,
        NATS_URL: `nats://127.0.0.1:${this.link.port}`,
        JS_STREAM_MAX_AGE: `${retentionMs}ms`,
        WS_HISTORY_AGE: `${retentionMs}ms`,
        JS_CONSUMER_ACK_WAIT: '2s',
        WS_FLUSH_INTERVAL: '20ms',
        WS_CPU_LIMIT: '100',
        ...(instances > 1 ? { WS_INSTANCE: `i${instance}` } : {}),
        ...settings,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const server = { process: child, port: known?.port ?? 0, expected: false, said: '' };
    this.#servers[instance] = server;
    child.on('exit', (code) => {
      if (!server.expected) this.#died.push(`server ${instance} ended with code ${code}: ${server.said.slice(-500)}`);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      server.said = (server.said + String(chunk)).slice(-20_000);
    });
    while (!/"event":"listening"/.test(server.said)) {
      await Promise.race([once(child.stderr, 'data'), once(child, 'exit')]);
      if (child.exitCode !== null) throw new Error(`the server did not start: ${server.said}`);
    }
    server.port = Number(/"port":(\d+)/.exec(server.said)?.[1]);
  }

  signal(instance: number, signal: NodeJS.Signals): void {
    this.#servers[instance].process.kill(signal);
  }

  async killServer(instance: number): Promise<void> {
    const server = this.#servers[instance];
    server.expected = true;
    const ended = once(server.process, 'exit');
    server.process.kill('SIGKILL');
    await ended;
  }

  /** What the server's log holds, the newest of it. */
  logOf(instance: number): string {
    return this.#servers[instance].said;
  }

  tell(line: string): void {
    this.options.tell?.(line);
  }

  /** Ends the publishing, waits until every client has what is to come, and holds each to its account. */
  async finish(): Promise<TruthReport> {
    await this.publications.stop();
    await this.#settled();
    const { confirmed } = this.publications;
    const missing: (Publication & { readonly client: number })[] = [];
    let owed = 0;
    for (const [client, one] of this.#clients.entries()) {
      const account = one.account(confirmed, this.#lifeOfEpoch);
      owed += account.owed;
      for (const publication of account.missing) missing.push({ ...publication, client });
    }
    const sum = (pick: (client: TruthClient) => number): number =>
      this.#clients.reduce((total, client) => total + pick(client), 0);
    return {
      published: confirmed.length,
      owed,
      missing,
      duplicates: sum(({ duplicates }) => duplicates),
      reordered: sum(({ reordered }) => reordered),
      gapNotices: sum(({ gapNotices }) => gapNotices),
      recoveries: {
        complete: sum(({ recoveries }) => recoveries.complete),
        incomplete: sum(({ recoveries }) => recoveries.incomplete),
      },
      died: this.#died,
    };
  }

  async stop(): Promise<void> {
    await this.publications.stop();
    for (const client of this.#clients) client.stop();
    await this.publications.close();
    for (const [instance, { process: child, expected }] of this.#servers.entries()) {
      if (!expected && child.exitCode === null) await this.killServer(instance);
    }
    this.link.stop();
    await this.nats.stop();
  }

  #addClient(index: number): void {
    const ports = this.#servers.map(({ port }) => port);
    const wanted = new Set<string>();
    for (let count = this.between(1, 3); count > 0; count -= 1) wanted.add(names[this.between(0, names.length - 1)]);
    const from = index % ports.length;
    const client = new TruthClient([...ports.slice(from), ...ports.slice(0, from)], [...wanted], (epoch, id) => {
      const life = this.publications.byId.get(id)?.life;
      if (life !== undefined) this.#lifeOfEpoch.set(epoch, life);
    });
    this.#clients.push(client);
  }

  /** Waits until every client is there and a message published now has reached all that are owed it, or too long. */
  async #settled(): Promise<void> {
    const deadlineMs = performance.now() + quietMs;
    while (performance.now() < deadlineMs) {
      if (this.#clients.every(({ isSubscribed }) => isSubscribed)) {
        const marks = await Promise.all(channels.map((channel) => this.publications.publish(channel)));
        if (marks.every((mark) => mark !== null)) {
          await wait(500);
          if (this.#clients.every((client) => client.hasAll(marks.filter((mark) => mark !== null)))) return;
        }
      }
      await wait(200);
    }
  }
}
