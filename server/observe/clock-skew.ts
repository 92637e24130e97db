/** The least of so many arrivals tells the clocks apart from the way that a message took. */
const arrivalsMax = 256;

/**
 * How far publishers' clocks are ahead of this machine's: the most by which a message's time of publishing lay after
 * its arrival, among the latest messages. It is negative by the shortest way that a message took where clocks agree, so
 * only a positive figure is proof.
 */
export class ClockSkew {
  #aheadMs: number[] = [];
  #next = 0;

  arrived(publishedAtMs: number, nowMs: number): void {
    this.#aheadMs[this.#next] = publishedAtMs - nowMs;
    this.#next = (this.#next + 1) % arrivalsMax;
  }

  /** null before the first message. */
  get seconds(): number | null {
    return this.#aheadMs.length === 0 ? null : Math.max(...this.#aheadMs) / 1_000;
  }
}
