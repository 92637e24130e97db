import type { RunReport } from '../experiment/run-report.ts';
import { type SummaryFigure, summaryFigures } from './summary-figures.ts';

/** One metric of a prediction against its measurement. */
export interface ComparisonRow {
  readonly metric: string;
  readonly unit: string;
  readonly predicted: number;
  /** Of several runs of the same load the median. */
  readonly measured: number;
  readonly measuredLeast: number;
  readonly measuredMost: number;
  /** (predicted - measured) / measured, in percent; null where nothing was measured. */
  readonly errorPercent: number | null;
  /** Differences up to this are noise, whatever their percentage. */
  readonly floor: number;
  readonly tolerancePercent: number;
  /** Inside the tolerance, or between the least and the most that was measured. */
  readonly within: boolean;
  /** Where the prediction expects one more run to lie; null where it says nothing of its uncertainty. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** Whether the measured value lies in that interval; null without one. */
  readonly insideInterval: boolean | null;
}

interface Metric {
  readonly metric: string;
  readonly figure: SummaryFigure;
  readonly floor: number;
  readonly tolerancePercent: number;
}

function metric(name: string, path: string, floor: number, tolerancePercent: number): Metric {
  const figure = summaryFigures.find((one) => one.path === `summary.${path}`);
  if (figure === undefined) throw new Error(`there is no summary figure ${path}`);
  return { metric: name, figure, floor, tolerancePercent };
}

const metrics: readonly Metric[] = [
  metric('CPU, server', 'cpu.cores', 0.05, 15),
  metric('CPU, shards', 'cpu.shardCores', 0.05, 15),
  metric('CPU, kernel part', 'cpu.kernelCores', 0.05, 15),
  metric('messages sent', 'sentPerSecond', 0, 15),
  metric('messages received', 'receivedPerSecond', 0, 15),
  metric('socket writes', 'writesPerSecond', 0, 15),
  metric('payload', 'network.payloadBitsPerSecond', 0, 15),
  metric('memory', 'memory.bytes', 0, 15),
  metric('latency, median', 'latencyMs.p50', 2, 25),
  metric('latency, p90', 'latencyMs.p90', 2, 25),
  metric('latency, p99', 'latencyMs.p99', 2, 25),
  metric('drops', 'drops', 100, 15),
  metric('NAKs', 'naks', 100, 15),
];

/**
 * Every metric of a prediction against one or more measured runs of the same scenario, with its error, and whether the
 * measurement lies where the prediction's `uncertainty` expects it.
 */
export function compareReports(predicted: RunReport, ...measured: readonly RunReport[]): ComparisonRow[] {
  return metrics.map(({ metric: name, figure, floor, tolerancePercent }) => {
    const valueOf = ({ summary }: RunReport): number => figure.of(summary) ?? 0;
    const prediction = valueOf(predicted);
    const values = measured.map(valueOf).sort((left, right) => left - right);
    const measurement = medianOfSorted(values);
    const [least] = values;
    const most = values[values.length - 1];
    const difference = prediction - measurement;
    const errorPercent = measurement === 0 ? null : (difference / measurement) * 100;
    const interval = predictionInterval(predicted, figure);
    return {
      metric: name,
      unit: figure.unit,
      predicted: prediction,
      measured: measurement,
      measuredLeast: least,
      measuredMost: most,
      errorPercent,
      floor,
      tolerancePercent,
      within:
        Math.abs(difference) <= floor ||
        (prediction >= least && prediction <= most) ||
        (errorPercent !== null && Math.abs(errorPercent) <= tolerancePercent),
      interval,
      insideInterval: interval === null ? null : measurement >= interval.low && measurement <= interval.high,
    };
  });
}

/**
 * Where one more run of the predicted scenario is expected: the prediction interval (Whitmore 1986), which is wider than
 * the confidence interval of the mean, and by the profile's relative error wider again for what its costs make. Near
 * saturation an error in cost can grow more than proportionally in latency (Gordon and Dowdy 1980): there the interval
 * is too narrow.
 * @returns null where the report does not say how sure it is of this figure
 */
export function predictionInterval(
  { uncertainty }: RunReport,
  { path, fromCosts }: SummaryFigure,
): { low: number; high: number } | null {
  const estimate = uncertainty?.estimates[path];
  if (uncertainty === undefined || estimate === undefined) return null;
  // Half-width of the mean is t s / sqrt(n); of a new sample t s sqrt(1 + 1 / n). A new run as long as all batches
  // together varies as the mean of them does, so the variance of the difference is twice the mean's.
  const widening = uncertainty.method === 'replications' ? Math.sqrt(estimate.samples + 1) : Math.SQRT2;
  const halfWidth = estimate.halfWidth * widening;
  const relativeError = fromCosts ? uncertainty.profileRelativeError : 0;
  return {
    low: Math.max(0, (estimate.mean - halfWidth) * (1 - relativeError)),
    high: (estimate.mean + halfWidth) * (1 + relativeError),
  };
}

function medianOfSorted(figures: readonly number[]): number {
  const middle = Math.floor(figures.length / 2);
  return figures.length % 2 === 1 ? figures[middle] : (figures[middle - 1] + figures[middle]) / 2;
}
