import { describe, expect, it } from 'vitest';
import { exponential, naturalLogarithm, powerOf } from './exact-math.ts';

describe('naturalLogarithm', () => {
  it('agrees with Math.log to 1e-14, over the whole range', () => {
    for (const x of [1e-300, 1e-17, 0.1, 0.5, 0.70710678, 0.999999999, 1.0000001, 1.41421356, 1.5, 2, 10, 1e300]) {
      expect(Math.abs(naturalLogarithm(x) / Math.log(x) - 1)).toBeLessThan(1e-14);
    }
    expect(naturalLogarithm(1)).toBe(0);
  });
});

describe('exponential', () => {
  it('agrees with Math.exp to 1e-14, over the whole range', () => {
    for (const x of [-700, -30.5, -1, -0.35, -1e-9, 1e-9, 0.34657, 1, 2.5, 40, 700]) {
      expect(Math.abs(exponential(x) / Math.exp(x) - 1)).toBeLessThan(1e-14);
    }
    expect(exponential(0)).toBe(1);
  });
});

describe('powerOf', () => {
  it('agrees with the engine, and is exact where nothing is to be done', () => {
    for (const [base, exponent] of [
      [2, 0.5],
      [100_000, -1.2],
      [3, -2],
    ]) {
      expect(Math.abs(powerOf(base, exponent) / base ** exponent - 1)).toBeLessThan(1e-13);
    }
    expect([powerOf(7, 0), powerOf(7, 1)]).toEqual([1, 7]);
  });
});
