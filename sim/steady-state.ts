import { bitsPerByte, type Estimate, type Interval, type ResolvedScenario, type RunReport } from '#core';
import { batchMeans } from './kernel/batch-means.ts';
import { defaultConfidence } from './kernel/statistics.ts';
import { mser5 } from './kernel/warm-up.ts';

/** Summary figures that are means over the intervals of a report. */
const series: readonly { readonly path: string; readonly of: (interval: Interval) => number | null }[] = [
  { path: 'summary.cpu.cores', of: ({ cpuCores }) => cpuCores },
  { path: 'summary.memory.bytes', of: ({ memoryBytes }) => memoryBytes },
  { path: 'summary.network.payloadBitsPerSecond', of: ({ payloadBytes }) => payloadBytes * bitsPerByte },
  { path: 'summary.publishedPerSecond', of: ({ published }) => published },
  { path: 'summary.sentPerSecond', of: ({ sent }) => sent },
  { path: 'summary.receivedPerSecond', of: ({ received }) => received },
  { path: 'summary.writesPerSecond', of: ({ writes }) => writes },
  // Means of the intervals' percentiles, near those of the whole run as long as its seconds are alike.
  { path: 'summary.latencyMs.p50', of: ({ latencyP50Ms }) => latencyP50Ms },
  { path: 'summary.latencyMs.p99', of: ({ latencyP99Ms }) => latencyP99Ms },
];

/** Intervals that a figure needs after its warm-up: twenty batches of two. */
export const intervalsLeast = 40;

export interface SteadyStateFigure {
  /** null where the figure does not settle, or too few intervals are left. */
  readonly estimate: Estimate | null;
  /** Intervals at the start of the window that MSER-5 leaves out. */
  readonly truncation: number;
}

/**
 * Intervals for the figures of a single long run, such as the document's 30-minute test on the scale model: the
 * report's series over its window, less what MSER-5 calls warm-up, in batch means.
 */
export function steadyState(
  { intervals, summary }: RunReport,
  confidence: number = defaultConfidence,
): Record<string, SteadyStateFigure> {
  const window = intervals.slice(Math.max(0, intervals.length - Math.floor(summary.windowSeconds)));
  const figures: Record<string, SteadyStateFigure> = {};
  for (const { path, of } of series) {
    const values = window.map(of).filter((value) => value !== null);
    // A second without a message has no latency, and a figure with gaps no steady state.
    if (values.length < window.length) {
      figures[path] = { estimate: null, truncation: 0 };
      continue;
    }
    const { truncation, settled } = mser5(values);
    const left = values.slice(truncation);
    const enough = settled && left.length >= intervalsLeast;
    figures[path] = { estimate: enough ? batchMeans(left, { confidence }) : null, truncation };
  }
  return figures;
}

/** The report of a single long run with the uncertainty of its settled figures, by batch means. */
export function withBatchMeans(
  input: ResolvedScenario,
  report: RunReport,
  confidence: number = defaultConfidence,
): RunReport {
  const estimates: Record<string, Estimate> = {};
  for (const [path, figure] of Object.entries(steadyState(report, confidence))) {
    if (figure.estimate !== null) estimates[path] = figure.estimate;
  }
  return {
    ...report,
    uncertainty: {
      method: 'batch-means',
      confidence,
      profileRelativeError: input.profile.relativeError,
      estimates,
    },
  };
}
