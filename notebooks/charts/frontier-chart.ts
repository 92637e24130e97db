import * as Plot from '@observablehq/plot';
import type { Figure } from './figure.ts';
import { spreadLabels } from './spread-labels.ts';
import { centredLabel, digits, frame, halo, marginBottom, palette, seriesStyles } from './theme.ts';
import { type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

/** What a message costs, and how late it is. */
export interface FrontierPoint {
  readonly name: string;
  readonly microsecondsPerMessage: number;
  readonly p99Ms: number;
}

/** Latency against CPU at one load: the twin's way from writing at once to merging for long, and what was measured. */
export interface Frontier {
  readonly load: string;
  /** By rising flush interval. */
  readonly predicted: readonly FrontierPoint[];
  readonly measured: readonly FrontierPoint[];
}

/** Title that states the finding. */
export function frontierTitle({ load, predicted }: Frontier): string {
  if (predicted.length === 0) return `${load}: nothing was simulated`;
  const dearest = predicted.reduce((most, one) =>
    one.microsecondsPerMessage > most.microsecondsPerMessage ? one : most,
  );
  const cheapest = predicted.reduce((least, one) =>
    one.microsecondsPerMessage < least.microsecondsPerMessage ? one : least,
  );
  const saved = 1 - cheapest.microsecondsPerMessage / dearest.microsecondsPerMessage;
  return `${load}: merging writes saves up to ${digits(saved * 100)} % of the CPU of a message and takes p99 from ${digits(dearest.p99Ms)} to ${digits(cheapest.p99Ms)} ms`;
}

export function frontierDescription({ predicted, measured }: Frontier): string {
  const words = ({ name, microsecondsPerMessage, p99Ms }: FrontierPoint): string =>
    `${name} ${digits(microsecondsPerMessage)} µs at ${digits(p99Ms)} ms`;
  return `CPU of the server for a delivered message against latency p99. Predicted by flush interval: ${predicted.map(words).join('; ')}. Measured: ${measured.map(words).join('; ')}.`;
}

const height = 420;
/** Share by which points must differ for both to be named. */
const apartShare = 0.1;

/** Points of a line that stand far enough from the last one named. */
function apart(points: readonly FrontierPoint[]): FrontierPoint[] {
  const named: FrontierPoint[] = [];
  for (const point of points) {
    const last = named[named.length - 1];
    const differs = (of: (one: FrontierPoint) => number): boolean =>
      Math.abs(of(point) - of(last)) > apartShare * of(last);
    if (last === undefined || differs(({ p99Ms }) => p99Ms) || differs((one) => one.microsecondsPerMessage)) {
      named.push(point);
    }
  }
  return named;
}

/** Whether a measured point's label would lie over a predicted one's. */
function covers(measured: FrontierPoint, predicted: FrontierPoint): boolean {
  const latency = predicted.p99Ms / measured.p99Ms;
  const cost = Math.abs(predicted.microsecondsPerMessage - measured.microsecondsPerMessage);
  return latency > 0.75 && latency < 3 && cost < 0.5;
}

/** CPU for a message against p99 latency; lower and farther left is better. */
export function frontierChart(frontier: Frontier): Plot.PlotOptions {
  const { predicted, measured } = frontier;
  const all = [...predicted, ...measured];
  const latencies = all.map(({ p99Ms }) => p99Ms);
  const [own, others] = seriesStyles;
  const end = Math.max(...all.map(({ microsecondsPerMessage }) => microsecondsPerMessage)) * 1.12;
  // Labels on one line's height from each other.
  const places = spreadLabels(
    measured.map(({ microsecondsPerMessage }) => microsecondsPerMessage),
    (end * 16) / (height - 80),
    0,
    end,
  );
  const labelled = measured.map((point, index) => ({ ...point, place: places[index] }));
  return {
    ...frame,
    height,
    marginLeft: 60,
    marginRight: 100,
    marginBottom,
    ariaLabel: frontierTitle(frontier),
    ariaDescription: frontierDescription(frontier),
    x: {
      label: 'latency p99, ms (logarithmic)',
      ...centredLabel,
      type: 'log',
      domain: [Math.min(...latencies) / 1.4, Math.max(...latencies) * 1.6],
      grid: true,
      ticks: 4,
      tickFormat: digits,
    },
    y: {
      label: '↑ CPU of the server, µs for each message received',
      domain: [0, end],
      grid: true,
    },
    marks: [
      Plot.line(predicted, { x: 'p99Ms', y: 'microsecondsPerMessage', stroke: own.color, strokeWidth: 2 }),
      Plot.dot(predicted, { x: 'p99Ms', y: 'microsecondsPerMessage', fill: own.color, r: 3.5 }),
      Plot.text(
        apart(predicted).filter((point) => !measured.some((other) => covers(other, point))),
        {
          x: 'p99Ms',
          y: 'microsecondsPerMessage',
          text: 'name',
          textAnchor: 'end',
          dx: -6,
          dy: 9,
          fontSize: 11,
          ...halo,
        },
      ),
      Plot.dot(measured, {
        x: 'p99Ms',
        y: 'microsecondsPerMessage',
        symbol: 'square',
        stroke: others.color,
        fill: palette.measured,
        fillOpacity: 0.25,
        r: 5.5,
        strokeWidth: 2,
      }),
      Plot.text(labelled, {
        x: 'p99Ms',
        y: 'place',
        text: 'name',
        textAnchor: 'start',
        dx: 11,
        fontWeight: 600,
        ...halo,
      }),
    ],
  };
}

export function frontierVegaLite(frontier: Frontier): VegaLiteSpec {
  const values = [
    ...frontier.predicted.map((point) => ({ ...point, kind: 'predicted, by flush interval' })),
    ...frontier.measured.map((point) => ({ ...point, kind: 'measured' })),
  ];
  const kinds = ['predicted, by flush interval', 'measured'];
  return vegaLiteSpec(frontierTitle(frontier), frontierDescription(frontier), {
    width: vegaLiteWidth,
    height: 320,
    data: { values },
    mark: { type: 'point', filled: true, size: 90 },
    encoding: {
      x: { field: 'p99Ms', type: 'quantitative', title: 'latency p99, ms', scale: { type: 'log' } },
      y: { field: 'microsecondsPerMessage', type: 'quantitative', title: 'CPU, µs for each message' },
      color: {
        field: 'kind',
        type: 'nominal',
        title: null,
        scale: { domain: kinds, range: [palette.predicted, palette.measured] },
      },
      shape: { field: 'kind', type: 'nominal', title: null, scale: { domain: kinds, range: ['circle', 'square'] } },
      tooltip: [
        { field: 'name' },
        { field: 'p99Ms', type: 'quantitative', format: '.3~r' },
        { field: 'microsecondsPerMessage', type: 'quantitative', format: '.3~r' },
      ],
    },
  });
}

export const frontierFigure = (frontier: Frontier): Figure => ({
  name: 'coalescing-frontier',
  title: frontierTitle(frontier),
  description: frontierDescription(frontier),
  plots: [frontierChart(frontier)],
  vegaLite: frontierVegaLite(frontier),
});
