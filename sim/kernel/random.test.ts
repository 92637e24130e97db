import { describe, expect, it } from 'vitest';
import { RandomStream } from './random.ts';

const draw = (stream: RandomStream, count: number): number[] =>
  Array.from({ length: count }, () => stream.nextUint32());

describe('RandomStream', () => {
  it('repeats itself for the same seed, component and replication', () => {
    expect(draw(new RandomStream(7, 'publish', 2), 50)).toEqual(draw(new RandomStream(7, 'publish', 2), 50));
  });

  it('gives each seed, component and replication its own numbers', () => {
    const streams = [
      new RandomStream(7, 'publish', 0),
      new RandomStream(8, 'publish', 0),
      new RandomStream(7, 'accept', 0),
      new RandomStream(7, 'publish', 1),
    ].map((stream) => draw(stream, 20));
    const all = new Set(streams.flat());
    expect(all.size).toBe(80);
  });

  it('spreads uniformly: 16 bins of 160,000 draws pass a chi-square test at 0.1 %', () => {
    const stream = new RandomStream(1, 'test', 0);
    const bins = new Array<number>(16).fill(0);
    for (let count = 0; count < 160_000; count += 1) bins[Math.floor(stream.nextUnit() * 16)] += 1;
    const chiSquare = bins.reduce((sum, observed) => sum + (observed - 10_000) ** 2 / 10_000, 0);
    // 0.999 quantile of chi-square with 15 degrees of freedom.
    expect(chiSquare).toBeLessThan(37.7);
  });

  it('draws exponentials with the mean and the variance of theirs', () => {
    const stream = new RandomStream(1, 'exponential', 0);
    let sum = 0;
    let squares = 0;
    const count = 400_000;
    for (let index = 0; index < count; index += 1) {
      const value = stream.exponential(3);
      sum += value;
      squares += value * value;
    }
    const mean = sum / count;
    expect(mean).toBeCloseTo(3, 1);
    expect(squares / count - mean * mean).toBeCloseTo(9, 0);
  });

  it('draws integers below n only, each about as often', () => {
    const stream = new RandomStream(3, 'integer', 0);
    const bins = [0, 0, 0];
    for (let count = 0; count < 30_000; count += 1) bins[stream.uniformInteger(3)] += 1;
    for (const bin of bins) expect(Math.abs(bin - 10_000)).toBeLessThan(400);
  });
});
