import * as Plot from '@observablehq/plot';
import type { Interval, RunReport } from '../run-report.ts';
import { frame, palette } from './theme.ts';

/** A quantity of each interval that a timeline can show. */
export interface TimelineMetric {
  readonly label: string;
  readonly of: (interval: Interval) => number;
}

export const timelineMetrics: readonly TimelineMetric[] = [
  { label: 'CPU, cores', of: ({ cpuCores }) => cpuCores },
  { label: 'messages received in the interval', of: ({ received }) => received },
  { label: 'latency p50, ms', of: ({ latencyP50Ms }) => latencyP50Ms },
  { label: 'latency p99, ms', of: ({ latencyP99Ms }) => latencyP99Ms },
];

/** One quantity over time, prediction as a line with dots, measurement as a dashed line with crosses; labelled at the end. */
export function timelineChart(metric: TimelineMetric, reports: readonly RunReport[]): Plot.PlotOptions {
  const rows = reports.flatMap((report) => {
    const loaded = report.intervals.filter(({ published }) => published > 0);
    const start = loaded[0]?.atSeconds ?? 0;
    return loaded.map((interval) => ({
      kind: report.provenance.kind,
      second: interval.atSeconds - start + 1,
      value: metric.of(interval),
    }));
  });
  const ofKind = (kind: string) => rows.filter((row) => row.kind === kind);
  return {
    ...frame,
    height: 210,
    marginLeft: 70,
    marginRight: 80,
    ariaLabel: `${metric.label} over time`,
    ariaDescription: reports.map(({ provenance }) => provenance.kind).join(' and '),
    x: { label: 'seconds of load', grid: true },
    y: { label: metric.label, zero: true, grid: true },
    marks: [
      Plot.line(ofKind('predicted'), { x: 'second', y: 'value', stroke: palette.predicted, strokeWidth: 2 }),
      Plot.dot(ofKind('predicted'), { x: 'second', y: 'value', fill: palette.predicted, r: 3 }),
      Plot.line(ofKind('measured'), {
        x: 'second',
        y: 'value',
        stroke: palette.measured,
        strokeWidth: 2,
        strokeDasharray: '6,3',
      }),
      Plot.dot(ofKind('measured'), { x: 'second', y: 'value', stroke: palette.measured, symbol: 'times', r: 4 }),
      ...(['predicted', 'measured'] as const).map((kind) =>
        Plot.text(ofKind(kind).slice(-1), {
          x: 'second',
          y: 'value',
          text: () => kind,
          fill: palette[kind],
          textAnchor: 'start',
          dx: 8,
          dy: kind === 'predicted' ? -6 : 7,
        }),
      ),
    ],
  };
}
