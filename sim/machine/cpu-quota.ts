/**
 * CFS bandwidth control: a group of threads may use `quotaNs` of CPU in each period (R11: 1.9 cores = 190 ms each
 * 100 ms). Once used up, every thread of the group waits for the next period. A turn that overruns is paid back from
 * the period after, as the kernel does with its slices.
 */
export class CpuQuota {
  readonly periodNs: number;
  readonly quotaNs: number;
  /** Time that threads spent waiting for a new period, summed over threads. */
  throttledNs = 0;
  #period = 0;
  #usedNs = 0;

  constructor(cores: number, periodNs = 100_000_000) {
    this.periodNs = periodNs;
    this.quotaNs = cores * periodNs;
  }

  /** @returns when a turn that wants to start now may start. */
  earliestStartNs(nowNs: number): number {
    this.#advanceTo(nowNs);
    if (this.#usedNs < this.quotaNs) return nowNs;
    const periodsOwed = Math.floor(this.#usedNs / this.quotaNs);
    const startNs = (this.#period + periodsOwed) * this.periodNs;
    this.throttledNs += startNs - nowNs;
    return startNs;
  }

  /** Books the CPU time of a turn. */
  charge(nowNs: number, cpuNs: number): void {
    this.#advanceTo(nowNs);
    this.#usedNs += cpuNs;
  }

  #advanceTo(nowNs: number): void {
    const period = Math.floor(nowNs / this.periodNs);
    if (period <= this.#period) return;
    this.#usedNs = Math.max(0, this.#usedNs - (period - this.#period) * this.quotaNs);
    this.#period = period;
  }
}
