import { nanosecondsPerSecond } from '#core';

/** Requests that a client may make at once, and per second after that. */
const requestBurst = 200;
const requestsPerSecond = 50;
/** Longest pause of a client that went far beyond: its close must still be heard in time. */
const pauseSecondsMax = 5;

/**
 * What one client may ask for: a bucket of requests. Nothing is refused; a client that asks for more is not read from
 * until the bucket is out of debt, so it costs the others a bounded share of the loop, and TCP holds it back.
 */
export class RequestBudget {
  #left = requestBurst;
  #atNs: number;

  constructor(nowNs: number) {
    this.#atNs = nowNs;
  }

  /** @param requests that were made, 1 or more. @returns how long to stop reading, milliseconds; 0 for not at all */
  charge(requests: number, nowNs: number): number {
    const earned = ((nowNs - this.#atNs) / nanosecondsPerSecond) * requestsPerSecond;
    this.#left = Math.min(requestBurst, this.#left + earned) - requests;
    this.#left = Math.max(-pauseSecondsMax * requestsPerSecond, this.#left);
    this.#atNs = nowNs;
    return this.#left >= 0 ? 0 : Math.ceil((-this.#left / requestsPerSecond) * 1_000);
  }
}
