import { nanosecondsPerSecond } from '../base/units.ts';

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
    // Ten nanoseconds of tolerance: a source exactly at the rate is not refused for rounding, its clock's or our own.
    if (this.#theoreticalArrivalNs - this.#toleranceNs > nowNs + 10) return false;
    this.#theoreticalArrivalNs = Math.max(this.#theoreticalArrivalNs, nowNs) + this.#intervalNs;
    return true;
  }
}
