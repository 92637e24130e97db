import { median } from 'simple-statistics';
import { offeredRates, type ResolvedScenario, type Summary } from '#core';
import { simulate } from '#sim';
import type { RecordedRun } from './recorded-runs.ts';

/** Of what is offered, the share that a server delivers which is not saturated, and writes by itself if it is told to. */
const deliveredShare = 0.98;
const writtenShare = 0.95;
/** The twin's own saturation is found to this share of the rate. */
const precision = 0.005;

/**
 * The publish rate at which a server is saturated, measured and predicted: it no longer delivers what is offered, or, where
 * it is to write each message by itself, merges them for want of time.
 */
export interface Saturation {
  /** The load without its rate. */
  readonly series: string;
  /** The highest rate that was carried live, and the lowest that was not. */
  readonly carriedPerSecond: number;
  readonly overloadedPerSecond: number;
  readonly predictedPerSecond: number;
  /** Against the middle of the two. */
  readonly errorPercent: number;
}

/** Every series of recorded loads that differ in their rate alone and go through saturation. */
export function saturations(runs: readonly RecordedRun[]): Saturation[] {
  const series = new Map<string, RecordedRun[]>();
  for (const run of runs) {
    const { machine } = run.scenario;
    const isHeld = machine.cpuLimitCores < machine.vcpus || machine.networkBitsPerSecond !== null;
    if (!isHeld) continue;
    const name = run.scenario.scenario.name.replace(/x[\d.]+-/, ' clients, ');
    series.set(name, [...(series.get(name) ?? []), run]);
  }
  return [...series].flatMap(([name, members]) => saturationOf(name, members) ?? []);
}

function saturationOf(series: string, runs: readonly RecordedRun[]): Saturation | null {
  const byRate = [...runs].sort((left, right) => rateOf(left.scenario) - rateOf(right.scenario));
  const first = byRate.findIndex(
    ({ scenario, reports }) =>
      !isCarried(scenario, {
        receivedPerSecond: median(reports.map(({ summary }) => summary.receivedPerSecond)),
        writesPerSecond: median(reports.map(({ summary }) => summary.writesPerSecond)),
      }),
  );
  if (first < 1) return null;
  const carried = rateOf(byRate[first - 1].scenario);
  const overloaded = rateOf(byRate[first].scenario);
  const predicted = predictedSaturation(byRate[first].scenario, overloaded);
  return {
    series,
    carriedPerSecond: carried,
    overloadedPerSecond: overloaded,
    predictedPerSecond: predicted,
    errorPercent: (predicted / ((carried + overloaded) / 2) - 1) * 100,
  };
}

/** By bisection between half and double the measured rate. */
function predictedSaturation(scenario: ResolvedScenario, near: number): number {
  let below = near / 2;
  let above = near * 2;
  while (above - below > precision * near) {
    const middle = (below + above) / 2;
    const tried = withRate(scenario, middle);
    if (isCarried(tried, simulate(tried).summary)) below = middle;
    else above = middle;
  }
  return (below + above) / 2;
}

function isCarried(
  scenario: ResolvedScenario,
  { receivedPerSecond, writesPerSecond }: Pick<Summary, 'receivedPerSecond' | 'writesPerSecond'>,
): boolean {
  const offered = offeredRates(scenario.scenario.workload).deliveriesPerSecond;
  const writesEach = scenario.settings.flushIntervalNs === 0;
  return receivedPerSecond >= deliveredShare * offered && (!writesEach || writesPerSecond >= writtenShare * offered);
}

const rateOf = ({ scenario }: ResolvedScenario): number => scenario.workload.ratePerSecond;

function withRate(input: ResolvedScenario, ratePerSecond: number): ResolvedScenario {
  const { scenario } = input;
  return { ...input, scenario: { ...scenario, workload: { ...scenario.workload, ratePerSecond } } };
}
