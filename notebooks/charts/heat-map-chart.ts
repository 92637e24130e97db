import * as Plot from '@observablehq/plot';
import type { Figure } from './figure.ts';
import { figure, type Grid, type GridCell, gridDescription, gridTitle, labelOf, valuesOf } from './grid.ts';
import { centredLabel, frame, marginBottom } from './theme.ts';
import { type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

/** From light to dark, even in lightness, so that it reads in black and white; text on it is black or white. */
const scheme = 'blues';
const rowHeight = 34;

/** A cell a combination: its value as a number and as darkness; a cross-hatch of `x` marks what misses the objective. */
export function heatMapChart(grid: Grid): Plot.PlotOptions {
  const { xField, yField, metric, unit, cells, most } = grid;
  const values = cells.flatMap(({ value }) => (value === null ? [] : [value]));
  const least = Math.min(...values);
  const largest = Math.max(...values);
  const isWide = least > 0 && largest / least > 50;
  // From the middle of the scale on, the geometric one where it is logarithmic, text is white.
  const isDark = (value: number): boolean =>
    largest > least && (isWide ? value * value > least * largest : value > (least + largest) / 2);
  const columns = valuesOf(cells, 'x');
  const rows = valuesOf(cells, 'y').reverse();
  const showsText = columns.length <= 14 && rows.length <= 24;
  const at = { x: ({ x }: GridCell) => labelOf(x), y: ({ y }: GridCell) => labelOf(y) };
  const longest = Math.max(...rows.map((label) => label.length));
  return {
    ...frame,
    height: 76 + rows.length * rowHeight,
    marginLeft: 36 + longest * 8,
    marginRight: 20,
    marginTop: 34,
    marginBottom,
    ariaLabel: gridTitle(grid),
    ariaDescription: gridDescription(grid),
    x: {
      ...centredLabel,
      label: xField,
      domain: columns,
      padding: 0.03,
      ...(columns.length > 14
        ? { ticks: columns.filter((_, index) => index % Math.ceil(columns.length / 10) === 0) }
        : {}),
    },
    y: { label: `↑ ${yField}`, domain: rows, padding: 0.03 },
    color: {
      scheme,
      type: isWide ? 'log' : 'linear',
      domain: isWide ? [least * 0.8, largest] : [least - (largest - least) * 0.15, largest],
    },
    marks: [
      Plot.cell(cells, {
        ...at,
        fill: 'value',
        stroke: 'currentColor',
        strokeOpacity: 0.25,
        title: ({ value }: GridCell) => (value === null ? 'no result' : `${metric} ${figure(value)} ${unit}`),
      }),
      ...(showsText
        ? [
            Plot.text(cells, {
              ...at,
              text: ({ value }: GridCell) =>
                value === null ? '-' : `${figure(value)}${most !== null && value > most ? ' ×' : ''}`,
              fill: ({ value }: GridCell) => (value === null ? 'currentColor' : isDark(value) ? 'white' : 'black'),
            }),
          ]
        : []),
      Plot.text([{}], {
        frameAnchor: 'top-right',
        lineAnchor: 'bottom',
        dy: -6,
        textAnchor: 'end',
        text: () => `${metric}, ${unit}${most === null ? '' : ` (× above ${figure(most)})`}`,
      }),
    ],
  };
}

export function heatMapVegaLite(grid: Grid): VegaLiteSpec {
  const { xField, yField, metric, unit, cells } = grid;
  const values = cells.map(({ x, y, value }) => ({ x: labelOf(x), y: labelOf(y), value }));
  const x = { field: 'x', type: 'ordinal', title: xField, sort: valuesOf(cells, 'x'), axis: { labelAngle: 0 } };
  const y = { field: 'y', type: 'ordinal', title: yField, sort: valuesOf(cells, 'y').reverse() };
  return vegaLiteSpec(gridTitle(grid), gridDescription(grid), {
    width: vegaLiteWidth,
    height: { step: rowHeight },
    data: { values },
    layer: [
      {
        mark: { type: 'rect', stroke: 'grey' },
        encoding: {
          x,
          y,
          color: { field: 'value', type: 'quantitative', title: `${metric}, ${unit}`, scale: { scheme } },
        },
      },
      { mark: { type: 'text' }, encoding: { x, y, text: { field: 'value', type: 'quantitative', format: ',.3~r' } } },
    ],
  });
}

export const heatMapFigure = (grid: Grid): Figure => ({
  name: 'heat-map',
  title: gridTitle(grid),
  description: gridDescription(grid),
  plots: [heatMapChart(grid)],
  vegaLite: heatMapVegaLite(grid),
});
