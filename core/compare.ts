import type { RunReport, Summary } from './run-report.ts';

/** One metric of a prediction against its measurement. */
export interface ComparisonRow {
  readonly metric: string;
  readonly unit: string;
  readonly predicted: number;
  readonly measured: number;
  /** (predicted - measured) / measured, in percent; null where nothing was measured. */
  readonly errorPercent: number | null;
  /** Differences up to this are noise, whatever their percentage. */
  readonly floor: number;
  readonly tolerancePercent: number;
  readonly within: boolean;
}

interface Metric {
  readonly metric: string;
  readonly unit: string;
  readonly of: (summary: Summary) => number;
  readonly floor: number;
  readonly tolerancePercent: number;
}

const metrics: readonly Metric[] = [
  { metric: 'CPU, server', unit: 'cores', of: ({ cpu }) => cpu.cores, floor: 0.05, tolerancePercent: 15 },
  {
    metric: 'CPU, shards',
    unit: 'cores',
    of: ({ cpu }) => cpu.shardCores.reduce((a, b) => a + b, 0),
    floor: 0.05,
    tolerancePercent: 15,
  },
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

/** Every metric of a predicted and a measured run of the same scenario, with its error. */
export function compareReports(predicted: RunReport, measured: RunReport): ComparisonRow[] {
  return metrics.map(({ metric, unit, of, floor, tolerancePercent }) => {
    const prediction = of(predicted.summary);
    const measurement = of(measured.summary);
    const difference = prediction - measurement;
    const errorPercent = measurement === 0 ? null : (difference / measurement) * 100;
    const within =
      Math.abs(difference) <= floor || (errorPercent !== null && Math.abs(errorPercent) <= tolerancePercent);
    return {
      metric,
      unit,
      predicted: prediction,
      measured: measurement,
      errorPercent,
      floor,
      tolerancePercent,
      within,
    };
  });
}
