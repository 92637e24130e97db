import { mean, sampleVariance } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import { estimate, RunningStatistics } from './statistics.ts';

describe('RunningStatistics', () => {
  it('agrees with a two-pass calculation', () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5];
    const running = new RunningStatistics();
    for (const value of values) running.add(value);
    expect(running.mean).toBeCloseTo(mean(values), 12);
    expect(running.variance).toBeCloseTo(sampleVariance(values), 12);
  });
});

describe('estimate', () => {
  it('gives the interval of the textbook: five samples, four degrees of freedom', () => {
    const { mean: centre, halfWidth } = estimate([1, 2, 3, 4, 5]);
    expect(centre).toBe(3);
    expect(halfWidth).toBeCloseTo(4.604 * Math.sqrt(2.5 / 5), 10);
  });
});
