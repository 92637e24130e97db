import { nanosecondsPerSecond } from '../base/units.ts';

/** Ten nanoseconds of tolerance: a source exactly at the rate is not refused for rounding, its clock's or our own. */
const roundingNs = 10;

/**
 * Token bucket (R40, R44) as its dual, a virtual schedule (GCRA, ITU-T I.371): one number of state, and no drift,
 * because time is kept as a multiple of the emission interval instead of being summed up in fractions.
 */
export class RateLimiter {
  #intervalNs: number;
  #toleranceNs: number;
  /** When the bucket would be full again; everything up to `burst` intervals ahead of now conforms. */
  #theoreticalArrivalNs = 0;

  /**
   * @param ratePerSecond tokens per second, above 0
   * @param burst most tokens at once, 1 or more
   */
  constructor(ratePerSecond: number, burst: number) {
    this.#intervalNs = nanosecondsPerSecond / ratePerSecond;
    this.#toleranceNs = (Math.max(1, burst) - 1) * this.#intervalNs;
  }

  /** Takes a token if there is one. Time must not go backwards. */
  tryTake(nowNs: number): boolean {
    if (this.#theoreticalArrivalNs - this.#toleranceNs > nowNs + roundingNs) return false;
    this.take(nowNs);
    return true;
  }

  /** Takes a token whether there is one or not: a debt is paid before the next one. */
  take(nowNs: number): void {
    this.#theoreticalArrivalNs = Math.max(this.#theoreticalArrivalNs, nowNs) + this.#intervalNs;
  }

  /** Tokens in the bucket. */
  availableAt(nowNs: number): number {
    const spareNs = nowNs + roundingNs + this.#toleranceNs - Math.max(this.#theoreticalArrivalNs, nowNs);
    return spareNs < 0 ? 0 : Math.floor(spareNs / this.#intervalNs) + 1;
  }

  /** When the bucket will hold `tokens` if none is taken; in the past when it does already. More than the burst: the burst. */
  dueNs(tokens: number): number {
    const most = Math.floor(this.#toleranceNs / this.#intervalNs) + 1;
    return this.#theoreticalArrivalNs + (Math.min(tokens, most) - 1) * this.#intervalNs - this.#toleranceNs;
  }
}
