import { describe, expect, it } from 'vitest';
import { RefusalReason } from '../base/outcomes.ts';
import { Governor } from './governor.ts';

const options = {
  cpuLimitCores: 2,
  memoryLimitBytes: 1_000,
  connectionsMax: 100,
  tasksMax: 1_000,
  cpuRejectPercent: 75,
  cpuPausePercent: 80,
  cpuHysteresisPercent: 5,
  flushIntervalNs: 100_000_000,
  flushIntervalMaxNs: 150_000_000,
};
const use = (percent: number) => ({ cores: (percent / 100) * 2, loopCores: [], memoryBytes: 10 });

describe('Governor', () => {
  it('lengthens the interval before it refuses or pauses', () => {
    const governor = new Governor(options);
    expect(governor.sampled(use(90))).toEqual({ standingRefusal: null, paused: false, flushIntervalNs: 150_000_000 });
    expect(governor.sampled(use(90))).toEqual({
      standingRefusal: RefusalReason.cpu,
      paused: true,
      flushIntervalNs: 150_000_000,
    });
  });

  it('refuses at once where the interval cannot grow', () => {
    for (const fixed of [
      { flushIntervalNs: 0, flushIntervalMaxNs: 150_000_000 },
      { flushIntervalNs: 100_000_000, flushIntervalMaxNs: 100_000_000 },
    ]) {
      expect(new Governor({ ...options, ...fixed }).sampled(use(90))).toMatchObject({ paused: true });
    }
  });

  it('lets the interval fall slowly, so that a load which needs the longer one does not swing', () => {
    const governor = new Governor(options);
    governor.sampled(use(90));
    expect(governor.sampled(use(10)).flushIntervalNs).toBe(142_500_000);
    for (let second = 0; second < 20; second += 1) governor.sampled(use(10));
    expect(governor.flushIntervalNs).toBe(100_000_000);
  });

  it('keeps its word about CPU where a sample comes too soon, and refuses for memory all the same', () => {
    const governor = new Governor(options);
    governor.sampled(use(90));
    governor.sampled(use(90));
    expect(governor.sampled({ cores: null, loopCores: [], memoryBytes: 10 })).toMatchObject({ paused: true });
    const other = new Governor(options);
    expect(other.sampled({ cores: null, loopCores: [], memoryBytes: 2_000 }).standingRefusal).toBe(
      RefusalReason.memory,
    );
  });
});
