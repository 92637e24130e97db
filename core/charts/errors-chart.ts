import * as Plot from '@observablehq/plot';
import type { ComparisonRow } from '../compare.ts';
import { frame, palette } from './theme.ts';

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
