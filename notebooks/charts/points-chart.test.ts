import { describe, expect, it } from 'vitest';
import { type Points, pointsCharts, pointsTitle, rankCorrelation } from './points-chart.ts';

describe('rankCorrelation', () => {
  it('is 1 or -1 where the orders agree, however the values are spaced', () => {
    expect(rankCorrelation([1, 2, 3, 4], [1, 10, 100, 1_000])).toBe(1);
    expect(rankCorrelation([1, 2, 3, 4], [9, 7, 3, 1])).toBe(-1);
  });

  it('takes the mean rank of equal values, and is 0 where nothing differs', () => {
    // Ranks 0, 1.5, 1.5, 3 against 0, 1, 2, 3: 4.5 / sqrt(4.5 x 5).
    expect(rankCorrelation([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(0.9487, 4);
    expect(rankCorrelation([5, 5, 5], [1, 2, 3])).toBe(0);
  });
});

it('names the field that the metric goes along with most, and shows it first', () => {
  const data: Points = {
    metric: 'latency p99',
    unit: 'ms',
    fields: ['shards', 'connections'],
    points: [1, 2, 3, 4].map((step) => ({ values: [step % 2, step * 1_000], metric: step * step })),
  };
  expect(pointsTitle(data)).toBe('Latency p99 goes along most with connections (rank correlation 1.00)');
  expect(pointsCharts(data)[0].ariaLabel).toBe('latency p99 against connections');
});
