import { mean } from 'simple-statistics';
import { compareReports, type Profile, type RunReport } from '#core';
import { simulate } from '#sim';
import type { LoadPoint } from '../validation/points.ts';
import { scenarioOf } from '../validation/measure-point.ts';

/** One calibration load with its live runs. */
export interface MeasuredPoint {
  readonly point: LoadPoint;
  readonly reports: readonly RunReport[];
}

type Placement = Pick<Profile['loadClient'], 'sharedCoreNs' | 'sharedCoreIdleShare' | 'sharedCoreClientShareMax'>;

/** Values that are tried; the rest of the profile stays. */
const grid: { readonly [Field in keyof Placement]: readonly number[] } = {
  sharedCoreNs: [2e6, 4e6, 7e6, 10e6],
  sharedCoreIdleShare: [0, 0.01, 0.02, 0.03],
  sharedCoreClientShareMax: [0.25, 0.4, 0.6],
};
const sweepsMost = 3;
const metrics = ['latency, median', 'latency, p99'];

export interface PlacementFit {
  readonly profile: Profile;
  /** Mean absolute error of median and p99 latency over the calibration loads, 0 to 1. */
  readonly latencyError: number;
}

/**
 * How long a client shares the core of a writer that wakes it cannot be counted, but latencies show it: the values of a
 * grid with which the twin comes closest to them, one field after the other until none improves.
 */
export function fitPlacement(
  profile: Profile,
  measured: readonly MeasuredPoint[],
  onProgress: (message: string) => void,
): PlacementFit {
  let best: PlacementFit = { profile, latencyError: latencyErrorOf(profile, measured) };
  for (let sweep = 0; sweep < sweepsMost; sweep += 1) {
    const before = best.latencyError;
    for (const field of Object.keys(grid) as (keyof Placement)[]) {
      for (const value of grid[field]) {
        if (value === best.profile.loadClient[field]) continue;
        const tried = { ...best.profile, loadClient: { ...best.profile.loadClient, [field]: value } };
        const latencyError = latencyErrorOf(tried, measured);
        if (latencyError < best.latencyError) best = { profile: tried, latencyError };
      }
      onProgress(
        `${field} ${best.profile.loadClient[field]}: latencies off by ${(best.latencyError * 100).toFixed(1)} %`,
      );
    }
    if (best.latencyError === before) break;
  }
  return best;
}

function latencyErrorOf(profile: Profile, measured: readonly MeasuredPoint[]): number {
  return mean(
    measured.flatMap(({ point, reports }) => {
      const predicted = simulate({ ...scenarioOf(point), profile });
      return compareReports(predicted, ...reports)
        .filter(({ metric }) => metrics.includes(metric))
        .map(({ predicted: prediction, measured: measurement, floor }) => {
          const difference = Math.abs(prediction - measurement);
          return difference <= floor ? 0 : difference / measurement;
        });
    }),
  );
}
