/** Fractional part of the golden ratio: its multiples fill the unit interval as evenly as any sequence can. */
const goldenFraction = 0.6180339887498949;

/**
 * A write of a scale model stands for `scale` writes one after the other. Which of them it shows as changes from write to
 * write, so that latencies spread over the whole block and not over its ends: always the last would be late by half a
 * block, always the middle would leave gaps between percentiles.
 */
export class BlockPhase {
  #phase = 0.5;
  /** 1 - 1 / scale. */
  readonly share: number;

  /** @param scale 1 for a twin that simulates each write on its own: then there is nothing to choose */
  constructor(scale: number) {
    this.share = 1 - 1 / scale;
  }

  /** @returns how much of the block comes after the write that is shown, as a share of the block: 0 to 1 - 1 / scale */
  next(): number {
    if (this.share === 0) return 0;
    this.#phase += goldenFraction;
    if (this.#phase >= 1) this.#phase -= 1;
    return this.#phase * this.share;
  }
}
