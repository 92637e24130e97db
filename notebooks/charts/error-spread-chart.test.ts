import { expect, it } from 'vitest';
import { errorSpreadDescription, errorSpreadTitle } from './error-spread-chart.ts';

it('counts the metrics that meet their target over all runs', () => {
  const spread = {
    errors: ['a', 'b'].flatMap((run) => ['memory', 'CPU'].map((metric) => ({ metric, run, errorPercent: 3 }))),
    targets: [
      { metric: 'memory', meanPercent: 3, targetPercent: 10 },
      { metric: 'CPU', meanPercent: 12, targetPercent: 10 },
    ],
  };
  expect(errorSpreadTitle(spread)).toBe('Over 2 recorded runs 1 of 2 metrics meet their target for the mean error');
  expect(errorSpreadDescription(spread)).toContain('CPU 12, target 10');
});
