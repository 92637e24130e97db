/** Two quartz clocks drift apart by less than this: 100 parts per million. */
const driftPerMs = 1e-4;

/** How far the server's clock is ahead of this machine's, and how far off that may be. */
export interface ClockEstimate {
  readonly offsetMs: number;
  readonly uncertaintyMs: number;
}

/**
 * Estimates how far the server's clock is ahead of ours, from round trips: the server's time lies between our sending and
 * our receiving, so half a round trip is the error (NTP, RFC 5905 section 8). The quickest round trip counts; it ages by
 * the drift that clocks may have.
 */
export class ClockOffset {
  #offsetMs = 0;
  #errorMs = Infinity;
  #atMs = 0;

  roundTrip(sentAtMs: number, receivedAtMs: number, serverAtMs: number): void {
    const errorMs = (receivedAtMs - sentAtMs) / 2;
    if (!(errorMs >= 0) || errorMs > this.#errorAt(receivedAtMs)) return;
    this.#offsetMs = serverAtMs - (sentAtMs + receivedAtMs) / 2;
    this.#errorMs = errorMs;
    this.#atMs = receivedAtMs;
  }

  /** Null before the first round trip. */
  estimate(nowMs: number): ClockEstimate | null {
    if (this.#errorMs === Infinity) return null;
    return { offsetMs: this.#offsetMs, uncertaintyMs: this.#errorAt(nowMs) };
  }

  /** What to add to our time to get the server's: 0 while the clocks may as well agree. */
  correctionMs(nowMs: number): number {
    return Math.abs(this.#offsetMs) > this.#errorAt(nowMs) ? this.#offsetMs : 0;
  }

  #errorAt(nowMs: number): number {
    return this.#errorMs + Math.max(0, nowMs - this.#atMs) * driftPerMs;
  }
}

/** The better of two estimates of one server's clock, by clients of the same machine. */
export function betterEstimate(left: ClockEstimate | null, right: ClockEstimate | null): ClockEstimate | null {
  if (left === null || right === null) return left ?? right;
  return left.uncertaintyMs <= right.uncertaintyMs ? left : right;
}
