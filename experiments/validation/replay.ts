import { accuracyOf, type RunAccuracy } from '#core';
import { simulate } from '#sim';
import type { RecordedRun } from './recorded-runs.ts';

/** Simulates every recorded run and sets it against what was measured. */
export function replay(runs: readonly RecordedRun[], onProgress: (name: string) => void): RunAccuracy[] {
  return runs.map(({ scenario, reports }) => {
    onProgress(scenario.scenario.name);
    return accuracyOf(scenario, simulate(scenario), reports);
  });
}
