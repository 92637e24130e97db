import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spreadLabels } from './spread-labels.ts';

describe('spreadLabels', () => {
  it('leaves labels where they are when nothing touches', () => {
    expect(spreadLabels([10, 50, 30], 5, 0, 100)).toEqual([10, 50, 30]);
  });

  it('moves labels at one place apart, and up from the edge', () => {
    expect(spreadLabels([98, 99, 100], 10, 0, 100)).toEqual([80, 90, 100]);
  });

  it('keeps order and distance for any labels', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 10 }), (positions) => {
        const placed = spreadLabels(positions, 10, 0, 100);
        const sorted = placed.map((at, index) => ({ at, from: positions[index] })).sort((a, b) => a.at - b.at);
        for (let index = 1; index < sorted.length; index += 1) {
          expect(sorted[index].at - sorted[index - 1].at).toBeGreaterThanOrEqual(10 - 1e-9);
          expect(sorted[index].from).toBeGreaterThanOrEqual(sorted[index - 1].from);
        }
        expect(Math.min(0, ...placed)).toBe(0);
        expect(Math.max(100, ...placed)).toBe(100);
      }),
    );
  });
});
