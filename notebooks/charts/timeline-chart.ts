import * as Plot from '@observablehq/plot';
import type { Interval, RunReport } from '#core';
import type { Figure } from './figure.ts';
import { centredLabel, digits, frame, marginBottom, palette } from './theme.ts';
import { colorScale, dashScale, type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

/** A quantity of each interval that a timeline can show. */
export interface TimelineMetric {
  readonly label: string;
  /** null: no value, which is a gap. */
  readonly of: (interval: Interval) => number | null;
}

export const timelineMetrics: readonly TimelineMetric[] = [
  { label: 'CPU, cores', of: ({ cpuCores }) => cpuCores },
  { label: 'messages received in the interval', of: ({ received }) => received },
  { label: 'latency p50, ms', of: ({ latencyP50Ms }) => latencyP50Ms },
  { label: 'latency p99, ms', of: ({ latencyP99Ms }) => latencyP99Ms },
];

/** One quantity over time, prediction as a line with dots, measurement as a dashed line with crosses; labelled at the end. */
export function timelineChart(metric: TimelineMetric, reports: readonly RunReport[]): Plot.PlotOptions {
  const rows = rowsOf(metric, reports);
  const ofKind = (kind: string) => rows.filter((row) => row.kind === kind);
  return {
    ...frame,
    height: 220,
    marginLeft: 70,
    marginRight: 80,
    marginBottom,
    ariaLabel: `${metric.label} over time`,
    ariaDescription: reports.map(({ provenance }) => provenance.kind).join(' and '),
    x: { ...centredLabel, label: 'seconds of load', grid: true },
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

interface Row {
  readonly kind: string;
  readonly second: number;
  readonly value: number | null;
}

function rowsOf(metric: TimelineMetric, reports: readonly RunReport[]): Row[] {
  return reports.flatMap((report) => {
    const loaded = report.intervals.filter(({ published }) => published > 0);
    const start = loaded[0]?.atSeconds ?? 0;
    return loaded.map((interval) => ({
      kind: report.provenance.kind,
      second: interval.atSeconds - start + 1,
      value: metric.of(interval),
    }));
  });
}

/** Prediction and measurement over time, every metric below the other. */
export function timelinesVegaLite(reports: readonly RunReport[]): VegaLiteSpec {
  const kinds = ['predicted', 'measured'] as const;
  return vegaLiteSpec(timelinesTitle(reports), timelinesDescription(reports), {
    vconcat: timelineMetrics.map((metric) => ({
      width: vegaLiteWidth,
      height: 110,
      data: { values: rowsOf(metric, reports) },
      mark: { type: 'line', point: true },
      encoding: {
        x: { field: 'second', type: 'quantitative', title: 'seconds of load' },
        y: { field: 'value', type: 'quantitative', title: metric.label },
        color: {
          field: 'kind',
          type: 'nominal',
          title: null,
          scale: colorScale(
            kinds,
            kinds.map((kind) => palette[kind]),
          ),
        },
        strokeDash: { field: 'kind', type: 'nominal', title: null, scale: dashScale(kinds, ['', '6,3']) },
      },
    })),
  });
}

/** Title that states the finding. */
export function timelinesTitle(reports: readonly RunReport[]): string {
  const found = reports.map(
    ({ provenance, summary }) =>
      `${provenance.kind} ${digits(summary.latencyMs.p99)} ms at ${summary.cpu.cores.toFixed(2)} cores`,
  );
  return `Second by second: p99 latency ${found.join(', ')}`;
}

const timelinesDescription = (reports: readonly RunReport[]): string =>
  `${reports.map(({ provenance }) => provenance.kind).join(' and ')} over time: ${timelineMetrics.map(({ label }) => label).join('; ')}.`;

export const timelinesFigure = (reports: readonly RunReport[]): Figure => ({
  name: 'second-by-second',
  title: timelinesTitle(reports),
  description: timelinesDescription(reports),
  plots: timelineMetrics.map((metric) => timelineChart(metric, reports)),
  vegaLite: timelinesVegaLite(reports),
});
