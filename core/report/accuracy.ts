import { mean, median, quantile } from 'simple-statistics';
import { compareReports, type ComparisonRow } from './compare.ts';
import { type Regime, regimeOf } from './regimes.ts';
import type { ResolvedScenario } from '../experiment/resolve-scenario.ts';
import type { RunReport, Summary } from '../experiment/run-report.ts';
import type { Machine } from '../experiment/scenario.ts';

/** Above this use of the machine a live run no longer repeats itself; the prediction then has to lie inside its range. */
export const repeatableUtilisation = 0.85;

export interface RunAccuracy {
  readonly name: string;
  readonly regime: Regime;
  /** Day and commit of the live runs. */
  readonly recorded: string;
  readonly runs: number;
  /** Use of what the runs had least of: the machine's cores, clients included, the server's own quota, or its link. */
  readonly machineUtilisation: number;
  readonly rows: readonly ComparisonRow[];
  /** Whole seconds of load until a policy first dropped something; null where nothing was dropped. */
  readonly firstDropSeconds: { readonly predicted: number | null; readonly measured: number | null };
}

export interface MetricAccuracy {
  readonly metric: string;
  readonly targetPercent: number;
  readonly runs: number;
  /** Mean and 90th percentile of the absolute error in percent, over runs below 85 % use; differences below the floor count as 0. */
  readonly meanPercent: number;
  readonly p90Percent: number;
  readonly worstPercent: number;
  readonly worst: string;
  readonly met: boolean;
}

/** What is aimed at, by metric, as mean absolute percentage errors. */
export const accuracyTargets: Readonly<Record<string, number>> = {
  'CPU, server': 5,
  'messages received': 5,
  'socket writes': 5,
  memory: 5,
  'latency, median': 5,
  'latency, p99': 10,
  drops: 10,
};

/** Sets a prediction against one or more measured runs of its scenario. */
export function accuracyOf(
  scenario: ResolvedScenario,
  predicted: RunReport,
  measured: readonly RunReport[],
): RunAccuracy {
  const firstDrops = measured.map(firstDropSeconds).filter((seconds) => seconds !== null);
  const { date, commit } = measured[0].provenance;
  return {
    name: scenario.scenario.name,
    regime: regimeOf(scenario),
    recorded: `${date.slice(0, 10)} ${commit}`,
    runs: measured.length,
    machineUtilisation: mean(measured.map(({ summary }) => utilisationOf(summary, scenario.machine))),
    rows: compareReports(predicted, ...measured),
    firstDropSeconds: {
      predicted: firstDropSeconds(predicted),
      measured: firstDrops.length === 0 ? null : median(firstDrops),
    },
  };
}

/** Of the predictions for loads beyond 85 % use of the machine, how many lie inside what was measured, by metric. */
export function beyondRepeatable(accuracies: readonly RunAccuracy[]): RangeAccuracy[] {
  const beyond = accuracies.filter(({ machineUtilisation }) => machineUtilisation > repeatableUtilisation);
  return Object.keys(accuracyTargets).map((metric) => {
    const rows = beyond.flatMap((one) => one.rows.find((row) => row.metric === metric) ?? []);
    const inside = rows.filter(
      ({ predicted, measuredLeast, measuredMost, floor }) =>
        predicted >= measuredLeast - floor && predicted <= measuredMost + floor,
    );
    return { metric, runs: rows.length, inside: inside.length };
  });
}

export interface RangeAccuracy {
  readonly metric: string;
  readonly runs: number;
  readonly inside: number;
}

/** The errors of each group of runs: where, or since when, the twin has been off. */
export function driftBy(accuracies: readonly RunAccuracy[], group: 'regime' | 'recorded'): GroupAccuracy[] {
  const names = [...new Set(accuracies.map((one) => one[group]))].sort();
  return names.map((name) => ({
    name,
    metrics: byMetric(accuracies.filter((one) => one[group] === name)),
  }));
}

export interface GroupAccuracy {
  readonly name: string;
  readonly metrics: readonly MetricAccuracy[];
}

function firstDropSeconds({ intervals }: RunReport): number | null {
  const loaded = intervals.findIndex(({ published }) => published > 0);
  const dropped = intervals.findIndex((interval) => interval.dropped > 0);
  return dropped < 0 ? null : dropped - loaded;
}

/** A server that waited for its quota for more than this share of the time had used it up, whatever its mean use. */
const throttledShareMost = 0.05;

/** Measured use alone: which loads count must not depend on the model that they judge. */
function utilisationOf({ cpu, network, windowSeconds }: Summary, machine: Machine): number {
  const throttled = cpu.throttledSeconds > throttledShareMost * windowSeconds;
  return Math.max(
    (cpu.cores + (cpu.loadClientCores ?? 0)) / machine.vcpus,
    throttled ? 1 : cpu.cores / machine.cpuLimitCores,
    machine.networkBitsPerSecond === null ? 0 : network.wireBitsPerSecond / machine.networkBitsPerSecond,
  );
}

export function byMetric(accuracies: readonly RunAccuracy[]): MetricAccuracy[] {
  const judged = accuracies.filter(({ machineUtilisation }) => machineUtilisation <= repeatableUtilisation);
  return Object.entries(accuracyTargets).map(([metric, targetPercent]) => {
    const errors = judged.flatMap(({ name, rows }) => {
      const row = rows.find((one) => one.metric === metric);
      if (row === undefined || (row.errorPercent === null && row.predicted === 0)) return [];
      const small = Math.abs(row.predicted - row.measured) <= row.floor;
      return [{ name, percent: small ? 0 : Math.abs(row.errorPercent ?? 100) }];
    });
    const percents = errors.map(({ percent }) => percent);
    const worst = errors.reduce((most, one) => (one.percent > most.percent ? one : most), { name: '-', percent: 0 });
    const meanPercent = percents.length === 0 ? 0 : mean(percents);
    return {
      metric,
      targetPercent,
      runs: percents.length,
      meanPercent,
      p90Percent: percents.length === 0 ? 0 : quantile(percents, 0.9),
      worstPercent: worst.percent,
      worst: worst.name,
      met: meanPercent <= targetPercent,
    };
  });
}
