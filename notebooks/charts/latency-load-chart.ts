import * as Plot from '@observablehq/plot';
import type { Figure } from './figure.ts';
import { kneeOf } from './knee.ts';
import { centredLabel, digits, frame, halo, loadNames, marginBottom, palette, seriesStyles } from './theme.ts';
import { seriesEncoding, type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

/** Latency at one load, as a simulation or a measurement gave it. */
export interface LatencyPoint {
  readonly load: number;
  /** null where nothing was received: a gap. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

export interface LatencyLoad {
  readonly of: keyof typeof loadNames;
  /** By rising load. */
  readonly points: readonly LatencyPoint[];
  /** The p99 latency that must be kept, in ms; null shows none. */
  readonly objectiveMs: number | null;
}

const height = 340;
const kneeIn = ({ points }: LatencyLoad) =>
  kneeOf(
    points.flatMap((point) => (point.p99Ms === null ? [] : [{ ...point, p99Ms: point.p99Ms, value: point.p99Ms }])),
  );

/** Title that states the finding. */
export function latencyLoadTitle(data: LatencyLoad): string {
  const { of, points, objectiveMs } = data;
  const { unit } = loadNames[of];
  const knee = kneeIn(data);
  const last = points[points.length - 1];
  const bend =
    knee === null
      ? `No knee up to ${digits(last.load)} ${unit}: p99 ${digits(last.p99Ms)} ms there`
      : `Latency turns up after ${digits(knee.load)} ${unit}: p99 ${digits(knee.p99Ms)} ms there, ${digits(last.p99Ms)} ms at ${digits(last.load)}`;
  if (objectiveMs === null) return bend;
  const kept = points.filter(({ p99Ms }) => p99Ms !== null && p99Ms <= objectiveMs);
  return kept.length === 0
    ? `${bend}; ${digits(objectiveMs)} ms is kept at no load shown`
    : `${bend}; ${digits(objectiveMs)} ms is kept up to ${digits(kept[kept.length - 1].load)}`;
}

export const latencyLoadDescription = ({ of, points }: LatencyLoad): string =>
  `Latency p50 and p99 in ms against ${loadNames[of].axis}: ${points.map(({ load, p50Ms, p99Ms }) => `${digits(load)}: ${digits(p50Ms)} and ${digits(p99Ms)}`).join('; ')}.`;

const percentiles = [
  { name: 'p99', of: ({ p99Ms }: LatencyPoint) => p99Ms, style: seriesStyles[1] },
  { name: 'p50', of: ({ p50Ms }: LatencyPoint) => p50Ms, style: seriesStyles[0] },
];

/** p50 and p99 against the load, on a logarithmic scale where they span more than a factor of 15; the knee is marked. */
export function latencyLoadChart(data: LatencyLoad): Plot.PlotOptions {
  const { of, points, objectiveMs } = data;
  const knee = kneeIn(data);
  const most = Math.max(...points.map(({ p99Ms }) => p99Ms ?? 0));
  const least = Math.min(...points.map(({ p50Ms }) => p50Ms ?? Infinity));
  const isWide = least > 0 && most / least > 15;
  return {
    ...frame,
    height,
    marginLeft: 64,
    marginRight: 60,
    marginTop: 30,
    marginBottom,
    ariaLabel: latencyLoadTitle(data),
    ariaDescription: latencyLoadDescription(data),
    x: { ...centredLabel, label: loadNames[of].axis, grid: true, zero: true },
    y: {
      label: `↑ latency, ms${isWide ? ' (logarithmic)' : ''}`,
      grid: true,
      ...(isWide ? { type: 'log' as const, ticks: 5, tickFormat: ',' } : { zero: true }),
    },
    marks: [
      ...(objectiveMs === null
        ? []
        : [
            Plot.ruleY([objectiveMs], { stroke: 'currentColor', strokeWidth: 1.5, strokeDasharray: '6,3' }),
            Plot.text([{}], {
              x: 0,
              y: objectiveMs,
              text: () => `objective: ${digits(objectiveMs)} ms`,
              textAnchor: 'start',
              dx: 5,
              dy: -9,
              ...halo,
            }),
          ]),
      ...percentiles.flatMap(({ name, of: latency, style }) => [
        Plot.line(points, {
          x: 'load',
          y: latency,
          stroke: style.color,
          strokeDasharray: style.dash || 'none',
          strokeWidth: 2.5,
        }),
        Plot.dot(points, { x: 'load', y: latency, fill: style.color, symbol: style.symbol, r: 3.5 }),
        Plot.text(points.slice(-1), { x: 'load', y: latency, text: () => name, textAnchor: 'start', dx: 10 }),
      ]),
      ...(knee === null
        ? []
        : [
            Plot.dot([knee], { x: 'load', y: 'p99Ms', r: 10, stroke: 'currentColor', strokeWidth: 2 }),
            Plot.text([knee], {
              x: 'load',
              y: 'p99Ms',
              text: () => `knee: ${digits(knee.load)}`,
              textAnchor: 'end',
              dx: -14,
              dy: -12,
              fontWeight: 'bold',
              ...halo,
            }),
          ]),
    ],
  };
}

export function latencyLoadVegaLite(data: LatencyLoad): VegaLiteSpec {
  const { of, points, objectiveMs } = data;
  const knee = kneeIn(data);
  const x = { field: 'load', type: 'quantitative', title: loadNames[of].axis };
  const y = { field: 'latencyMs', type: 'quantitative', title: 'latency, ms' };
  const names = percentiles.map(({ name }) => name);
  return vegaLiteSpec(latencyLoadTitle(data), latencyLoadDescription(data), {
    width: vegaLiteWidth,
    height: height - 60,
    layer: [
      {
        data: {
          values: percentiles.flatMap(({ name, of: latency }) =>
            points.map((point) => ({ load: point.load, latencyMs: latency(point), percentile: name })),
          ),
        },
        mark: { type: 'line', point: true, strokeWidth: 2.5 },
        encoding: {
          x,
          y,
          ...seriesEncoding(
            'percentile',
            names,
            percentiles.map(({ style }) => style),
          ),
        },
      },
      ...(objectiveMs === null
        ? []
        : [
            {
              data: { values: [{ latencyMs: objectiveMs }] },
              mark: { type: 'rule', strokeDash: [6, 3], color: palette.limit },
              encoding: { y },
            },
          ]),
      ...(knee === null
        ? []
        : [
            {
              data: { values: [{ load: knee.load, latencyMs: knee.p99Ms }] },
              mark: { type: 'point', size: 250, color: 'black' },
              encoding: { x, y },
            },
          ]),
    ],
  });
}

export const latencyLoadFigure = (data: LatencyLoad): Figure => ({
  name: `latency-by-${data.of === 'connections' ? 'connections' : 'rate'}`,
  title: latencyLoadTitle(data),
  description: latencyLoadDescription(data),
  plots: [latencyLoadChart(data)],
  vegaLite: latencyLoadVegaLite(data),
});
