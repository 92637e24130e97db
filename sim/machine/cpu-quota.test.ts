import { describe, expect, it } from 'vitest';
import { CpuQuota } from './cpu-quota.ts';

const millisecond = 1_000_000;

describe('CpuQuota', () => {
  it('lets a group use its cores x period and makes it wait for the next period then', () => {
    const quota = new CpuQuota(1.9);
    expect(quota.quotaNs).toBe(190 * millisecond);
    quota.charge(0, 189 * millisecond);
    expect(quota.earliestStartNs(95 * millisecond)).toBe(95 * millisecond);
    quota.charge(95 * millisecond, millisecond);
    expect(quota.earliestStartNs(96 * millisecond)).toBe(100 * millisecond);
    expect(quota.throttledNs).toBe(4 * millisecond);
  });

  it('pays an overrun back from the period after', () => {
    const quota = new CpuQuota(1);
    quota.charge(0, 130 * millisecond);
    expect(quota.earliestStartNs(100 * millisecond)).toBe(100 * millisecond);
    quota.charge(100 * millisecond, 70 * millisecond);
    expect(quota.earliestStartNs(170 * millisecond)).toBe(200 * millisecond);
  });

  it('does not save up what a period left unused', () => {
    const quota = new CpuQuota(1);
    expect(quota.earliestStartNs(950 * millisecond)).toBe(950 * millisecond);
    quota.charge(950 * millisecond, 100 * millisecond);
    expect(quota.earliestStartNs(960 * millisecond)).toBe(1_000 * millisecond);
  });
});
