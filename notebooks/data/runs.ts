import { accuracyOf, byMetric, driftBy, type GroupAccuracy, type MetricAccuracy, type RunAccuracy } from '#core';
import type { Profile, RunReport, Scenario } from '#core';
import { simulate } from '#sim';
import type { RecordedRun } from './recorded.ts';

export interface RunData extends RunAccuracy {
  readonly folder: string;
  readonly scenario: Scenario;
  /** Not among the runs that the profile was fitted to. */
  readonly heldOut: boolean;
  /** The first of the live runs; the medians of all of them stand in `rows`. */
  readonly measured: RunReport;
  readonly predicted: RunReport;
}

export interface RunsData {
  readonly profiles: readonly Profile[];
  readonly runs: readonly RunData[];
  readonly metrics: readonly MetricAccuracy[];
  readonly regimes: readonly GroupAccuracy[];
}

/** Every recorded run beside the twin's prediction for it. */
export function runsData(profiles: readonly Profile[], recorded: readonly RecordedRun[]): RunsData {
  const runs = recorded.map(({ folder, scenario, reports }): RunData => {
    const predicted = simulate(scenario);
    return {
      folder,
      heldOut: !scenario.profile.provenance.fittedTo.includes(scenario.scenario.name),
      scenario: scenario.scenario,
      measured: reports[0],
      predicted,
      ...accuracyOf(scenario, predicted, reports),
    };
  });
  return { profiles, runs, metrics: byMetric(runs), regimes: driftBy(runs, 'regime') };
}
