import { describe, expect, it } from 'vitest';
import { batchMeans } from './batch-means.ts';
import { RandomStream } from './random.ts';
import { mser5 } from './warm-up.ts';

const noise = (count: number, seed = 1): number[] => {
  const random = new RandomStream(seed, 'noise', 0);
  return Array.from({ length: count }, () => random.nextUnit() - 0.5);
};

describe('mser5', () => {
  it('leaves out a step at the start, whole batches of five', () => {
    const series = noise(500).map((value, index) => value + (index < 100 ? 20 : 0));
    expect(mser5(series)).toMatchObject({ truncation: 100, settled: true });
    expect(Math.abs(mser5(series).mean)).toBeLessThan(0.05);
  });

  it('leaves out the batch that a step ends in', () => {
    const series = noise(500).map((value, index) => value - (index < 102 ? 20 : 0));
    expect(mser5(series).truncation).toBe(105);
  });

  it('leaves out an exponential approach until it is lost in the noise', () => {
    // 50 e^(-index/30) is below the standard error of the rest of about 0.01 after some 250 values, below the noise of 0.3 after 150.
    let decay = 50;
    const series = noise(1_000).map((value) => {
      decay *= 0.9672;
      return value + decay;
    });
    const { truncation, settled, mean } = mser5(series);
    expect(settled).toBe(true);
    expect(truncation).toBeGreaterThanOrEqual(100);
    expect(truncation).toBeLessThanOrEqual(250);
    expect(Math.abs(mean)).toBeLessThan(0.05);
  });

  it('agrees with the definition, computed truncation by truncation', () => {
    const series = noise(200, 9).map((value, index) => value + 300 / (index + 1));
    const batches = Array.from({ length: 40 }, (_, batch) => {
      const values = series.slice(batch * 5, batch * 5 + 5);
      return values.reduce((sum, value) => sum + value, 0) / 5;
    });
    const errors = batches.slice(0, 21).map((_, truncation) => {
      const left = batches.slice(truncation);
      const mean = left.reduce((sum, value) => sum + value, 0) / left.length;
      return left.reduce((sum, value) => sum + (value - mean) ** 2, 0) / left.length ** 2;
    });
    expect(mser5(series).truncation).toBe(errors.indexOf(Math.min(...errors)) * 5);
  });

  it('leaves out nothing of a constant series', () => {
    expect(mser5(new Array<number>(100).fill(3))).toEqual({ truncation: 0, mean: 3, settled: true });
  });

  it('says that a series which changes beyond its middle has not settled', () => {
    const series = noise(300).map((value, index) => value + (index < 200 ? 0 : 50));
    expect(mser5(series).settled).toBe(false);
  });

  it('says that nothing has not settled', () => {
    expect(mser5([])).toMatchObject({ truncation: 0, settled: false });
  });
});

describe('batchMeans', () => {
  /** First-order autoregressive: each value remembers 0.9 of the one before. */
  const remembering = (count: number, seed: number): number[] => {
    let value = 0;
    return noise(count, seed).map((shock) => {
      value = 0.9 * value + shock;
      return value;
    });
  };

  it('covers the mean of a series that remembers, where independence would not', () => {
    let covered = 0;
    let coveredWithoutBatches = 0;
    for (let seed = 1; seed <= 300; seed += 1) {
      const series = remembering(4_000, seed);
      const batched = batchMeans(series, { confidence: 0.95 });
      const single = batchMeans(series, { confidence: 0.95, batches: series.length });
      if (Math.abs(batched.mean) <= batched.halfWidth) covered += 1;
      if (Math.abs(single.mean) <= single.halfWidth) coveredWithoutBatches += 1;
    }
    expect(covered / 300).toBeGreaterThan(0.9);
    expect(coveredWithoutBatches / 300).toBeLessThan(0.6);
  });

  it('leaves out at the start what does not fill a batch', () => {
    expect(batchMeans([100, 1, 2, 3, 4], { batches: 2 }).mean).toBe(2.5);
  });

  it('refuses more batches than values', () => {
    expect(() => batchMeans([1, 2, 3], { batches: 4 })).toThrow('3 values do not make 4 batches');
  });
});
