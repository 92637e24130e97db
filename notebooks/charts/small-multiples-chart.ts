import * as Plot from '@observablehq/plot';
import type { Figure } from './figure.ts';
import { type Grid, gridDescription, gridTitle, labelOf, valuesOf } from './grid.ts';
import { centredLabel, frame, halo, marginBottom, seriesStyles } from './theme.ts';
import { type VegaLiteSpec, vegaLiteSpec } from './vega-lite.ts';

const columns = 3;
const panelHeight = 150;

/** A small chart for each value of the second field, all on the same axes; the x field must be numbers. */
export function smallMultiplesChart(grid: Grid): Plot.PlotOptions {
  const { xField, yField, metric, unit, cells, most } = grid;
  const panels = valuesOf(cells, 'y');
  const across = Math.min(columns, panels.length);
  const placed = cells.flatMap(({ x, y, value }) => {
    const index = panels.indexOf(labelOf(y));
    return value === null ? [] : [{ x: Number(x), value, fx: index % across, fy: Math.floor(index / across) }];
  });
  placed.sort((left, right) => left.x - right.x);
  const titles = panels.map((panel, index) => ({
    panel: `${yField} ${panel}`,
    fx: index % across,
    fy: Math.floor(index / across),
  }));
  const { color } = seriesStyles[0];
  return {
    ...frame,
    height: 70 + Math.ceil(panels.length / across) * panelHeight,
    marginLeft: 64,
    marginRight: 16,
    marginTop: 40,
    marginBottom,
    ariaLabel: gridTitle(grid),
    ariaDescription: gridDescription(grid),
    x: { ...centredLabel, label: xField, grid: true, ticks: 3, tickFormat: '~s', zero: true },
    y: { label: `↑ ${metric}, ${unit}`, grid: true, ticks: 4, zero: true },
    fx: { axis: null, padding: 0.15 },
    fy: { axis: null, padding: 0.2 },
    marks: [
      Plot.frame({ stroke: 'currentColor', strokeOpacity: 0.25 }),
      ...(most === null ? [] : [Plot.ruleY([most], { stroke: 'currentColor', strokeDasharray: '6,3' })]),
      Plot.line(placed, { x: 'x', y: 'value', fx: 'fx', fy: 'fy', stroke: color, strokeWidth: 2 }),
      Plot.dot(placed, { x: 'x', y: 'value', fx: 'fx', fy: 'fy', fill: color, r: 3 }),
      Plot.text(titles, {
        fx: 'fx',
        fy: 'fy',
        text: 'panel',
        frameAnchor: 'top-left',
        dx: 5,
        dy: 5,
        fontWeight: 'bold',
        ...halo,
      }),
    ],
  };
}

export function smallMultiplesVegaLite(grid: Grid): VegaLiteSpec {
  const { xField, yField, metric, unit, cells } = grid;
  return vegaLiteSpec(gridTitle(grid), gridDescription(grid), {
    data: { values: cells.map(({ x, y, value }) => ({ x: Number(x), y: labelOf(y), value })) },
    facet: { field: 'y', type: 'nominal', title: yField, sort: valuesOf(cells, 'y') },
    columns,
    spec: {
      width: 170,
      height: panelHeight - 40,
      mark: { type: 'line', point: true, color: seriesStyles[0].color },
      encoding: {
        x: { field: 'x', type: 'quantitative', title: xField },
        y: { field: 'value', type: 'quantitative', title: `${metric}, ${unit}` },
      },
    },
  });
}

export const smallMultiplesFigure = (grid: Grid): Figure => ({
  name: 'small-multiples',
  title: gridTitle(grid),
  description: gridDescription(grid),
  plots: [smallMultiplesChart(grid)],
  vegaLite: smallMultiplesVegaLite(grid),
});
