import type { ComparisonRow, RunAccuracy } from '#core';

/** One metric of one recorded load: the prediction, and what was measured. */
export interface AgreementPoint extends ComparisonRow {
  readonly run: string;
  readonly regime: string;
  /** Not among the runs that the profile was fitted to. */
  readonly heldOut: boolean;
  /** Share of the machine's cores that server and clients took. */
  readonly machineUtilisation: number;
}

/** One metric over all recorded loads. */
export interface Agreement {
  readonly metric: string;
  readonly unit: string;
  readonly tolerancePercent: number;
  readonly points: readonly AgreementPoint[];
}

/** @param runs recorded loads, each with the word whether the profile has seen it */
export function agreementOn(metric: string, runs: readonly (RunAccuracy & { readonly heldOut: boolean })[]): Agreement {
  const points = runs.flatMap(({ name, regime, heldOut, machineUtilisation, rows }) =>
    rows
      .filter((row) => row.metric === metric)
      .map((row): AgreementPoint => ({ ...row, run: name, regime, heldOut, machineUtilisation })),
  );
  return {
    metric,
    unit: points[0]?.unit ?? '',
    tolerancePercent: points[0]?.tolerancePercent ?? 0,
    points,
  };
}
