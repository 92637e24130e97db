/** Sequences remembered as handed over; more than any stream of the source document holds (R24: 100,000). */
const handedMax = 200_000;

/**
 * Knows which messages of the stream were handed over, so that nothing is broadcast twice and nothing is overlooked.
 *
 * A redelivery of what was handed over only means that its acknowledgement got lost. A sequence that the consumer has
 * delivered and that never arrived was lost on the way, with a connection that broke; waiting for its redelivery would
 * lose it, because ack wait and retention are both 30 s (R36).
 */
export class DeliveryTracker {
  #handed = new Set<number>();
  #handedBack = new Set<number>();
  #from: number | null = null;
  /** Messages that left the stream before they were handed over. */
  expired = 0;

  /** Everything up to `sequence` is somebody else's matter: it was before our time. */
  beginsAfter(sequence: number): void {
    this.#from = sequence + 1;
    this.#handed.clear();
    this.#handedBack.clear();
  }

  handedOver(sequence: number): void {
    this.#handed.add(sequence);
    this.#handedBack.delete(sequence);
    this.#from ??= sequence;
    if (this.#handed.size <= handedMax) return;
    const [oldest] = this.#handed;
    this.#handed.delete(oldest);
    this.#from = Math.max(this.#from, oldest + 1);
  }

  handedBack(sequence: number): void {
    this.#handedBack.add(sequence);
  }

  wasHandedOver(sequence: number): boolean {
    return this.#handed.has(sequence);
  }

  /** Where a consumer that is made anew has to begin: nothing up to this sequence is still needed. */
  get settledThrough(): number {
    let through = (this.#from ?? 1) - 1;
    for (const sequence of this.#handed) through = Math.max(through, sequence);
    for (const sequence of this.#handedBack) through = Math.min(through, sequence - 1);
    return through;
  }

  /** Messages handed back that are to come again. */
  get waiting(): number {
    return this.#handedBack.size;
  }

  /** Sequences up to `delivered` that neither arrived nor wait for their redelivery. */
  missing(delivered: number): number[] {
    const missing = [];
    for (let sequence = this.#from ?? delivered + 1; sequence <= delivered; sequence += 1) {
      if (!this.#handed.has(sequence) && !this.#handedBack.has(sequence)) missing.push(sequence);
    }
    return missing;
  }

  /** The stream has discarded everything below `firstSequence`; what was not handed over by then is lost, and counted. */
  discardedBelow(firstSequence: number): void {
    for (const sequence of this.#handedBack) {
      if (sequence >= firstSequence) continue;
      this.#handedBack.delete(sequence);
      this.expired += 1;
    }
    if (this.#from === null || this.#from >= firstSequence) return;
    for (let sequence = this.#from; sequence < firstSequence; sequence += 1) {
      // Those that waited for their redelivery were counted above.
      this.#handed.delete(sequence);
    }
    this.#from = firstSequence;
  }
}
