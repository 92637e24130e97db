import * as Plot from '@observablehq/plot';
import type { Figure } from './figure.ts';
import { centredLabel, digits, frame, marginBottom, seriesStyles } from './theme.ts';
import { type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

/** What a gate of one stage of a ramp-up found, in % of the resource's limit. */
export interface GatePoint {
  /** Such as `8,000 connections`. */
  readonly stage: string;
  /** Such as `cpu`. */
  readonly gate: string;
  readonly foundPercent: number;
  /** The gate passes below it. */
  readonly belowPercent: number;
}

export interface Gates {
  /** The load, such as `25 messages/s`. */
  readonly load: string;
  readonly points: readonly GatePoint[];
}

const isPassed = ({ foundPercent, belowPercent }: GatePoint): boolean => foundPercent < belowPercent;
const rowOf = ({ stage, gate }: GatePoint): string => `${stage}: ${gate}`;

/** Title that states the finding. */
export function gatesTitle({ load, points }: Gates): string {
  const failed = points.find((point) => !isPassed(point));
  return failed === undefined
    ? `Every gate passes at ${load}`
    : `The ${failed.gate} gate fails at ${failed.stage} and ${load}: ${digits(failed.foundPercent)} %, asked for is less than ${digits(failed.belowPercent)} %`;
}

export const gatesDescription = ({ load, points }: Gates): string =>
  `Gates of a ramp-up at ${load}, in % of the limit: ${points
    .map((point) => `${rowOf(point)} ${digits(point.foundPercent)}, below ${digits(point.belowPercent)}`)
    .join('; ')}.`;

/** Each gate as a bar against its threshold, stage by stage; a cross marks the gates that fail. */
export function gatesChart(gates: Gates): Plot.PlotOptions {
  const { points } = gates;
  const most = Math.max(100, ...points.map(({ foundPercent }) => foundPercent)) * 1.15;
  return {
    ...frame,
    height: 76 + points.length * 26,
    marginLeft: 190,
    marginRight: 30,
    marginTop: 24,
    marginBottom,
    ariaLabel: gatesTitle(gates),
    ariaDescription: gatesDescription(gates),
    x: { ...centredLabel, label: 'demand, % of limit; the upright mark is the gate', domain: [0, most], grid: true },
    y: { label: null, domain: points.map(rowOf), padding: 0.25 },
    marks: [
      Plot.barX(points, {
        x: 'foundPercent',
        y: rowOf,
        fill: (point: GatePoint) => (isPassed(point) ? seriesStyles[0].color : seriesStyles[1].color),
      }),
      Plot.tickX(points, { x: 'belowPercent', y: rowOf, stroke: 'currentColor', strokeWidth: 3 }),
      Plot.text(points, {
        x: (point: GatePoint) => Math.max(point.foundPercent, point.belowPercent),
        y: rowOf,
        text: (point: GatePoint) => `${digits(point.foundPercent)} %${isPassed(point) ? '' : ' × fails'}`,
        textAnchor: 'start',
        dx: 6,
      }),
    ],
  };
}

export function gatesVegaLite(gates: Gates): VegaLiteSpec {
  const y = { field: 'row', type: 'nominal', title: null, sort: null };
  const values = gates.points.map((point) => ({
    ...point,
    row: rowOf(point),
    result: isPassed(point) ? 'passes' : 'fails',
  }));
  return vegaLiteSpec(gatesTitle(gates), gatesDescription(gates), {
    width: vegaLiteWidth,
    height: { step: 24 },
    data: { values },
    layer: [
      {
        mark: { type: 'bar' },
        encoding: {
          y,
          x: { field: 'foundPercent', type: 'quantitative', title: 'demand, % of limit' },
          color: {
            field: 'result',
            type: 'nominal',
            title: null,
            scale: { domain: ['passes', 'fails'], range: [seriesStyles[0].color, seriesStyles[1].color] },
          },
        },
      },
      {
        mark: { type: 'tick', color: 'black', thickness: 3 },
        encoding: { y, x: { field: 'belowPercent', type: 'quantitative' } },
      },
    ],
  });
}

export const gatesFigure = (gates: Gates): Figure => ({
  name: 'gates',
  title: gatesTitle(gates),
  description: gatesDescription(gates),
  plots: [gatesChart(gates)],
  vegaLite: gatesVegaLite(gates),
});
