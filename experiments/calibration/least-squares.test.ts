import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitNonNegative, meanRelativeError } from './least-squares.ts';

describe('fitNonNegative', () => {
  it('finds the costs that made the values', () => {
    const cost = fc.double({ min: 0, max: 10_000, noNaN: true });
    const row = fc.tuple(fc.constant(1), fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 90_000 }));
    fc.assert(
      fc.property(fc.tuple(cost, cost, cost), fc.array(row, { minLength: 12, maxLength: 20 }), (costs, rows) => {
        const values = rows.map((counts) => counts.reduce((sum, count, index) => sum + count * costs[index], 0));
        const found = fitNonNegative(
          rows,
          values,
          values.map((value) => 1 / Math.max(value, 1)),
        );
        expect(meanRelativeError(rows, values, found, 1)).toBeLessThan(0.01);
      }),
    );
  });

  it('gives no cost below 0, however the values lie', () => {
    const found = fitNonNegative(
      [
        [1, 1],
        [1, 2],
        [1, 3],
      ],
      [3, 2, 1],
      [1, 1, 1],
    );
    expect(found.every((cost) => cost >= 0)).toBe(true);
    expect(found[1]).toBe(0);
  });
});
