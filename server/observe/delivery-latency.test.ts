import { describe, expect, it } from 'vitest';
import { DeliveryLatency, latencyBoundsMs } from './delivery-latency.ts';

const frame = (publishedAtNs: number) => ({ sizeBytes: 1, sequence: 1, channel: 'a', publishedAtNs });

describe('DeliveryLatency', () => {
  it('counts a delivery in the first bucket whose bound it does not exceed, at every bound and beside it', () => {
    for (const [bucket, boundMs] of latencyBoundsMs.entries()) {
      const latency = new DeliveryLatency();
      const nowNs = boundMs * 1e6;
      latency.record([frame(0), frame(1), frame(-1)], 0, 3, nowNs);
      const expected = new Array<number>(latencyBoundsMs.length + 1).fill(0);
      expected[bucket] = 2;
      expected[bucket + 1] = 1;
      expect(latency.totals.buckets).toEqual(expected);
    }
  });

  it('keeps what a clock that is ahead gives out of the histogram, counts it, and leaves out what is not fresh', () => {
    const latency = new DeliveryLatency();
    latency.record([frame(0), frame(2e9), frame(0.5e9)], 1, 3, 1e9);
    expect(latency.totals.ahead).toBe(1);
    expect(latency.totals.sumSeconds).toBeCloseTo(0.5, 9);
  });
});
