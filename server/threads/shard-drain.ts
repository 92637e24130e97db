import type { Frame, Shard } from '#core';

/** Pause between two looks at who can be closed, and clients closed at once. */
const stepMs = 50;
const batchLeast = 500;
/** Shares of the drain timeout: until when queued messages may leave, and how long closing all may take. */
const flushShare = 0.4;
const closeShare = 0.4;

/**
 * The graceful end of a shard: what was taken in, and so acknowledged to the bus, is written first; then each client is
 * closed as soon as it has everything, in batches, so that not all come back at once. Who does not read is closed when
 * its time is over.
 */
export class ShardDrain<F extends Frame> {
  #shard: Shard<F>;
  #close: (connection: number) => void;
  #drained: () => void;
  #open: number[];
  #batch: number;
  #flushUntilMs: number;

  constructor(options: {
    readonly shard: Shard<F>;
    readonly open: readonly number[];
    readonly timeoutMs: number;
    readonly close: (connection: number) => void;
    readonly drained: () => void;
  }) {
    this.#shard = options.shard;
    this.#close = options.close;
    this.#drained = options.drained;
    this.#open = [...options.open];
    this.#batch = Math.max(batchLeast, Math.ceil((options.open.length * stepMs) / (options.timeoutMs * closeShare)));
    this.#flushUntilMs = performance.now() + options.timeoutMs * flushShare;
    this.#step();
  }

  #step(): void {
    const isLate = performance.now() >= this.#flushUntilMs;
    if (isLate || (this.#shard.inboxMessages === 0 && this.#shard.queuedJobs === 0)) this.#closeBatch(isLate);
    if (this.#shard.connections > 0) setTimeout(() => this.#step(), stepMs);
    else this.#drained();
  }

  #closeBatch(isLate: boolean): void {
    const waiting: number[] = [];
    let closed = 0;
    for (const connection of this.#open) {
      if (closed === this.#batch || (!isLate && this.#shard.hasUnsent(connection))) waiting.push(connection);
      else {
        this.#close(connection);
        closed += 1;
      }
    }
    this.#open = waiting;
  }
}
