import type { RunReport, Summary } from '../experiment/run-report.ts';

/** A figure of a report's summary that experiments compare, replicate and chart, by its path. */
export interface SummaryFigure {
  /** Path in the report; a list under the path is summed. */
  readonly path: string;
  readonly unit: string;
  /**
   * Whether the runtime profile's costs make it: such a figure is at best as certain as they are. Counts of messages,
   * writes and bytes follow from the load, as long as the machine holds it.
   */
  readonly fromCosts: boolean;
  /** null where the report does not have it. */
  readonly of: (summary: Summary) => number | null;
}

const sumOf = (figures: readonly number[]): number => figures.reduce((sum, figure) => sum + figure, 0);

function figure(
  path: string,
  unit: string,
  of: (summary: Summary) => number | null,
  { fromCosts = false } = {},
): SummaryFigure {
  return { path: `summary.${path}`, unit, fromCosts, of };
}
const fromCosts = { fromCosts: true };

/**
 * Every figure of a summary that is a quantity of its own, in the order of the report. Left out: what is asked and not
 * found out (`windowSeconds`, `connections.asked`, limits, prices), what follows from others (`resources`, the ledger),
 * and words (`firstLimit`, `health`).
 */
export const summaryFigures: readonly SummaryFigure[] = [
  figure('cpu.cores', 'cores', ({ cpu }) => cpu.cores, fromCosts),
  figure('cpu.userCores', 'cores', ({ cpu }) => cpu.userCores, fromCosts),
  figure('cpu.kernelCores', 'cores', ({ cpu }) => cpu.kernelCores, fromCosts),
  figure('cpu.mainCores', 'cores', ({ cpu }) => cpu.mainCores, fromCosts),
  figure('cpu.shardCores', 'cores', ({ cpu }) => sumOf(cpu.shardCores), fromCosts),
  figure('cpu.loadClientCores', 'cores', ({ cpu }) => cpu.loadClientCores, fromCosts),
  figure('cpu.throttledSeconds', 's', ({ cpu }) => cpu.throttledSeconds, fromCosts),
  figure('memory.bytes', 'bytes', ({ memory }) => memory.bytes, fromCosts),
  figure('memory.maxBytes', 'bytes', ({ memory }) => memory.maxBytes, fromCosts),
  figure('memory.perConnectionBytes', 'bytes', ({ memory }) => memory.perConnectionBytes, fromCosts),
  figure('memory.kernelBytes', 'bytes', ({ memory }) => memory.kernelBytes, fromCosts),
  figure('network.payloadBitsPerSecond', 'bit/s', ({ network }) => network.payloadBitsPerSecond),
  figure('network.wireBitsPerSecond', 'bit/s', ({ network }) => network.wireBitsPerSecond),
  figure('connections.accepted', 'connections', ({ connections }) => connections.accepted),
  figure('connections.open', 'connections', ({ connections }) => connections.open),
  figure('publishedPerSecond', '1/s', ({ publishedPerSecond }) => publishedPerSecond),
  figure('sentPerSecond', '1/s', ({ sentPerSecond }) => sentPerSecond),
  figure('receivedPerSecond', '1/s', ({ receivedPerSecond }) => receivedPerSecond),
  figure('writesPerSecond', '1/s', ({ writesPerSecond }) => writesPerSecond),
  figure('drops', 'messages', ({ drops }) => drops),
  figure('naks', 'messages', ({ naks }) => naks),
  figure('latencyMs.count', 'messages', ({ latencyMs }) => latencyMs.count),
  figure('latencyMs.mean', 'ms', ({ latencyMs }) => latencyMs.mean, fromCosts),
  figure('latencyMs.p50', 'ms', ({ latencyMs }) => latencyMs.p50, fromCosts),
  figure('latencyMs.p90', 'ms', ({ latencyMs }) => latencyMs.p90, fromCosts),
  figure('latencyMs.p99', 'ms', ({ latencyMs }) => latencyMs.p99, fromCosts),
  figure('latencyMs.max', 'ms', ({ latencyMs }) => latencyMs.max, fromCosts),
];

/** A report's figures by path; those that it does not have are left out. */
export function figuresOf({ summary }: RunReport): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const { path, of } of summaryFigures) {
    const value = of(summary);
    if (value !== null) figures[path] = value;
  }
  return figures;
}
