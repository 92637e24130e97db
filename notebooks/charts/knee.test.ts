import { describe, expect, it } from 'vitest';
import { kneeOf } from './knee.ts';

const curve = (of: (load: number) => number) =>
  Array.from({ length: 19 }, (_, index) => ({ load: (index + 1) / 20, value: of((index + 1) / 20) }));

describe('kneeOf', () => {
  it('finds where the delay of a single server begins to run away', () => {
    const knee = kneeOf(curve((utilisation) => 1 / (1 - utilisation)));
    // Where the slope 1/(1 - u)^2 equals that of the chord: u = 1 - sqrt(0.9 / 18.95) = 0.78, the nearest point is 0.8.
    expect(knee?.load).toBe(0.8);
  });

  it('finds none on a straight line, on a falling curve, or in two points', () => {
    expect(kneeOf(curve((load) => 3 * load))).toBeNull();
    expect(kneeOf(curve((load) => 1 - load))).toBeNull();
    expect(kneeOf(curve((load) => load * load).slice(0, 2))).toBeNull();
  });
});
