import { assert } from '#core';

/**
 * The future event list: a 4-ary heap in flat arrays, ordered by (time, order of scheduling), so that ties are served
 * first come, first served. No allocation and no closure per event; the arrays double when full.
 *
 * There is no cancellation: an event that lost its meaning is recognised by its owner when it comes.
 */
export class EventQueue {
  /** Of the event popped last. */
  timeNs = 0;
  kind = 0;
  argument = 0;

  #times = new Float64Array(1_024);
  #orders = new Float64Array(1_024);
  #kinds = new Int32Array(1_024);
  #arguments = new Int32Array(1_024);
  #size = 0;
  #scheduled = 0;

  get size(): number {
    return this.#size;
  }

  /** Events scheduled since the beginning. */
  get scheduled(): number {
    return this.#scheduled;
  }

  /**
   * @param timeNs integer nanoseconds, not before the event popped last
   * @param kind and `argument`: 32-bit integers that mean something to the caller
   */
  schedule(timeNs: number, kind: number, argument: number): void {
    // Written so that NaN fails too.
    if (!(timeNs >= this.timeNs)) assert(false, `event at ${timeNs} ns, which is before now, ${this.timeNs} ns`);
    if (this.#size === this.#times.length) this.#grow();
    const times = this.#times;
    const order = this.#scheduled;
    this.#scheduled += 1;
    let hole = this.#size;
    this.#size += 1;
    // The newest event has the greatest order: on a tie it stays below.
    while (hole > 0) {
      const parent = (hole - 1) >> 2;
      if (times[parent] <= timeNs) break;
      this.#move(parent, hole);
      hole = parent;
    }
    times[hole] = timeNs;
    this.#orders[hole] = order;
    this.#kinds[hole] = kind;
    this.#arguments[hole] = argument;
  }

  /** Takes the earliest event into `timeNs`, `kind` and `argument`. @returns false when there is none. */
  pop(): boolean {
    if (this.#size === 0) return false;
    const times = this.#times;
    const orders = this.#orders;
    this.timeNs = times[0];
    this.kind = this.#kinds[0];
    this.argument = this.#arguments[0];
    this.#size -= 1;
    const size = this.#size;
    if (size === 0) return true;
    const time = times[size];
    const order = orders[size];
    let hole = 0;
    for (;;) {
      const first = hole * 4 + 1;
      if (first >= size) break;
      const end = first + 4 < size ? first + 4 : size;
      let least = first;
      let leastTime = times[first];
      for (let child = first + 1; child < end; child += 1) {
        const childTime = times[child];
        if (childTime < leastTime || (childTime === leastTime && orders[child] < orders[least])) {
          least = child;
          leastTime = childTime;
        }
      }
      if (time < leastTime || (time === leastTime && order < orders[least])) break;
      this.#move(least, hole);
      hole = least;
    }
    times[hole] = time;
    orders[hole] = order;
    this.#kinds[hole] = this.#kinds[size];
    this.#arguments[hole] = this.#arguments[size];
    return true;
  }

  #move(from: number, to: number): void {
    this.#times[to] = this.#times[from];
    this.#orders[to] = this.#orders[from];
    this.#kinds[to] = this.#kinds[from];
    this.#arguments[to] = this.#arguments[from];
  }

  #grow(): void {
    const size = this.#times.length * 2;
    const times = new Float64Array(size);
    times.set(this.#times);
    this.#times = times;
    const orders = new Float64Array(size);
    orders.set(this.#orders);
    this.#orders = orders;
    const kinds = new Int32Array(size);
    kinds.set(this.#kinds);
    this.#kinds = kinds;
    const values = new Int32Array(size);
    values.set(this.#arguments);
    this.#arguments = values;
  }
}
