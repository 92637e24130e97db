import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { behind } from './behind.ts';
import type { LoadCommand, LoadReply, SerialisedLoadSample } from './load-protocol.ts';

const entry = fileURLToPath(new URL('./load-client.ts', import.meta.url));
const exitTimeoutMs = 5_000;
/** How much of a failed process's error output goes into the message. */
const errorTextLengthMax = 2_000;

/** `Omit` member by member, so that the union stays one. */
type WithoutId<Command> = Command extends unknown ? Omit<Command, 'id'> : never;

interface Pending {
  readonly kind: string;
  readonly resolve: (sample: SerialisedLoadSample) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** One client process seen from its parent: commands with answers, and its end. */
export class LoadProcess {
  /** Its last answer; what is known of it when it dies. */
  lastSample: SerialisedLoadSample | undefined;

  #name: string;
  #child: ChildProcess;
  #onDied: ((error: Error) => void) | undefined;
  #pending = new Map<number, Pending>();
  #commands = 0;
  #errorText = '';
  #ended: Error | undefined;
  #closing = false;
  #exited = Promise.withResolvers<void>();

  /** @param prefix words to put before its command, such as those that enter a namespace */
  constructor(name: string, prefix: readonly string[], onDied?: (error: Error) => void) {
    this.#name = name;
    this.#onDied = onDied;
    this.#child = fork(entry, [], {
      ...behind(prefix),
      // Ctrl-C goes to every process of a terminal's group; when these end is for the parent to say.
      detached: true,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#errorText = (this.#errorText + text.toString()).slice(-errorTextLengthMax);
    });
    this.#child.on('message', (reply) => this.#answered(reply as LoadReply));
    this.#child.on('error', (error) => this.#end(`cannot be run: ${error.message}`));
    this.#child.on('exit', (code, signal) => {
      const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
      // Its last words may still be in the pipe. (The child's own `close` event never comes after `disconnect`.)
      const errorOutput = this.#child.stderr;
      if (errorOutput === null || errorOutput.closed) this.#end(how);
      else errorOutput.once('close', () => this.#end(how));
    });
  }

  /** -1 when it could not be started. */
  get processId(): number {
    return this.#child.pid ?? -1;
  }

  /** Sends a command; rejects when the process fails at it, has ended, or does not answer in time. */
  ask(command: WithoutId<LoadCommand>, timeoutMs: number): Promise<SerialisedLoadSample> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = this.#commands;
    this.#commands += 1;
    const { promise, resolve, reject } = Promise.withResolvers<SerialisedLoadSample>();
    const timer = setTimeout(() => {
      this.#pending.delete(id);
      reject(new Error(`${this.#name}: no answer to ${command.kind} within ${Math.round(timeoutMs)} ms`));
    }, timeoutMs);
    this.#pending.set(id, { kind: command.kind, resolve, reject, timer });
    // A failed send is followed by the process's end, which rejects whatever is pending.
    this.#child.send({ ...command, id }, () => undefined);
    return promise;
  }

  /** Closes the connections for a last sample, then ends the process, by force when it does not go. Never rejects. */
  async close(timeoutMs: number): Promise<void> {
    if (this.#ended !== undefined || this.#closing) return this.#exited.promise;
    // A process that dies from here on leaves its last sample; there is nobody left to tell.
    this.#closing = true;
    await this.ask({ kind: 'close' }, timeoutMs).catch(() => undefined);
    if (this.#child.connected) this.#child.disconnect();
    const force = setTimeout(() => this.#child.kill('SIGKILL'), exitTimeoutMs);
    await this.#exited.promise;
    clearTimeout(force);
  }

  #answered(reply: LoadReply): void {
    const pending = this.#pending.get(reply.id);
    if (reply.kind === 'sample') this.lastSample = reply.sample;
    if (pending === undefined) return;
    this.#pending.delete(reply.id);
    clearTimeout(pending.timer);
    if (reply.kind === 'sample') pending.resolve(reply.sample);
    else pending.reject(new Error(`${this.#name}: ${reply.message}`));
  }

  #end(how: string): void {
    if (this.#ended !== undefined) return;
    const details = this.#errorText.trim();
    const error = new Error(
      `${this.#name} (process ${this.#child.pid}) ${how}${details === '' ? '' : `:\n${details}`}`,
    );
    this.#ended = error;
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.timer);
      pending.reject(this.#closing ? new Error(`${this.#name}: closed before ${pending.kind} was answered`) : error);
    }
    this.#pending.clear();
    this.#exited.resolve();
    if (!this.#closing) this.#onDied?.(error);
  }
}
