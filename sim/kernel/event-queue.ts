import { assert } from '#core';

const firstCapacity = 1_024;

/**
 * The future event list: a 4-ary heap in flat arrays, ordered by (time, order of scheduling), so that ties are served
 * first come, first served. No allocation and no closure per event; the arrays double when full.
 *
 * The heap moves times and slot numbers alone; what else belongs to an event stays in its slot, and its order is looked
 * at on ties only.
 *
 * There is no cancellation: an event that lost its meaning is recognised by its owner when it comes.
 */
export class EventQueue {
  /** Of the event popped last. */
  timeNs = 0;
  kind = 0;
  argument = 0;

  #times = new Float64Array(firstCapacity);
  /** Slot of each event in the heap; behind the heap, the free slots. */
  #slots = Int32Array.from({ length: firstCapacity }, (_, slot) => slot);
  #orders = new Float64Array(firstCapacity);
  #kinds = new Int32Array(firstCapacity);
  #arguments = new Int32Array(firstCapacity);
  #size = 0;
  #scheduled = 0;

  get size(): number {
    return this.#size;
  }

  /**
   * @param timeNs integer nanoseconds, not before the event popped last
   * @param kind and `argument`: 32-bit integers that mean something to the caller
   */
  schedule(timeNs: number, kind: number, argument: number): void {
    // Written so that NaN fails too.
    if (!(timeNs >= this.timeNs)) assert(false, `event at ${timeNs} ns, which is before now, ${this.timeNs} ns`);
    const size = this.#size;
    if (size === this.#times.length) this.#grow();
    const times = this.#times;
    const slots = this.#slots;
    const slot = slots[size];
    this.#orders[slot] = this.#scheduled;
    this.#kinds[slot] = kind;
    this.#arguments[slot] = argument;
    this.#scheduled += 1;
    this.#size = size + 1;
    let hole = size;
    // The newest event has the greatest order: on a tie it stays below.
    while (hole > 0) {
      const parent = (hole - 1) >> 2;
      const parentTime = times[parent];
      if (parentTime <= timeNs) break;
      times[hole] = parentTime;
      slots[hole] = slots[parent];
      hole = parent;
    }
    times[hole] = timeNs;
    slots[hole] = slot;
  }

  /** Takes the earliest event into `timeNs`, `kind` and `argument`. @returns false when there is none. */
  pop(): boolean {
    if (this.#size === 0) return false;
    const times = this.#times;
    const slots = this.#slots;
    const taken = slots[0];
    this.timeNs = times[0];
    this.kind = this.#kinds[taken];
    this.argument = this.#arguments[taken];
    const size = this.#size - 1;
    this.#size = size;
    const time = times[size];
    const slot = slots[size];
    slots[size] = taken;
    if (size === 0) return true;
    const orders = this.#orders;
    let hole = 0;
    for (;;) {
      const first = hole * 4 + 1;
      if (first >= size) break;
      const end = first + 4 < size ? first + 4 : size;
      let least = first;
      let leastTime = times[first];
      for (let child = first + 1; child < end; child += 1) {
        const childTime = times[child];
        if (childTime > leastTime) continue;
        if (childTime === leastTime && orders[slots[child]] > orders[slots[least]]) continue;
        least = child;
        leastTime = childTime;
      }
      const leastSlot = slots[least];
      if (time < leastTime || (time === leastTime && orders[slot] < orders[leastSlot])) break;
      times[hole] = leastTime;
      slots[hole] = leastSlot;
      hole = least;
    }
    times[hole] = time;
    slots[hole] = slot;
    return true;
  }

  #grow(): void {
    const before = this.#times.length;
    const times = new Float64Array(before * 2);
    times.set(this.#times);
    this.#times = times;
    const slots = Int32Array.from({ length: before * 2 }, (_, slot) => slot);
    slots.set(this.#slots);
    this.#slots = slots;
    const orders = new Float64Array(before * 2);
    orders.set(this.#orders);
    this.#orders = orders;
    const kinds = new Int32Array(before * 2);
    kinds.set(this.#kinds);
    this.#kinds = kinds;
    const values = new Int32Array(before * 2);
    values.set(this.#arguments);
    this.#arguments = values;
  }
}
