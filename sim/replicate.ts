import { assert, type Estimate, figuresOf, type ResolvedScenario, type RunReport } from '#core';
import { defaultConfidence, estimate } from './kernel/statistics.ts';
import type { SimulateOptions } from './world/simulate-options.ts';
import { simulate } from './world/simulate.ts';

export interface ReplicateOptions extends Pick<SimulateOptions, 'scale'> {
  /** Independent runs; 2 or more. Each has its own random numbers, the first those of `simulate` without a number. */
  readonly replications: number;
  /** Of the intervals, between 0 and 1. */
  readonly confidence?: number;
  /** Told after each run, for progress. */
  readonly onReplication?: (done: number) => void;
}

/** A scenario that was simulated several times over. */
export interface Replicated {
  /** The first run's report, with `uncertainty` from all of them. */
  readonly report: RunReport;
  /** By path of the summary figure (`summaryFigures`), such as `summary.latencyMs.p99`: one value per replication. */
  readonly samples: Readonly<Record<string, readonly number[]>>;
  readonly estimates: Readonly<Record<string, Estimate>>;
  readonly confidence: number;
}

/**
 * Simulates a scenario in independent replications: every summary figure gets a mean, a confidence interval and
 * percentiles over the runs. The same arguments give the same result, to the byte.
 */
export function replicate(
  input: ResolvedScenario,
  { replications, scale, confidence = defaultConfidence, onReplication }: ReplicateOptions,
): Replicated {
  const reports: RunReport[] = [];
  for (let replication = 0; replication < replications; replication += 1) {
    reports.push(simulate(input, { scale, replication }));
    onReplication?.(replication + 1);
  }
  return replicatedFrom(input, reports, confidence);
}

/** What `replicate` gives, from reports of replications 0, 1, 2 ... that were simulated elsewhere, such as in threads. */
export function replicatedFrom(
  input: ResolvedScenario,
  reports: readonly RunReport[],
  confidence: number = defaultConfidence,
): Replicated {
  assert(reports.length >= 2, () => `an interval needs 2 replications or more, not ${reports.length}`);
  const figures = reports.map(figuresOf);
  const samples: Record<string, readonly number[]> = {};
  for (const path of Object.keys(figures[0])) samples[path] = figures.map((values) => values[path]);
  const estimates = estimatesOf(samples, confidence);
  return {
    report: {
      ...reports[0],
      uncertainty: {
        method: 'replications',
        confidence,
        profileRelativeError: input.profile.relativeError,
        estimates,
      },
    },
    samples,
    estimates,
    confidence,
  };
}

/**
 * By how much each summary figure of `variant` differs from that of `base`, as paired differences with their interval.
 * Both use the same random numbers replication by replication (common random numbers, Conway 1963), so what chance does
 * to both cancels out, and the interval is narrower than that of two independent experiments, as long as both have the
 * same seed.
 *
 * @throws AssertionError when the two have different numbers of replications
 */
export function difference(base: Replicated, variant: Replicated): Record<string, Estimate> {
  const differences: Record<string, readonly number[]> = {};
  for (const [path, before] of Object.entries(base.samples)) {
    const after = variant.samples[path];
    if (after === undefined) continue;
    assert(
      before.length === after.length,
      () => `${before.length} replications cannot be paired with ${after.length} of the variant`,
    );
    differences[path] = before.map((value, replication) => after[replication] - value);
  }
  return estimatesOf(differences, base.confidence);
}

function estimatesOf(
  samples: Readonly<Record<string, readonly number[]>>,
  confidence: number,
): Record<string, Estimate> {
  const estimates: Record<string, Estimate> = {};
  for (const [path, values] of Object.entries(samples)) estimates[path] = estimate(values, confidence);
  return estimates;
}
