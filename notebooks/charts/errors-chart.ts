import * as Plot from '@observablehq/plot';
import type { ComparisonRow } from '#core';
import type { Figure } from './figure.ts';
import { frame, palette } from './theme.ts';
import { type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

/** Title that states the finding. */
export function errorsTitle(rows: readonly ComparisonRow[]): string {
  const within = rows.filter((row) => row.within).length;
  return `${within} of ${rows.length} metrics are within their tolerance`;
}

/** Error of each metric in percent, with its tolerance as a band; a cross marks what is beyond it. */
export function errorsChart(rows: readonly ComparisonRow[]): Plot.PlotOptions {
  const shown = rows.flatMap((row) => (row.errorPercent === null ? [] : [{ ...row, error: row.errorPercent }]));
  const reach = Math.max(30, ...shown.map(({ error }) => Math.abs(error) * 1.15));
  return {
    ...frame,
    marginLeft: 145,
    height: 60 + shown.length * 28,
    ariaLabel: errorsTitle(rows),
    ariaDescription: shown.map(({ metric, error }) => `${metric} ${error.toFixed(1)} %`).join(', '),
    x: { label: 'predicted against measured, error in %', domain: [-reach, reach], grid: true },
    y: { label: null, domain: shown.map(({ metric }) => metric) },
    marks: [
      Plot.barX(shown, {
        x1: (row: ComparisonRow) => -row.tolerancePercent,
        x2: 'tolerancePercent',
        y: 'metric',
        fill: palette.fine,
        fillOpacity: 0.18,
      }),
      Plot.ruleX([0], { stroke: palette.limit }),
      Plot.dot(shown, {
        x: 'error',
        y: 'metric',
        r: 5,
        symbol: (row: ComparisonRow) => (row.within ? 'circle' : 'times'),
        stroke: (row: ComparisonRow) => (row.within ? palette.predicted : palette.measured),
        strokeWidth: 2.5,
      }),
      Plot.text(shown, {
        x: 'error',
        y: 'metric',
        text: ({ error }: { error: number }) => `${error.toFixed(1)}`,
        dy: -11,
        fontSize: 11,
      }),
    ],
  };
}

export function errorsVegaLite(rows: readonly ComparisonRow[]): VegaLiteSpec {
  const y = { field: 'metric', type: 'nominal', title: null, sort: null };
  const x = { field: 'errorPercent', type: 'quantitative', title: 'predicted against measured, error in %' };
  const values = rows
    .filter(({ errorPercent }) => errorPercent !== null)
    .map(({ metric, errorPercent, tolerancePercent, within }) => ({
      metric,
      errorPercent,
      least: -tolerancePercent,
      tolerancePercent,
      within,
    }));
  return vegaLiteSpec(errorsTitle(rows), errorsDescription(rows), {
    width: vegaLiteWidth,
    height: { step: 26 },
    data: { values },
    layer: [
      {
        mark: { type: 'bar', color: palette.fine, opacity: 0.18 },
        encoding: { y, x: { ...x, field: 'least' }, x2: { field: 'tolerancePercent' } },
      },
      {
        mark: { type: 'point', filled: true, size: 80 },
        encoding: {
          y,
          x,
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

const errorsDescription = (rows: readonly ComparisonRow[]): string =>
  `Error of each metric in percent: ${rows.flatMap(({ metric, errorPercent }) => (errorPercent === null ? [] : [`${metric} ${errorPercent.toFixed(1)}`])).join(', ')}.`;

export const errorsFigure = (rows: readonly ComparisonRow[]): Figure => ({
  name: 'errors',
  title: errorsTitle(rows),
  description: errorsDescription(rows),
  plots: [errorsChart(rows)],
  vegaLite: errorsVegaLite(rows),
});
