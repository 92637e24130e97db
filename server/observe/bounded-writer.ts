import { constants, fstatSync, openSync, write } from 'node:fs';
import { Socket } from 'node:net';

/** Text that may wait for a slow reader. */
const waitingBytesMax = 1_048_576;
/** A pipe that is full is tried again after this time. */
const retryMs = 50;

/** Writes some bytes, at least one, without ever blocking; EAGAIN says that none fit now. */
export type Sink = (bytes: Buffer, done: (error: NodeJS.ErrnoException | null, written: number) => void) => void;

/**
 * Lines on their way to a file, pipe or socket that nobody has to wait for: a reader that sleeps costs lines, never the
 * process; a full disk too. What was dropped is counted, and told in a line of its own when there is room again.
 */
export class BoundedWriter {
  /** Lines dropped because too many waited, and lines that could not be written. */
  dropped = 0;
  failed = 0;
  /** Why the last write failed; null when it did not. */
  fault: string | null = null;
  #sink: Sink;
  #tellDropped: (lines: number) => string;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #untold = 0;
  #writing = false;
  #onIdle: (() => void)[] = [];

  /** @param tellDropped the line that says how many are missing */
  constructor(sink: Sink, tellDropped: (lines: number) => string) {
    this.#sink = sink;
    this.#tellDropped = tellDropped;
  }

  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#waitingBytes + bytes.length > waitingBytesMax) {
      this.dropped += 1;
      this.#untold += 1;
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (!this.#writing) this.#next();
  }

  /** Resolves when all is written, or after the deadline. */
  flush(deadlineMs: number): Promise<void> {
    if (!this.#writing) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, deadlineMs);
      this.#onIdle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #next(): void {
    const [bytes] = this.#waiting;
    if (bytes === undefined) return this.#idle();
    this.#writing = true;
    this.#sink(bytes, (error, written) => {
      if (error?.code === 'EAGAIN') {
        setTimeout(() => this.#next(), retryMs).unref();
        return;
      }
      if (error !== null) {
        this.failed += 1;
        this.fault = error.code ?? error.message;
      } else if (written < bytes.length) {
        this.#waiting[0] = bytes.subarray(written);
        this.#waitingBytes -= written;
        return this.#next();
      } else {
        this.fault = null;
      }
      this.#waiting.shift();
      this.#waitingBytes -= bytes.length;
      this.#next();
    });
  }

  #idle(): void {
    this.#writing = false;
    if (this.#untold > 0 && this.fault === null) {
      const lines = this.#untold;
      this.#untold = 0;
      return this.write(this.#tellDropped(lines));
    }
    for (const idle of this.#onIdle.splice(0)) idle();
  }
}

/**
 * This process's standard error as a sink that cannot block it. A pipe, terminal or file is opened anew, so that not to
 * block is ours alone and not that of all who share it; a socket cannot be and is left to the event loop.
 */
export function standardErrorSink(): Sink {
  const descriptor = 2;
  try {
    if (fstatSync(descriptor).isSocket()) return socketSink(descriptor);
    const own = openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK);
    return fileSink(own);
  } catch {
    return fileSink(descriptor);
  }
}

const fileSink =
  (descriptor: number): Sink =>
  (bytes, done) =>
    write(descriptor, bytes, done);

function socketSink(descriptor: number): Sink {
  const socket = new Socket({ fd: descriptor, readable: false, writable: true });
  socket.on('error', () => {});
  socket.unref();
  return (bytes, done) => {
    socket.write(bytes, (error) => done(error ?? null, bytes.length));
  };
}
