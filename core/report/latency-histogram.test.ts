import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from './latency-histogram.ts';

const latencies = fc.array(fc.integer({ min: 0, max: 4_000_000 }), { size: 'max', minLength: 1, maxLength: 300 });

function filled(microseconds: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of microseconds) histogram.record(value * 1_000);
  return histogram;
}

describe('LatencyHistogram', () => {
  it('gives every percentile within 0.8 % of the sorted list', () => {
    fc.assert(
      fc.property(latencies, fc.constantFrom(1, 50, 90, 99, 100), (values, percent) => {
        const sorted = [...values].sort((left, right) => left - right);
        const exactMs = sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1] / 1_000;
        expect(Math.abs(filled(values).percentile(percent) - exactMs)).toBeLessThanOrEqual(exactMs * 0.008 + 0.0005);
      }),
    );
  });

  it('keeps count, mean and maximum exactly', () => {
    const histogram = filled([1, 2, 3, 1_000_000]);
    expect([histogram.count, histogram.mean, histogram.max]).toEqual([4, 1_000_006 / 4 / 1_000, 1_000]);
  });

  it('merges as if everything had been recorded in one, directly or as an array', () => {
    fc.assert(
      fc.property(latencies, latencies, (left, right) => {
        const whole = filled([...left, ...right]).toArray();
        const merged = filled(left);
        merged.merge(filled(right));
        expect(merged.toArray()).toEqual(whole);
        const carried = filled(left);
        carried.mergeArray(filled(right).toArray());
        expect(carried.toArray()).toEqual(whole);
      }),
    );
  });

  it('counts what is beyond its range at the end of it, and nothing when empty', () => {
    const histogram = filled([]);
    expect([histogram.percentile(99), histogram.mean, histogram.max]).toEqual([0, 0, 0]);
    histogram.record(1e19);
    expect(histogram.max).toBe(4_294_967.295);
    histogram.reset();
    expect(histogram.count).toBe(0);
  });
});
