import * as Plot from '@observablehq/plot';
import type { LimitCurve, LimitCurves } from '#core';
import type { Figure } from './figure.ts';
import { spreadLabels } from './spread-labels.ts';
import {
  capitalised,
  centredLabel,
  digits,
  frame,
  halo,
  loadNames,
  marginBottom,
  palette,
  resourceNames,
  resourceStyles,
} from './theme.ts';
import { seriesEncoding, type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

/** Percent of a limit up to which the chart goes: far enough to see what comes second. */
const percentMost = 140;
const height = 380;

/** Title that states the finding. */
export function limitsTitle({ subject, of, asked, first, curves }: LimitCurves): string {
  const { unit } = loadNames[of];
  const cap = curves.find(({ resource, holds }) => resource === 'connections' && holds < (first?.holds ?? Infinity));
  const capped = cap === undefined ? '' : `, cap: ${digits(cap.holds)}`;
  if (first === null)
    return `${subject}: no resource of the machine fills up with ${unit} (asked for: ${digits(asked)}${capped})`;
  const name = capitalised(resourceNames[first.resource]);
  return first.holds < asked
    ? `${subject}: ${name} is full at ${digits(first.holds)} ${unit}, below the ${digits(asked)} asked for`
    : `${subject}: ${name} is full first, at ${digits(first.holds)} ${unit} (asked for: ${digits(asked)}${capped})`;
}

export function limitsDescription({ subject, of, otherwise, curves }: LimitCurves): string {
  const other = of === 'connections' ? `${digits(otherwise)} messages/s` : `${digits(otherwise)} connections`;
  const holds = curves.map((curve) =>
    curve.holds === Infinity
      ? `${resourceNames[curve.resource]} does not depend on it`
      : `${resourceNames[curve.resource]} holds ${digits(curve.holds)}`,
  );
  return `Demand of each resource on ${subject} in percent of what may be used against ${loadNames[of].axis}, at ${other}: ${holds.join(', ')}.`;
}

interface Row {
  readonly resource: string;
  readonly load: number;
  readonly percent: number;
}

/** A curve up to the chart's upper edge, where it is cut exactly. */
function rowsOf({ resource, points }: LimitCurve): Row[] {
  const rows: Row[] = [];
  let before = { load: 0, percent: 0 };
  for (const { load, utilisation } of points) {
    const percent = utilisation * 100;
    if (percent <= percentMost) {
      rows.push({ resource, load, percent });
      before = { load, percent };
      continue;
    }
    const share = (percentMost - before.percent) / (percent - before.percent);
    rows.push({ resource, load: before.load + share * (load - before.load), percent: percentMost });
    break;
  }
  return rows;
}

/** Demand of each resource in % of its limit against the load; 100 % is the limit of all. */
export function limitsChart(limits: LimitCurves): Plot.PlotOptions {
  const { of, asked, first, curves } = limits;
  const end = curves[0].points[curves[0].points.length - 1].load;
  const lines = curves.map((curve) => ({ curve, rows: rowsOf(curve) })).filter(({ rows }) => rows.length > 0);
  const last = lines.map(({ rows }) => rows[rows.length - 1]);
  const gap = (percentMost * 17) / (height - 70);
  const places = spreadLabels(
    // Of lines that leave at the upper edge, the one that leaves first is labelled highest.
    last.map(({ percent, load }) => percent + (1 - load / end) * 0.01),
    gap,
    0,
    percentMost,
  );
  const crossings = curves.filter(({ holds }) => holds <= end);
  return {
    ...frame,
    height,
    marginLeft: 60,
    marginRight: 140,
    marginTop: 40,
    marginBottom,
    ariaLabel: limitsTitle(limits),
    ariaDescription: limitsDescription(limits),
    x: { ...centredLabel, label: loadNames[of].axis, domain: [0, end], grid: true },
    y: { label: '↑ demand, % of what may be used', domain: [0, percentMost], grid: true, ticks: 7 },
    marks: [
      Plot.ruleY([100], { stroke: 'currentColor', strokeWidth: 2 }),
      Plot.text([{}], { x: 0, y: 100, text: () => 'limit', textAnchor: 'start', dx: 5, dy: -9, ...halo }),
      Plot.ruleX([asked], { stroke: palette.limit, strokeDasharray: '3,3' }),
      Plot.text([{}], {
        x: asked,
        frameAnchor: 'top',
        lineAnchor: 'bottom',
        dy: -4,
        text: () => `asked for: ${digits(asked)}`,
      }),
      ...lines.map(({ curve, rows }) =>
        Plot.line([{ load: 0, percent: rows[0].percent - slopeBefore(rows) }, ...rows], {
          x: 'load',
          y: 'percent',
          stroke: resourceStyles[curve.resource].color,
          strokeDasharray: resourceStyles[curve.resource].dash || 'none',
          strokeWidth: 2.5,
        }),
      ),
      // From the line's end to its label; the label stands in the margin, or beside the end at the upper edge.
      Plot.link(last, {
        x1: 'load',
        y1: 'percent',
        x2: end * 1.015,
        y2: (_: Row, index: number) => places[index],
        stroke: 'currentColor',
        strokeOpacity: 0.35,
        clip: false,
      }),
      Plot.text(last, {
        x: end * 1.02,
        y: (_: Row, index: number) => places[index],
        text: ({ resource }: Row) => resourceNames[resource as keyof typeof resourceNames],
        textAnchor: 'start',
      }),
      ...crossings.map(({ resource, holds }) =>
        Plot.dot([{ holds }], {
          x: 'holds',
          y: 100,
          r: resource === first?.resource ? 7 : 4.5,
          symbol: resourceStyles[resource].symbol,
          fill: resourceStyles[resource].color,
        }),
      ),
      ...(first === null || first.holds > end
        ? []
        : [
            Plot.text([first], {
              x: 'holds',
              y: 100,
              text: ({ resource, holds }: LimitCurve) =>
                `${capitalised(resourceNames[resource])} full at ${digits(holds)}`,
              textAnchor: 'end',
              dx: -10,
              dy: -14,
              fontWeight: 'bold',
              ...halo,
            }),
          ]),
    ],
  };
}

/** How much a line rises over its first step, so that it can be drawn from no load at all. */
function slopeBefore(rows: readonly Row[]): number {
  if (rows.length < 2) return 0;
  const [one, two] = rows;
  return ((two.percent - one.percent) / (two.load - one.load)) * one.load;
}

export function limitsVegaLite(limits: LimitCurves): VegaLiteSpec {
  const { of, asked, curves } = limits;
  const values = curves.flatMap((curve) =>
    rowsOf(curve).map((row) => ({ ...row, resource: resourceNames[curve.resource] })),
  );
  const names = curves.map(({ resource }) => resourceNames[resource]);
  const styles = curves.map(({ resource }) => resourceStyles[resource]);
  const x = { field: 'load', type: 'quantitative', title: loadNames[of].axis };
  const y = { field: 'percent', type: 'quantitative', title: 'demand, % of what may be used' };
  return vegaLiteSpec(limitsTitle(limits), limitsDescription(limits), {
    width: vegaLiteWidth,
    height: height - 70,
    layer: [
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 2.5 },
        encoding: { x, y, ...seriesEncoding('resource', names, styles) },
      },
      { data: { values: [{ percent: 100 }] }, mark: { type: 'rule', strokeWidth: 2 }, encoding: { y } },
      {
        data: { values: [{ load: asked }] },
        mark: { type: 'rule', strokeDash: [3, 3], color: palette.limit },
        encoding: { x },
      },
    ],
  });
}

export const limitsFigure = (limits: LimitCurves): Figure => ({
  name: `limits-by-${limits.of === 'connections' ? 'connections' : 'rate'}`,
  title: limitsTitle(limits),
  description: limitsDescription(limits),
  plots: [limitsChart(limits)],
  vegaLite: limitsVegaLite(limits),
});
