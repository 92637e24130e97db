import type { Summary } from '#core';
import { simulate } from '#sim';
import { latinHypercube } from './latin-hypercube.ts';
import { middleOf, quantileOf, type UncertainScenario } from './ranges.ts';

/** Figures of a summary that a planner reads, by the path that thresholds use too. */
export const figuresRead: Readonly<Record<string, (summary: Summary) => number>> = {
  'latencyMs.p50': ({ latencyMs }) => latencyMs.p50 ?? Infinity,
  'latencyMs.p99': ({ latencyMs }) => latencyMs.p99 ?? Infinity,
  'cpu.cores': ({ cpu }) => cpu.cores,
  'resources.cpu.utilisation': utilisationOf('cpu'),
  'resources.memory.utilisation': utilisationOf('memory'),
  'resources.network.utilisation': utilisationOf('network'),
  'memory.bytes': ({ memory }) => memory.bytes,
  sentPerSecond: ({ sentPerSecond }) => sentPerSecond,
  drops: ({ drops }) => drops,
};

function utilisationOf(name: string): (summary: Summary) => number {
  return ({ resources }) => resources.find(({ resource }) => resource === name)?.utilisation ?? 0;
}

export interface Percentiles {
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
}

export interface UncertainAnswer {
  readonly scenario: string;
  readonly points: number;
  readonly inputs: UncertainScenario['inputs'];
  readonly figures: Readonly<Record<string, Percentiles>>;
  /** How often each resource was the first limit. */
  readonly firstLimits: Readonly<Record<string, number>>;
}

const secondsMost = 20;
const warmUpSecondsMost = 5;

/** Simulates a scenario at values of its uncertain inputs, shortened: a steady load tells all in 20 s. */
export function summaryAt(scenario: UncertainScenario, values: Readonly<Record<string, number>>): Summary {
  const resolved = scenario.at(values);
  const { workload, faults } = resolved.scenario;
  const isSteady = faults.length === 0;
  const durationSeconds = isSteady ? Math.min(workload.durationSeconds, secondsMost) : workload.durationSeconds;
  const warmUpSeconds = Math.min(workload.warmUpSeconds, warmUpSecondsMost, durationSeconds / 2);
  const shorter = {
    ...resolved,
    scenario: { ...resolved.scenario, workload: { ...workload, durationSeconds, warmUpSeconds } },
  };
  return simulate(shorter, { scale: 'auto' }).summary;
}

/**
 * Carries the uncertainty of the inputs to the figures: a Latin hypercube over all inputs, one simulation a point, all with
 * the same random numbers, so that only the inputs differ.
 */
export function propagate(
  scenario: UncertainScenario,
  points: number,
  seed: number,
  onPoint: (done: number) => void = () => {},
): UncertainAnswer {
  const paths = scenario.inputs.map(({ path }) => path);
  const summaries = latinHypercube(paths, points, seed).map((shares, index) => {
    const values = Object.fromEntries(
      scenario.inputs.map((input) => [input.path, quantileOf(input, shares[input.path])]),
    );
    const summary = summaryAt(scenario, values);
    onPoint(index + 1);
    return summary;
  });
  const figures = Object.fromEntries(
    Object.entries(figuresRead).map(([path, pick]) => [path, percentilesOf(summaries.map(pick))]),
  );
  const firstLimits: Record<string, number> = {};
  for (const { firstLimit } of summaries) firstLimits[firstLimit] = (firstLimits[firstLimit] ?? 0) + 1;
  return { scenario: scenario.name, points, inputs: scenario.inputs, figures, firstLimits };
}

function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((left, right) => left - right);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))];
  return { p10: at(0.1), p50: at(0.5), p90: at(0.9) };
}

export interface TornadoBar {
  readonly path: string;
  readonly low: number;
  readonly high: number;
  /** The figure with this input at its low and high end and all others in the middle. */
  readonly atLow: number;
  readonly atHigh: number;
}

export interface Tornado {
  readonly scenario: string;
  readonly figure: string;
  readonly middle: number;
  /** Largest effect first. */
  readonly bars: readonly TornadoBar[];
}

/** What matters most: each input at its low and high end, the others in the middle, by its effect on one figure. */
export function tornadoOf(scenario: UncertainScenario, figure: string, pick: (summary: Summary) => number): Tornado {
  const middles = Object.fromEntries(scenario.inputs.map((input) => [input.path, middleOf(input)]));
  const figureAt = (values: Readonly<Record<string, number>>): number => pick(summaryAt(scenario, values));
  const bars = scenario.inputs.map(({ path, low, high }) => ({
    path,
    low,
    high,
    atLow: figureAt({ ...middles, [path]: low }),
    atHigh: figureAt({ ...middles, [path]: high }),
  }));
  const effect = ({ atLow, atHigh }: TornadoBar): number => Math.abs(atHigh - atLow);
  return {
    scenario: scenario.name,
    figure,
    middle: figureAt(middles),
    bars: bars.sort((left, right) => effect(right) - effect(left)),
  };
}
