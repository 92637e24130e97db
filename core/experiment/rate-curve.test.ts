import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateCurve, type RatePoint } from './rate-curve.ts';

const curves = fc
  .array(
    fc.record({
      gap: fc.double({ min: 0.01, max: 50, noNaN: true }),
      factor: fc.double({ min: 0, max: 9, noNaN: true }),
    }),
    { minLength: 1, maxLength: 12, size: 'max' },
  )
  .map((steps) => {
    let atSeconds = 0;
    const points: RatePoint[] = steps.map(({ gap, factor }) => ({ atSeconds: (atSeconds += gap), factor }));
    return new RateCurve(points);
  });

describe('RateCurve', () => {
  const day = new RateCurve([
    { atSeconds: 10, factor: 1 },
    { atSeconds: 20, factor: 3 },
    { atSeconds: 30, factor: 0 },
  ]);

  it('is linear between its points and level beyond them', () => {
    expect([0, 10, 15, 20, 25, 30, 99].map((seconds) => day.factorAt(seconds))).toEqual([1, 1, 2, 3, 1.5, 0, 0]);
  });

  it('has the mean and the peak of any stretch', () => {
    expect(day.mean(0, 30)).toBeCloseTo((10 + 20 + 15) / 30, 12);
    expect(day.peak(0, 15)).toBe(2);
    expect(day.peak(12, 28)).toBe(3);
  });

  it('says when nothing comes any more', () => {
    expect(day.secondsAfter(0, 44.9)).toBeLessThan(30);
    expect(day.secondsAfter(0, 45.1)).toBe(Infinity);
  });

  it('finds the time at which its integral has grown by any area', () => {
    fc.assert(
      fc.property(
        curves,
        fc.double({ min: 0, max: 300, noNaN: true }),
        fc.double({ min: 0.001, max: 500, noNaN: true }),
        (curve, from, area) => {
          const until = curve.secondsAfter(from, area);
          if (until === Infinity) expect(curve.area(from, from + 1e7)).toBeLessThan(area * (1 + 1e-9));
          else expect(Math.abs(curve.area(from, until) / area - 1)).toBeLessThan(1e-6);
        },
      ),
      { numRuns: 500 },
    );
  });
});
