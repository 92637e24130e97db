import { mean, sampleVariance } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import { RandomStream } from './random.ts';
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
    expect(halfWidth).toBeCloseTo(4.6041 * Math.sqrt(2.5 / 5), 4);
    expect(estimate([1, 2, 3, 4, 5], 0.9).halfWidth).toBeCloseTo(2.1318 * Math.sqrt(2.5 / 5), 4);
  });

  it('gives the percentiles of the samples, in whatever order they come', () => {
    const samples = Array.from({ length: 101 }, (_, index) => (index * 37) % 101);
    expect(estimate(samples)).toMatchObject({ p10: 10, p50: 50, p90: 90, samples: 101 });
  });

  it('covers the true mean as often as it says: 90 % of 2,000 intervals, within four standard errors', () => {
    const random = new RandomStream(1, 'coverage', 0);
    let covered = 0;
    for (let round = 0; round < 2_000; round += 1) {
      const { mean: centre, halfWidth } = estimate(
        Array.from({ length: 8 }, () => random.nextUnit()),
        0.9,
      );
      if (Math.abs(centre - 0.5) <= halfWidth) covered += 1;
    }
    expect(Math.abs(covered / 2_000 - 0.9)).toBeLessThan(4 * Math.sqrt((0.9 * 0.1) / 2_000));
  });

  it('refuses a single sample: it has no interval', () => {
    expect(() => estimate([1])).toThrow('2 samples or more');
  });
});
