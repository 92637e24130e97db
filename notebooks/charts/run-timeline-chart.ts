import * as Plot from '@observablehq/plot';
import { bytesPerMiB, type Fault, type Interval, type RunReport } from '#core';
import type { Figure } from './figure.ts';
import { centredLabel, digits, frame, halo, palette, seriesStyles } from './theme.ts';
import { type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

/** When a fault was on, in seconds of load. */
interface FaultBand {
  readonly label: string;
  readonly from: number;
  readonly to: number;
}

interface Panel {
  readonly name: string;
  readonly label: string;
  /** Of an interval and its length in seconds. */
  readonly of: (interval: Interval, seconds: number) => number | null;
  /** Shown only where it ever is above 0. */
  readonly optional?: boolean;
}

const panels: readonly Panel[] = [
  { name: 'connections', label: 'connections', of: ({ connections }) => connections },
  { name: 'received', label: 'received, messages/s', of: ({ received }, seconds) => received / seconds },
  { name: 'p99', label: 'latency p99, ms', of: ({ latencyP99Ms }) => latencyP99Ms },
  { name: 'queued', label: 'in send buffers, messages', of: ({ queued }) => queued, optional: true },
  { name: 'dropped', label: 'dropped, messages/s', of: ({ dropped }, seconds) => dropped / seconds, optional: true },
  { name: 'naks', label: 'NAKed, messages/s', of: ({ naks }, seconds) => naks / seconds, optional: true },
  { name: 'cpu', label: 'CPU, cores', of: ({ cpuCores }) => cpuCores },
  { name: 'memory', label: 'memory, MiB', of: ({ memoryBytes }) => memoryBytes / bytesPerMiB },
];

interface Row {
  readonly second: number;
  /** null: nothing to show, which is a gap. */
  readonly value: number | null;
}

const scenarioOf = ({ scenario }: RunReport) =>
  scenario as { readonly name?: string; readonly faults?: readonly Fault[] } | null;

/** As long as the fault lasts; a reconnect storm until the clients begin to come back, others but a moment. */
function bandOf(fault: Fault): FaultBand {
  const lasts =
    'durationSeconds' in fault
      ? fault.durationSeconds
      : 'reconnectAfterSeconds' in fault
        ? fault.reconnectAfterSeconds
        : 0;
  const share = 'share' in fault ? ` ${digits(fault.share * 100)} %` : '';
  const factor = 'factor' in fault ? ` x ${digits(fault.factor)}` : '';
  return { label: `${fault.kind}${share}${factor}`, from: fault.atSeconds, to: fault.atSeconds + lasts };
}

/** Rows of one panel from the load's first second on. */
function rowsOf({ intervals }: RunReport, panel: Panel): Row[] {
  const first = intervals.findIndex(({ published }) => published > 0);
  if (first === -1) return [];
  const startSeconds = first === 0 ? 0 : intervals[first - 1].atSeconds;
  return intervals.slice(first).map((interval, index) => {
    const before = intervals[first + index - 1]?.atSeconds ?? 0;
    return {
      second: interval.atSeconds - startSeconds,
      value: panel.of(interval, Math.max(1e-3, interval.atSeconds - before)),
    };
  });
}

const shownPanels = (report: RunReport): Panel[] =>
  panels.filter((panel) => panel.optional !== true || rowsOf(report, panel).some(({ value }) => (value ?? 0) > 0));

/** Title that states the finding: what the faults did to latency and what they cost. */
export function runTimelineTitle(report: RunReport): string {
  const latency = rowsOf(report, panels[2]).flatMap(({ second, value }) => (value === null ? [] : [{ second, value }]));
  const [peak] = latency.sort((left, right) => right.value - left.value);
  if (peak === undefined) return 'Nothing was published';
  const { drops, naks } = report.summary;
  const bands = (scenarioOf(report)?.faults ?? []).map(bandOf);
  const cause = bands.length === 0 ? '' : ` with ${bands.map(({ label }) => label).join(' and ')}`;
  const counts = [
    [drops, 'dropped'],
    [naks, 'NAKed'],
  ] as const;
  const lost = counts.flatMap(([count, what]) => (count === 0 ? [] : [`${digits(count)} ${what}`])).join(', ');
  return `p99 peaks at ${digits(peak.value)} ms in second ${digits(peak.second)}${cause}; ${lost || 'nothing is dropped'}`;
}

export function runTimelineDescription(report: RunReport): string {
  const ranges = shownPanels(report).map((panel) => {
    const values = rowsOf(report, panel).flatMap(({ value }) => (value === null ? [] : [value]));
    if (values.length === 0) return `${panel.label} without a value`;
    return `${panel.label} ${digits(Math.min(...values))} to ${digits(Math.max(...values))}`;
  });
  const bands = (scenarioOf(report)?.faults ?? [])
    .map(bandOf)
    .map(({ label, from, to }) => `${label} from second ${digits(from)} to ${digits(to)}`);
  return `Timeline of a run: ${[...ranges, ...bands].join('; ')}.`;
}

/** A run second by second, one panel a quantity, all of one time axis; faults are shaded bands. */
export function runTimelineCharts(report: RunReport): Plot.PlotOptions[] {
  const shown = shownPanels(report);
  const bands = (scenarioOf(report)?.faults ?? []).map(bandOf);
  const end = Math.max(1, ...rowsOf(report, panels[0]).map(({ second }) => second));
  return shown.map((panel, index) => {
    const rows = rowsOf(report, panel);
    const isFirst = index === 0;
    const isLast = index === shown.length - 1;
    const style = seriesStyles[0];
    return {
      ...frame,
      height: 92 + (isFirst && bands.length > 0 ? 16 * bands.length : 0) + (isLast ? 32 : 0),
      marginLeft: 80,
      marginRight: 20,
      marginTop: 24 + (isFirst ? 16 * bands.length : 0),
      marginBottom: isLast ? 42 : 10,
      ariaLabel: `${panel.label} over time`,
      ariaDescription: runTimelineDescription(report),
      x: {
        domain: [0, end],
        ...centredLabel,
        label: isLast ? 'seconds of load' : null,
        ...(isLast ? {} : { axis: null }),
      },
      y: { label: `↑ ${panel.label}`, zero: true, grid: true, ticks: 3 },
      marks: [
        Plot.rectX(bands, { x1: 'from', x2: 'to', fill: 'currentColor', fillOpacity: 0.13 }),
        Plot.ruleX(
          bands.flatMap(({ from, to }) => [from, to]),
          { stroke: palette.limit, strokeDasharray: '3,3' },
        ),
        ...(isFirst
          ? bands.map(({ label, from }, place) =>
              Plot.text([{ from }], {
                x: 'from',
                frameAnchor: 'top',
                lineAnchor: 'bottom',
                dy: -4 - 16 * place,
                text: () => label,
                textAnchor: from > end * 0.7 ? 'end' : 'start',
                ...halo,
              }),
            )
          : []),
        Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.4 }),
        Plot.areaY(rows, { x: 'second', y: 'value', fill: style.color, fillOpacity: 0.15 }),
        Plot.line(rows, { x: 'second', y: 'value', stroke: style.color, strokeWidth: 2 }),
      ],
    };
  });
}

export function runTimelineVegaLite(report: RunReport): VegaLiteSpec {
  const bands = (scenarioOf(report)?.faults ?? []).map(bandOf);
  const x = { field: 'second', type: 'quantitative', title: 'seconds of load' };
  return vegaLiteSpec(runTimelineTitle(report), runTimelineDescription(report), {
    vconcat: shownPanels(report).map((panel) => ({
      width: vegaLiteWidth,
      height: 70,
      layer: [
        {
          data: { values: bands },
          mark: { type: 'rect', color: 'black', opacity: 0.13 },
          encoding: { x: { field: 'from', type: 'quantitative' }, x2: { field: 'to' } },
        },
        {
          data: { values: rowsOf(report, panel) },
          mark: { type: 'line', color: seriesStyles[0].color },
          encoding: { x, y: { field: 'value', type: 'quantitative', title: panel.label } },
        },
      ],
    })),
  });
}

export const runTimelineFigure = (report: RunReport): Figure => ({
  name: 'timeline',
  title: runTimelineTitle(report),
  description: runTimelineDescription(report),
  plots: runTimelineCharts(report),
  vegaLite: runTimelineVegaLite(report),
});
