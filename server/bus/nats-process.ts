import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const startTimeoutMs = 10_000;
const command = 'nats-server';

export interface NatsOptions {
  /** Lines of configuration beside port and JetStream, such as a cluster's. */
  readonly configuration?: string;
  readonly name?: string;
}

/** Whether a nats-server is installed on this machine. */
export const natsIsInstalled = (): boolean => spawnSync(command, ['--version']).status === 0;

/** A nats-server with JetStream of our own, on loopback and in a folder of its own, for tests and live runs. */
export class NatsProcess {
  readonly port: number;
  #options: NatsOptions;
  #folder: string;
  #child: ChildProcess | null = null;

  private constructor(port: number, options: NatsOptions) {
    this.port = port;
    this.#options = options;
    this.#folder = mkdtempSync(join(tmpdir(), 'fanout-nats-'));
  }

  /** @throws Error when nats-server is missing or does not come up */
  static async start(options: NatsOptions = {}): Promise<NatsProcess> {
    const nats = new NatsProcess(await freePort(), options);
    await nats.run();
    return nats;
  }

  /** A cluster of `size` servers, JetStream replicated over them. */
  static async startCluster(size: number): Promise<NatsProcess[]> {
    const routePorts = await Promise.all(Array.from({ length: size }, freePort));
    const routes = routePorts.map((port) => `nats-route://127.0.0.1:${port}`).join(', ');
    return Promise.all(
      routePorts.map((port, index) =>
        NatsProcess.start({
          name: `node-${index}`,
          configuration: `cluster { name: fanout, listen: 127.0.0.1:${port}, routes: [${routes}] }`,
        }),
      ),
    );
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }
  get #copy(): string {
    return `${this.#folder}-copy`;
  }
  get processId(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it, again after `kill`, with what it had stored. */
  async run(): Promise<void> {
    const { name = 'alone', configuration = '' } = this.#options;
    const file = join(this.#folder, 'nats.conf');
    writeFileSync(
      file,
      `server_name: ${name}\nlisten: 127.0.0.1:${this.port}\njetstream { store_dir: "${this.#folder}" }\n${configuration}\n`,
    );
    // Detached: Ctrl-C goes to every process of a terminal's group; when this one ends is for the run to say.
    const child = spawn(command, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    this.#child = child;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`${command} was not ready within ${startTimeoutMs / 1_000} s: ${said}`));
      }, startTimeoutMs);
      child.once('error', (error) => {
        clearTimeout(timer);
        reject(new Error(`${command} cannot be run (${error.message}); install it, as in apt-get install nats-server`));
      });
      child.once('exit', (code) => {
        clearTimeout(timer);
        reject(new Error(`${command} ended with code ${code}: ${said}`));
      });
      child.stderr.on('data', (chunk: Buffer) => {
        said = (said + String(chunk)).slice(-4_000);
        if (!said.includes('Server is ready')) return;
        clearTimeout(timer);
        resolve();
      });
    });
    child.stderr.removeAllListeners('data').resume();
    child.removeAllListeners('exit');
  }

  /**
   * Whether its store holds a text already. It confirms a message a few milliseconds before it writes it, so one that is
   * killed in between comes back without it, and gives its sequence to another.
   */
  hasStored(text: string): boolean {
    return readdirSync(this.#folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.blk'))
      .some((file) => readFileSync(join(this.#folder, file)).includes(text));
  }

  /** Stops it where it stands, as a machine that is paused does; `resume` lets it go on. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }
  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Keeps a copy of what it has stored; it must not run. */
  saveStore(): void {
    rmSync(this.#copy, { recursive: true, force: true });
    cpSync(this.#folder, this.#copy, { recursive: true });
  }

  /** Puts the copy back, as a backup or a lost disk cache would; it must not run. */
  restoreStore(): void {
    rmSync(this.#folder, { recursive: true, force: true });
    cpSync(this.#copy, this.#folder, { recursive: true });
  }

  /** Ends it without a chance to say goodbye; what it stored stays. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends it and removes what it stored. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    rmSync(this.#folder, { recursive: true, force: true });
    rmSync(this.#copy, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    await ended;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
