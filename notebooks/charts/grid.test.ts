import { describe, expect, it } from 'vitest';
import { type Grid, gridTitle, valuesOf } from './grid.ts';
import { heatMapChart } from './heat-map-chart.ts';
import { smallMultiplesChart } from './small-multiples-chart.ts';

const grid: Grid = {
  xField: 'connections',
  yField: 'messages/s',
  metric: 'latency p99',
  unit: 'ms',
  cells: [2_000, 10_000].flatMap((x) => [5, 50].map((y) => ({ x, y, value: x === 10_000 && y === 50 ? null : x / y }))),
  most: null,
};

describe('a grid of two fields', () => {
  it('orders numbers as numbers', () => {
    expect(valuesOf([...grid.cells].reverse(), 'x')).toEqual(['2,000', '10,000']);
  });

  it('names its extremes, or how many combinations keep the objective', () => {
    expect(gridTitle(grid)).toBe('Latency p99: 40 to 2,000 ms, most at connections 10,000, messages/s 5');
    expect(gridTitle({ ...grid, most: 500 })).toBe(
      '2 of 3 combinations of connections and messages/s keep latency p99 at 500 ms or less',
    );
  });

  it('has a column and a row for each value, and a small chart for each value of the second field', () => {
    const { x, y } = heatMapChart(grid);
    expect([x?.domain, y?.domain]).toEqual([
      ['2,000', '10,000'],
      ['50', '5'],
    ]);
    expect(JSON.stringify(smallMultiplesChart(grid).ariaDescription)).toContain('10,000 and 50: none');
  });
});
