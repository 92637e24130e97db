import { nanosecondsPerSecond, type Workload } from '#core';

export interface SimulateOptions {
  /**
   * Real connections that one simulated connection stands for; 1, the default, simulates each on its own, `auto` leaves
   * 350 to 700 of them, or up to 2,000 (see `cohort`).
   */
  readonly scale?: number | 'auto';
  /** Which of the seed's independent sets of random numbers every component draws from; 0, the default, is the first. */
  readonly replication?: number;
  /** Told after every simulated second how far the simulation is: for a progress bar; it cannot change the outcome. */
  readonly onProgress?: (progress: SimulationProgress) => void;
}

/** Seconds from the first connection to the end of the load; the total is an estimate until the load has started. */
export interface SimulationProgress {
  readonly simulatedSeconds: number;
  readonly totalSeconds: number;
}

/** @param loadStartNs 0 until the load has started */
export function progressAt(nowNs: number, loadStartNs: number, workload: Workload): SimulationProgress {
  const { connections, rampConnectionsPerSecond, durationSeconds } = workload;
  const nowSeconds = nowNs / nanosecondsPerSecond;
  const loadStartSeconds =
    loadStartNs > 0 ? loadStartNs / nanosecondsPerSecond : Math.max(nowSeconds, connections / rampConnectionsPerSecond);
  const totalSeconds = loadStartSeconds + durationSeconds;
  return { simulatedSeconds: Math.min(nowSeconds, totalSeconds), totalSeconds };
}
