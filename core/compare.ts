import type { RunReport, Summary } from './run-report.ts';

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
}

interface Metric {
  readonly metric: string;
  readonly unit: string;
  readonly of: (summary: Summary) => number;
  readonly floor: number;
  readonly tolerancePercent: number;
}

const sumOf = (figures: readonly number[]): number => figures.reduce((sum, figure) => sum + figure, 0);

const metrics: readonly Metric[] = [
  { metric: 'CPU, server', unit: 'cores', of: ({ cpu }) => cpu.cores, floor: 0.05, tolerancePercent: 15 },
  { metric: 'CPU, shards', unit: 'cores', of: ({ cpu }) => sumOf(cpu.shardCores), floor: 0.05, tolerancePercent: 15 },
  { metric: 'CPU, kernel part', unit: 'cores', of: ({ cpu }) => cpu.kernelCores, floor: 0.05, tolerancePercent: 15 },
  { metric: 'messages sent', unit: '1/s', of: ({ sentPerSecond }) => sentPerSecond, floor: 0, tolerancePercent: 15 },
  {
    metric: 'messages received',
    unit: '1/s',
    of: ({ receivedPerSecond }) => receivedPerSecond,
    floor: 0,
    tolerancePercent: 15,
  },
  {
    metric: 'socket writes',
    unit: '1/s',
    of: ({ writesPerSecond }) => writesPerSecond,
    floor: 0,
    tolerancePercent: 15,
  },
  {
    metric: 'payload',
    unit: 'bit/s',
    of: ({ network }) => network.payloadBitsPerSecond,
    floor: 0,
    tolerancePercent: 15,
  },
  { metric: 'memory', unit: 'bytes', of: ({ memory }) => memory.bytes, floor: 0, tolerancePercent: 15 },
  { metric: 'latency, median', unit: 'ms', of: ({ latencyMs }) => latencyMs.p50, floor: 2, tolerancePercent: 25 },
  { metric: 'latency, p90', unit: 'ms', of: ({ latencyMs }) => latencyMs.p90, floor: 2, tolerancePercent: 25 },
  { metric: 'latency, p99', unit: 'ms', of: ({ latencyMs }) => latencyMs.p99, floor: 2, tolerancePercent: 25 },
  { metric: 'drops', unit: 'messages', of: ({ drops }) => drops, floor: 100, tolerancePercent: 15 },
  { metric: 'NAKs', unit: 'messages', of: ({ naks }) => naks, floor: 100, tolerancePercent: 15 },
];

/** Every metric of a prediction against one or more measured runs of the same scenario, with its error. */
export function compareReports(predicted: RunReport, ...measured: readonly RunReport[]): ComparisonRow[] {
  return metrics.map(({ metric, unit, of, floor, tolerancePercent }) => {
    const prediction = of(predicted.summary);
    const figures = measured.map(({ summary }) => of(summary)).sort((left, right) => left - right);
    const measurement = medianOfSorted(figures);
    const [least] = figures;
    const most = figures[figures.length - 1];
    const difference = prediction - measurement;
    const errorPercent = measurement === 0 ? null : (difference / measurement) * 100;
    return {
      metric,
      unit,
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
    };
  });
}

function medianOfSorted(figures: readonly number[]): number {
  const middle = Math.floor(figures.length / 2);
  return figures.length % 2 === 1 ? figures[middle] : (figures[middle - 1] + figures[middle]) / 2;
}
