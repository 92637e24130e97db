import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Axis, parseAxis, pointsOf, sizeOf } from './design.ts';

const valuesOf = (...axes: string[]): unknown[] =>
  pointsOf({ kind: 'grid', axes: axes.map(parseAxis) }).map((point) => Object.values(point).join(' '));

describe('a grid', () => {
  it('combines all values, the last axis fastest', () => {
    expect(valuesOf('a=1,2', 'b=x,y')).toEqual(['1 x', '1 y', '2 x', '2 y']);
  });

  it('goes through a range in steps, both ends included, without trailing digits', () => {
    expect(valuesOf('a=10..40:10')).toEqual(['10', '20', '30', '40']);
    expect(valuesOf('a=0.1..0.5:0.1')).toEqual(['0.1', '0.2', '0.3', '0.4', '0.5']);
    expect(valuesOf('a=1..10:4')).toEqual(['1', '5', '9']);
  });

  it('keeps the unit of a setting, and the type of a value', () => {
    expect(valuesOf('settings.WS_FLUSH_INTERVAL=50ms..150ms:50ms')).toEqual(['50ms', '100ms', '150ms']);
    expect(pointsOf({ kind: 'grid', axes: [parseAxis('a=1,true,x,null')] }).map(({ a }) => a)).toEqual([
      1,
      true,
      'x',
      null,
    ]);
  });

  it.each([
    ['a=1..10', 'needs a step in a grid'],
    ['a=10..1:1', 'must go from less to more'],
    ['a=1..10:0', 'needs a step above 0'],
    ['a=1ms..10s:1ms', 'needs the same unit'],
    ['a=1..x', 'is not a range'],
    ['a=1,,2', 'an empty value is not a value'],
    ['a=1,1', 'has a value twice'],
    ['a', 'has no path or no values'],
    ['a=', 'has no path or no values'],
  ])('refuses %s', (text, message) => {
    expect(() => sizeOf({ kind: 'grid', axes: [parseAxis(text)] })).toThrow(message);
  });

  it('refuses more than a million points before it makes them', () => {
    const axes = [parseAxis('a=1..1001:1'), parseAxis('b=1..1000:1')];
    expect(() => sizeOf({ kind: 'grid', axes })).toThrow('1,001,000 points');
    expect(() => sizeOf({ kind: 'grid', axes: [parseAxis('a=0..1e12:1')] })).toThrow('at most 1,000,000 points');
  });
});

describe('a random design', () => {
  const axes = [parseAxis('a=0.0..100.0'), parseAxis('b=1..10'), parseAxis('c=x,y'), parseAxis('d=0..8:2')];
  const random = (points: number, seed: number, over: readonly Axis[] = axes) =>
    pointsOf({ kind: 'random', axes: over, points, sampling: 'latin-hypercube', seed });

  it('as a Latin hypercube has one point in each stratum of each axis, and every list value its share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(), (count, seed) => {
        const points = random(count, seed);
        const strata = points.map(({ a }) => Math.floor((Number(a) / 100) * count)).sort((one, two) => one - two);
        expect(strata).toEqual(Array.from({ length: count }, (_unused, index) => index));
        expect(Math.abs(points.filter(({ c }) => c === 'x').length - count / 2)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 50 },
    );
  });

  it('draws whole numbers between whole ends, both included, and multiples of a step', () => {
    const points = random(200, 7);
    expect(new Set(points.map(({ b }) => b))).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    expect(new Set(points.map(({ d }) => d))).toEqual(new Set([0, 2, 4, 6, 8]));
  });

  it('is the same for the same seed, another for another, and a further field leaves the rest as it was', () => {
    expect(random(20, 3)).toEqual(random(20, 3));
    expect(random(20, 3)).not.toEqual(random(20, 4));
    const fewer = random(20, 3, axes.slice(0, 2));
    expect(random(20, 3)).toMatchObject(fewer);
  });

  it('uniform draws each value by itself, in the range', () => {
    const points = pointsOf({ kind: 'random', axes, points: 500, sampling: 'uniform', seed: 1 });
    const values = points.map(({ a }) => Number(a));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(100);
    // 500 draws: the mean is 50 +- 1.3, four standard errors are 5.2.
    expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / 500 - 50)).toBeLessThan(5.2);
  });
});
