import { describe, expect, it } from 'vitest';
import { AddressCounts } from './thread-messages.ts';

describe('AddressCounts', () => {
  it('allows as many as the limit, one fewer after another, and gives places back', () => {
    const counts = AddressCounts.create(new Uint8Array(32).fill(1));
    expect([1, 2, 3].map(() => counts.tryOpen('10.0.0.1', 2))).toEqual([true, true, false]);
    counts.closed('10.0.0.1');
    expect(AddressCounts.open(counts.buffer).tryOpen('10.0.0.1', 2)).toBe(true);
  });

  it('lets nobody look for an address that shares a counter: which ones do depends on the key of the start', () => {
    const refused = (seed: number): string[] => {
      const counts = AddressCounts.create(new Uint8Array(32).fill(seed));
      const addresses = Array.from({ length: 3_000 }, (_unused, index) => `10.0.${index >> 8}.${index & 255}`);
      return addresses.filter((address) => !counts.tryOpen(address, 1));
    };
    const [first, again, second] = [refused(1), refused(1), refused(2)];
    // Of 3,000 addresses in 262,144 counters some 17 share one.
    expect(first.length).toBeGreaterThan(3);
    expect(again).toEqual(first);
    expect(first.filter((address) => second.includes(address)).length).toBeLessThan(first.length / 2);
  });
});
