import { expect, it } from 'vitest';
import type { ComparisonRow } from '#core';
import { measuredRangesDescription, measuredRangesTitle } from './measured-ranges-chart.ts';

const row = (metric: string, predicted: number, within: boolean): ComparisonRow => ({
  metric,
  unit: 'ms',
  predicted,
  measured: 100,
  measuredLeast: 90,
  measuredMost: 120,
  errorPercent: predicted - 100,
  floor: 0,
  tolerancePercent: 15,
  within,
  interval: null,
  insideInterval: null,
});

it('counts what is as measured and names what is farthest off', () => {
  const rows = [row('p50', 95, true), row('p99', 60, false)];
  expect(measuredRangesTitle(rows)).toBe('1 of 2 metrics as measured; farthest off is p99 at -40 %');
  expect(measuredRangesDescription(rows)).toContain('p99 60, measured 90 to 120');
});

it('leaves out metrics that were not there to be measured', () => {
  expect(measuredRangesTitle([{ ...row('drops', 0, true), measured: 0 }])).toBe('Nothing was measured');
});
