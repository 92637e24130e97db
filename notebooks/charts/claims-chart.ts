import * as Plot from '@observablehq/plot';
import type { Figure } from './figure.ts';
import { centredLabel, digits, frame, halo, marginBottom, palette } from './theme.ts';
import { type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

/** A figure that a document gives, or one that stands against it. */
export interface ClaimedRow {
  readonly name: string;
  readonly value: number;
  readonly claimed: boolean;
}

/** Title that states the finding. */
export function claimedTitle(rows: readonly ClaimedRow[], unit: string): string {
  const claimed = rows.find((row) => row.claimed);
  const others = rows.filter((row) => !row.claimed);
  const against = others.map(({ value }) => digits(value)).join(', ');
  return `Claimed are ${digits(claimed?.value ?? 0)} ${unit}; what stands against it: ${against}`;
}

export const claimedDescription = (rows: readonly ClaimedRow[], unit: string): string =>
  `${rows.map(({ name, value }) => `${name}: ${digits(value)} ${unit}`).join('; ')}.`;

/** A claimed figure above those that stand against it, each named over its bar. */
export function claimedChart(rows: readonly ClaimedRow[], unit: string): Plot.PlotOptions {
  const numbered = rows.map((row, index) => ({ ...row, row: String(index) }));
  const values = rows.map(({ value }) => value);
  return {
    ...frame,
    marginLeft: 16,
    marginRight: 90,
    marginTop: 8,
    height: 62 + rows.length * 50,
    marginBottom,
    ariaLabel: claimedTitle(rows, unit),
    ariaDescription: claimedDescription(rows, unit),
    x: {
      ...centredLabel,
      label: `${unit}`,
      domain: [Math.min(0, ...values), Math.max(0, ...values)],
      nice: true,
      ticks: 5,
    },
    y: { axis: null, domain: numbered.map(({ row }) => row) },
    marks: [
      Plot.barX(numbered, {
        x: 'value',
        y: 'row',
        insetTop: 20,
        insetBottom: 4,
        fill: ({ claimed }: ClaimedRow) => (claimed ? palette.measured : palette.predicted),
      }),
      Plot.text(numbered, {
        x: () => 0,
        y: 'row',
        text: 'name',
        textAnchor: 'start',
        dy: -15,
        fontSize: 12,
        ...halo,
      }),
      Plot.text(numbered, {
        x: 'value',
        y: 'row',
        text: ({ value }: ClaimedRow) => digits(value),
        textAnchor: 'start',
        dx: 5,
        dy: 8,
        fontWeight: 600,
      }),
      Plot.ruleX([0], { stroke: 'currentColor' }),
    ],
  };
}

export const claimedFigure = (rows: readonly ClaimedRow[], unit: string): Figure => ({
  name: 'claim',
  title: claimedTitle(rows, unit),
  description: claimedDescription(rows, unit),
  plots: [claimedChart(rows, unit)],
  vegaLite: barsVegaLite(claimedTitle(rows, unit), claimedDescription(rows, unit), unit, rows),
});

/** How far a claim is off: (claimed - recomputed) / recomputed. */
export interface DeviationRow {
  readonly name: string;
  readonly says: string;
  readonly deviation: number;
}

/** Deviations beyond this are drawn at the edge, with their figure. */
const percentMost = 200;

const ranked = (rows: readonly DeviationRow[]) =>
  rows
    .map((row, index) => ({ ...row, row: `${row.name}/${index}`, percent: row.deviation * 100 }))
    .sort((left, right) => Math.abs(right.percent) - Math.abs(left.percent));

export function deviationsTitle(rows: readonly DeviationRow[]): string {
  const high = rows.filter(({ deviation }) => deviation > 0).length;
  const [worst] = ranked(rows);
  return worst === undefined
    ? 'No refuted claim has a number to compare'
    : `${high} of ${rows.length} refuted figures are too high; farthest off is ${worst.name}, by ${digits(worst.percent)} %`;
}

export const deviationsDescription = (rows: readonly DeviationRow[]): string =>
  `Deviation of refuted figures in percent: ${ranked(rows)
    .map(({ name, percent }) => `${name} ${digits(percent)}`)
    .join(', ')}.`;

/** Refuted figures by how far they are off, farthest on top. */
export function deviationsChart(rows: readonly DeviationRow[]): Plot.PlotOptions {
  const sorted = ranked(rows).map((row) => ({
    ...row,
    shown: Math.max(-percentMost, Math.min(percentMost, row.percent)),
  }));
  return {
    ...frame,
    marginLeft: 80,
    marginRight: 30,
    height: 78 + sorted.length * 22,
    marginBottom,
    ariaLabel: deviationsTitle(rows),
    ariaDescription: deviationsDescription(rows),
    x: {
      ...centredLabel,
      label: 'claimed against recomputed, %',
      domain: [-percentMost * 0.9, percentMost * 1.3],
      grid: true,
    },
    y: { label: null, domain: sorted.map(({ row }) => row), tickFormat: (row: string) => row.split('/')[0] },
    marks: [
      Plot.barX(sorted, {
        x: 'shown',
        y: 'row',
        insetTop: 3,
        insetBottom: 3,
        fill: ({ percent }: { percent: number }) => (percent > 0 ? palette.measured : palette.predicted),
      }),
      ...([1, -1] as const).map((side) =>
        Plot.text(
          sorted.filter(({ percent }) => Math.sign(percent) === side),
          {
            x: 'shown',
            y: 'row',
            text: ({ percent }: { percent: number }) => `${digits(percent)} %`,
            textAnchor: side > 0 ? 'start' : 'end',
            dx: side * 4,
            fontSize: 12,
          },
        ),
      ),
      Plot.ruleX([0], { stroke: 'currentColor' }),
    ],
  };
}

export const deviationsFigure = (rows: readonly DeviationRow[]): Figure => ({
  name: 'refuted-figures',
  title: deviationsTitle(rows),
  description: deviationsDescription(rows),
  plots: [deviationsChart(rows)],
  vegaLite: barsVegaLite(
    deviationsTitle(rows),
    deviationsDescription(rows),
    'claimed against recomputed, %',
    ranked(rows).map(({ row, percent }) => ({ name: row, value: percent })),
  ),
});

const barsVegaLite = (
  title: string,
  description: string,
  axis: string,
  rows: readonly { readonly name: string; readonly value: number }[],
): VegaLiteSpec =>
  vegaLiteSpec(title, description, {
    width: vegaLiteWidth,
    height: { step: 24 },
    data: { values: rows },
    mark: { type: 'bar', color: palette.predicted },
    encoding: {
      x: { field: 'value', type: 'quantitative', title: axis },
      y: { field: 'name', type: 'nominal', title: null, sort: null },
      tooltip: [{ field: 'name' }, { field: 'value', type: 'quantitative', format: '.3~r' }],
    },
  });
