import { describe, expect, it } from 'vitest';
import { studentTProbability, studentTQuantile } from './student-t.ts';

describe('studentTQuantile', () => {
  // Two-sided quantiles at 90, 95 and 99 % as printed in standard tables.
  it.each([
    [1, 6.314, 12.706, 63.657],
    [2, 2.92, 4.303, 9.925],
    [3, 2.353, 3.182, 5.841],
    [4, 2.132, 2.776, 4.604],
    [5, 2.015, 2.571, 4.032],
    [9, 1.833, 2.262, 3.25],
    [10, 1.812, 2.228, 3.169],
    [19, 1.729, 2.093, 2.861],
    [29, 1.699, 2.045, 2.756],
    [30, 1.697, 2.042, 2.75],
    [60, 1.671, 2, 2.66],
    [120, 1.658, 1.98, 2.617],
  ])('agrees with the tables at %d degrees of freedom', (freedom, at90, at95, at99) => {
    expect(studentTQuantile(0.9, freedom)).toBeCloseTo(at90, 3);
    expect(studentTQuantile(0.95, freedom)).toBeCloseTo(at95, 3);
    expect(studentTQuantile(0.99, freedom)).toBeCloseTo(at99, 3);
  });

  it('agrees with the closed forms of one and two degrees of freedom to 12 digits', () => {
    for (const confidence of [0.5, 0.9, 0.95, 0.99]) {
      expect(studentTQuantile(confidence, 1) / Math.tan((Math.PI * confidence) / 2)).toBeCloseTo(1, 12);
      const closed = confidence * Math.sqrt(2 / (1 - confidence * confidence));
      expect(studentTQuantile(confidence, 2) / closed).toBeCloseTo(1, 12);
    }
  });

  it("tends to the normal distribution's quantiles", () => {
    expect(studentTQuantile(0.9, 1_000_000)).toBeCloseTo(1.644854, 4);
    expect(studentTQuantile(0.95, 1_000_001)).toBeCloseTo(1.959964, 4);
    expect(studentTQuantile(0.99, 99_999)).toBeCloseTo(2.575829, 4);
  });

  it('falls as degrees of freedom grow, and gives back its confidence', () => {
    let before = Infinity;
    for (let freedom = 1; freedom <= 300; freedom += 1) {
      const quantile = studentTQuantile(0.99, freedom);
      expect(quantile).toBeLessThan(before);
      expect(studentTProbability(quantile, freedom)).toBeCloseTo(0.99, 12);
      before = quantile;
    }
  });

  it('refuses what is no confidence and no count', () => {
    expect(() => studentTQuantile(1, 3)).toThrow('confidence 1');
    expect(() => studentTQuantile(0.9, 0)).toThrow('0 degrees of freedom');
    expect(() => studentTQuantile(0.9, 2.5)).toThrow('2.5 degrees of freedom');
  });
});
