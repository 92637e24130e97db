import { assert } from '../base/assert.ts';

/** Where a connection stands with regard to its next socket write. */
export const FlushState = {
  /** Nothing queued. */
  idle: 0,
  /** Waits for its write in this turn or a next one. */
  ready: 1,
  /** Has messages queued that wait for more, to be written together. */
  waiting: 2,
  /** The socket is full: waits for `socketDrained`. */
  blocked: 3,
  /** Closed while it waited in a queue: its number is free once the queue reaches it. */
  leaving: 4,
  /** No such connection. */
  absent: 5,
} as const;
export type FlushState = (typeof FlushState)[keyof typeof FlushState];

const none = -1;

/**
 * Write coalescing: the first write of a connection at once, then at most one per interval (see design: a socket write
 * costs nearly the same whatever it carries).
 *
 * A message for a connection that was not written to for an interval goes out at once. Otherwise the first message that
 * is queued waits one interval and takes along all that come meanwhile: no message waits longer than the interval, and
 * a write carries one message more than if the interval ran from the write before. There is no timer per connection:
 * everybody waits equally long, so the waiting queue is ordered by time by itself.
 */
export class FlushPolicy {
  #intervalNs: number;
  #states: Uint8Array;
  #ready: Ring;
  #waiting: Ring;
  #dueNs: Float64Array;
  #writtenNs: Float64Array;
  /** Due time of the last that began to wait: a shortened interval must not break the queue's order. */
  #latestDueNs = 0;

  /** @param intervalNs longest wait of a message, and least time between two writes; 0 writes at once, always. */
  constructor(connectionsMax: number, intervalNs: number) {
    this.#intervalNs = intervalNs;
    this.#states = new Uint8Array(connectionsMax).fill(FlushState.absent);
    this.#ready = new Ring(connectionsMax);
    this.#waiting = new Ring(connectionsMax);
    this.#dueNs = new Float64Array(connectionsMax);
    this.#writtenNs = new Float64Array(connectionsMax);
  }

  get intervalNs(): number {
    return this.#intervalNs;
  }
  /** Holds for messages that begin to wait from now on. */
  set intervalNs(intervalNs: number) {
    this.#intervalNs = intervalNs;
  }

  state(connection: number): FlushState {
    return this.#states[connection] as FlushState;
  }

  opened(connection: number): void {
    assert(this.#states[connection] === FlushState.absent, () => `connection ${connection} is in use`);
    this.#states[connection] = FlushState.idle;
    this.#writtenNs[connection] = -Infinity;
  }

  /** @returns true when the number is free now; false when `release`, `nextReady` or `forgetLeft` will free it later. */
  closed(connection: number): boolean {
    const state = this.#states[connection];
    const waits = state === FlushState.ready || state === FlushState.waiting;
    this.#states[connection] = waits ? FlushState.leaving : FlushState.absent;
    return !waits;
  }

  /** Something was queued for the connection. */
  messageQueued(connection: number, nowNs: number): void {
    if (this.#states[connection] !== FlushState.idle) return;
    if (nowNs - this.#writtenNs[connection] >= this.#intervalNs) return this.writeSoon(connection);
    this.#states[connection] = FlushState.waiting;
    const dueNs = nowNs + this.#intervalNs;
    this.#latestDueNs = dueNs > this.#latestDueNs ? dueNs : this.#latestDueNs;
    this.#dueNs[connection] = this.#latestDueNs;
    this.#waiting.push(connection);
  }

  /** Something waits for an idle connection that must go out now. */
  writeSoon(connection: number): void {
    if (this.#states[connection] !== FlushState.idle) return;
    this.#states[connection] = FlushState.ready;
    this.#ready.push(connection);
  }

  /**
   * Reports the outcome of a connection's write turn.
   * @param wrote whether there was anything to write
   * @param accepts whether the socket takes more
   * @param remains whether something is still queued, beyond what one write may carry
   */
  written(connection: number, nowNs: number, wrote: boolean, accepts: boolean, remains: boolean): void {
    if (wrote) this.#writtenNs[connection] = nowNs;
    if (!accepts) {
      this.#states[connection] = FlushState.blocked;
      return;
    }
    this.#states[connection] = FlushState.idle;
    if (remains) this.writeSoon(connection);
  }

  /** A write outside a turn filled the socket; a connection that waits for its turn finds out when it comes. */
  socketFilled(connection: number): void {
    if (this.#states[connection] === FlushState.idle) this.#states[connection] = FlushState.blocked;
  }

  /** A blocked connection's socket takes data again. */
  socketDrained(connection: number, hasQueued: boolean): void {
    if (this.#states[connection] !== FlushState.blocked) return;
    this.#states[connection] = FlushState.idle;
    if (hasQueued) this.writeSoon(connection);
  }

  /** Connections that have waited for an interval become ready; numbers of those that left are given to `freed`. */
  release(nowNs: number, freed: (connection: number) => void): void {
    while (this.#waiting.count > 0) {
      const connection = this.#waiting.first();
      const leaving = this.#states[connection] === FlushState.leaving;
      if (!leaving && this.#dueNs[connection] > nowNs) return;
      this.#waiting.shift();
      if (leaving) {
        this.#states[connection] = FlushState.absent;
        freed(connection);
        continue;
      }
      this.#states[connection] = FlushState.ready;
      this.#ready.push(connection);
    }
  }

  /** Takes the next connection to write to, or -1. Numbers of those that left are given to `freed`. */
  nextReady(freed: (connection: number) => void): number {
    while (this.#ready.count > 0) {
      const connection = this.#ready.shift();
      if (this.#states[connection] !== FlushState.leaving) return connection;
      this.#states[connection] = FlushState.absent;
      freed(connection);
    }
    return none;
  }

  /** Gives every number of those that left while they waited to `freed`, without waiting for their turn. */
  forgetLeft(freed: (connection: number) => void): void {
    for (const queue of [this.#ready, this.#waiting]) {
      for (let left = queue.count; left > 0; left -= 1) {
        const connection = queue.shift();
        if (this.#states[connection] === FlushState.leaving) {
          this.#states[connection] = FlushState.absent;
          freed(connection);
        } else {
          queue.push(connection);
        }
      }
    }
  }

  get readyCount(): number {
    return this.#ready.count;
  }

  /** When `release` has something to do next; Infinity for never. */
  get nextDueNs(): number {
    return this.#waiting.count > 0 ? this.#dueNs[this.#waiting.first()] : Infinity;
  }
}

/** Queue of connection numbers, each in it at most once, so `capacity` is never exceeded. */
class Ring {
  #items: Int32Array;
  #head = 0;
  count = 0;

  constructor(capacity: number) {
    this.#items = new Int32Array(capacity);
  }

  push(item: number): void {
    let tail = this.#head + this.count;
    if (tail >= this.#items.length) tail -= this.#items.length;
    this.#items[tail] = item;
    this.count += 1;
  }

  first(): number {
    return this.#items[this.#head];
  }

  shift(): number {
    const item = this.#items[this.#head];
    this.#head += 1;
    if (this.#head === this.#items.length) this.#head = 0;
    this.count -= 1;
    return item;
  }
}
