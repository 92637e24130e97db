import * as Plot from '@observablehq/plot';
import type { ComparisonRow } from '#core';
import type { Figure } from './figure.ts';
import { centredLabel, digits, frame, halo, marginBottom, palette, seriesStyles } from './theme.ts';
import { type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

/** One metric of several runs: the prediction inside or outside what was measured, all in % of the measured median. */
interface Row {
  readonly metric: string;
  readonly predicted: number;
  readonly least: number;
  readonly most: number;
  readonly within: boolean;
  readonly text: string;
}

const percentMost = 200;

function rowsOf(rows: readonly ComparisonRow[]): Row[] {
  return rows
    .filter(({ measured }) => measured > 0)
    .map(({ metric, unit, predicted, measured, measuredLeast, measuredMost, within }) => ({
      metric,
      predicted: Math.min(percentMost, (predicted / measured) * 100),
      least: (measuredLeast / measured) * 100,
      most: Math.min(percentMost, (measuredMost / measured) * 100),
      within,
      text: `${quantity(predicted, unit)} / ${quantity(measured, unit)}${within ? '' : ' !'}`,
    }));
}

/** In the unit a person reads. */
function quantity(value: number, unit: string): string {
  if (unit === 'bytes') return `${digits(value / 1_048_576)} MiB`;
  if (unit === 'bit/s') return `${digits(value / 1e6)} Mbit/s`;
  return `${digits(value)} ${unit}`;
}

/** Title that states the finding. */
export function measuredRangesTitle(rows: readonly ComparisonRow[]): string {
  const shown = rows.filter(({ measured }) => measured > 0);
  const worst = [...shown].sort(
    (left, right) => Math.abs(right.errorPercent ?? 0) - Math.abs(left.errorPercent ?? 0),
  )[0];
  if (worst === undefined) return 'Nothing was measured';
  const within = shown.filter((row) => row.within).length;
  return `${within} of ${shown.length} metrics as measured; farthest off is ${worst.metric} at ${(worst.errorPercent ?? 0).toFixed(0)} %`;
}

export const measuredRangesDescription = (rows: readonly ComparisonRow[]): string =>
  `Prediction in percent of the measured median, with the measured range: ${rowsOf(rows)
    .map(
      ({ metric, predicted, least, most }) =>
        `${metric} ${digits(predicted)}, measured ${digits(least)} to ${digits(most)}`,
    )
    .join('; ')}.`;

/** Predicted against measured with error bars: the bar is the measured range, its tick the median, the dot the prediction. */
export function measuredRangesChart(rows: readonly ComparisonRow[]): Plot.PlotOptions {
  const shown = rowsOf(rows);
  const reach =
    Math.max(30, ...shown.flatMap(({ predicted, least, most }) => [predicted, least, most].map(offset))) * 1.1;
  const { color } = seriesStyles[1];
  return {
    ...frame,
    height: 84 + shown.length * 28,
    marginLeft: 145,
    marginRight: 190,
    marginTop: 34,
    marginBottom,
    ariaLabel: measuredRangesTitle(rows),
    ariaDescription: measuredRangesDescription(rows),
    x: { ...centredLabel, label: '% of the measured median', domain: [100 - reach, 100 + reach], grid: true, ticks: 7 },
    y: { label: null, domain: shown.map(({ metric }) => metric), padding: 0.4 },
    marks: [
      Plot.ruleX([100], { stroke: 'currentColor', strokeOpacity: 0.6 }),
      Plot.ruleY(shown, { x1: 'least', x2: 'most', y: 'metric', stroke: color, strokeWidth: 3 }),
      Plot.tickX(
        shown.flatMap(({ metric, least, most }) => [least, most].map((at) => ({ metric, at }))),
        { x: 'at', y: 'metric', stroke: color, strokeWidth: 2.5 },
      ),
      Plot.dot(shown, {
        x: 'predicted',
        y: 'metric',
        r: 5,
        symbol: ({ within }: Row) => (within ? 'circle' : 'times'),
        fill: ({ within }: Row) => (within ? palette.predicted : 'none'),
        stroke: palette.predicted,
        strokeWidth: 2.5,
      }),
      Plot.text(shown, { frameAnchor: 'right', y: 'metric', text: 'text', textAnchor: 'start', dx: 8 }),
      Plot.text([{}], {
        frameAnchor: 'top-right',
        dx: 8,
        dy: -20,
        textAnchor: 'start',
        text: () => 'predicted / measured',
      }),
      Plot.text([{}], {
        frameAnchor: 'top-left',
        dy: -20,
        dx: -140,
        text: () => '● predicted, × beyond tolerance; bars: measured, least to most',
        textAnchor: 'start',
        ...halo,
      }),
    ],
  };
}

const offset = (percent: number): number => Math.abs(percent - 100);

export function measuredRangesVegaLite(rows: readonly ComparisonRow[]): VegaLiteSpec {
  const y = { field: 'metric', type: 'nominal', title: null, sort: null };
  const title = '% of the measured median';
  return vegaLiteSpec(measuredRangesTitle(rows), measuredRangesDescription(rows), {
    width: vegaLiteWidth,
    height: { step: 26 },
    data: { values: rowsOf(rows) },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 3, color: seriesStyles[1].color },
        encoding: {
          y,
          x: { field: 'least', type: 'quantitative', title, scale: { zero: false } },
          x2: { field: 'most' },
        },
      },
      {
        mark: { type: 'point', filled: true, size: 80, color: palette.predicted },
        encoding: {
          y,
          x: { field: 'predicted', type: 'quantitative', title },
          shape: {
            field: 'within',
            type: 'nominal',
            title: 'within tolerance',
            scale: { domain: [true, false], range: ['circle', 'cross'] },
          },
        },
      },
    ],
  });
}

export const measuredRangesFigure = (rows: readonly ComparisonRow[]): Figure => ({
  name: 'predicted-against-measured',
  title: measuredRangesTitle(rows),
  description: measuredRangesDescription(rows),
  plots: [measuredRangesChart(rows)],
  vegaLite: measuredRangesVegaLite(rows),
});
