import { assert } from './assert.ts';

/** Where a connection stands with regard to its next socket write. */
export const FlushState = {
  /** Nothing queued and no recent write: the next message is written at once. */
  idle: 0,
  /** Waits for its write in this turn or a next one. */
  ready: 1,
  /** Wrote less than an interval ago: what is queued waits, to be written together. */
  cooling: 2,
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
 * There is no timer per connection. Every write puts its connection at the end of the cooling queue, so that queue is
 * ordered by time by itself; whoever reaches its head after the interval and has something queued becomes ready.
 */
export class FlushPolicy {
  readonly intervalNs: number;
  #states: Uint8Array;
  #ready: Ring;
  #cooling: Ring;
  #coolUntilNs: Float64Array;

  /** @param intervalNs least time between two writes to a connection; 0 writes at once, always. */
  constructor(connectionsMax: number, intervalNs: number) {
    this.intervalNs = intervalNs;
    this.#states = new Uint8Array(connectionsMax).fill(FlushState.absent);
    this.#ready = new Ring(connectionsMax);
    this.#cooling = new Ring(connectionsMax);
    this.#coolUntilNs = new Float64Array(connectionsMax);
  }

  state(connection: number): FlushState {
    return this.#states[connection] as FlushState;
  }

  opened(connection: number): void {
    assert(this.#states[connection] === FlushState.absent, () => `connection ${connection} is in use`);
    this.#states[connection] = FlushState.idle;
  }

  /** @returns true when the number is free now; false when `coolDown` or `nextReady` will free it later. */
  closed(connection: number): boolean {
    const state = this.#states[connection];
    const waits = state === FlushState.ready || state === FlushState.cooling;
    this.#states[connection] = waits ? FlushState.leaving : FlushState.absent;
    return !waits;
  }

  /** Something was queued for the connection. */
  messageQueued(connection: number): void {
    if (this.#states[connection] !== FlushState.idle) return;
    this.#states[connection] = FlushState.ready;
    this.#ready.push(connection);
  }

  /**
   * The connection was just written to.
   * @param accepts whether the socket takes more
   * @param remains whether something is still queued, beyond what one write may carry
   */
  written(connection: number, nowNs: number, accepts: boolean, remains: boolean): void {
    if (!accepts) {
      this.#states[connection] = FlushState.blocked;
    } else if (remains) {
      this.#states[connection] = FlushState.ready;
      this.#ready.push(connection);
    } else if (this.intervalNs === 0) {
      this.#states[connection] = FlushState.idle;
    } else {
      this.#states[connection] = FlushState.cooling;
      this.#coolUntilNs[connection] = nowNs + this.intervalNs;
      this.#cooling.push(connection);
    }
  }

  /** A write outside a turn filled the socket; a connection that waits for its turn finds out when it comes. */
  socketFilled(connection: number): void {
    if (this.#states[connection] === FlushState.idle) this.#states[connection] = FlushState.blocked;
  }

  /** A blocked connection's socket takes data again. */
  socketDrained(connection: number, hasQueued: boolean): void {
    if (this.#states[connection] !== FlushState.blocked) return;
    this.#states[connection] = FlushState.idle;
    if (hasQueued) this.messageQueued(connection);
  }

  /** Connections whose interval has passed become ready or idle; numbers of those that left are given to `freed`. */
  coolDown(nowNs: number, somethingWaits: (connection: number) => boolean, freed: (connection: number) => void): void {
    while (this.#cooling.count > 0) {
      const connection = this.#cooling.first();
      if (this.#states[connection] !== FlushState.leaving && this.#coolUntilNs[connection] > nowNs) return;
      this.#cooling.shift();
      if (this.#states[connection] === FlushState.leaving) {
        this.#states[connection] = FlushState.absent;
        freed(connection);
        continue;
      }
      this.#states[connection] = FlushState.idle;
      if (somethingWaits(connection)) this.messageQueued(connection);
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

  get readyCount(): number {
    return this.#ready.count;
  }

  /** When `coolDown` has something to do next; Infinity for never. */
  get nextDueNs(): number {
    return this.#cooling.count > 0 ? this.#coolUntilNs[this.#cooling.first()] : Infinity;
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
