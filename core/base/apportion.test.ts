import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apportioned } from './apportion.ts';

describe('apportioned', () => {
  it('gives whole numbers whose sum is the total, each within one of its share, and nothing to nothing', () => {
    const parts = fc.array(fc.oneof(fc.constant(0), fc.nat({ max: 1_000_000_000 })), {
      minLength: 1,
      maxLength: 40,
      size: 'max',
    });
    fc.assert(
      fc.property(parts, fc.nat({ max: 1_000_000_000 }), (weights, total) => {
        const sum = weights.reduce((all, weight) => all + weight, 0);
        fc.pre(sum > 0);
        const given = apportioned(total, weights);
        expect(given.reduce((all, count) => all + count, 0)).toBe(total);
        given.forEach((count, index) => {
          expect(Number.isInteger(count) && count >= 0).toBe(true);
          expect(Math.abs(count - (weights[index] * total) / sum)).toBeLessThan(1.001);
          if (weights[index] === 0) expect(count).toBe(0);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('multiplies by a whole factor exactly', () => {
    expect(apportioned(32 * 1_234_567, [1_000_000, 234_000, 0, 567])).toEqual([32_000_000, 7_488_000, 0, 18_144]);
  });

  it('refuses to split something over nothing', () => {
    expect(apportioned(0, [0, 0])).toEqual([0, 0]);
    expect(() => apportioned(1, [0])).toThrow('cannot be split');
  });
});
