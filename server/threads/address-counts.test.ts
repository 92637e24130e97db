import { describe, expect, it } from 'vitest';
import { AddressCounts } from './thread-messages.ts';

describe('AddressCounts', () => {
  it('allows as many as the limit, one fewer after another, and gives places back', () => {
    const counts = AddressCounts.create(new Uint8Array(32).fill(1));
    expect([1, 2, 3].map(() => counts.tryOpen('10.0.0.1', 2))).toEqual([true, true, false]);
    counts.closed('10.0.0.1');
    expect(AddressCounts.open(counts.buffer).tryOpen('10.0.0.1', 2)).toBe(true);
  });

  it('lets nobody find an address that shares a counter: which ones do depends on the key of the start', () => {
    const sharing = (seed: number): string[] => {
      const counts = AddressCounts.create(new Uint8Array(32).fill(seed));
      counts.tryOpen('127.0.0.77', 1);
      const found: string[] = [];
      for (let index = 0; index < 200_000; index += 1) {
        const address = `127.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
        if (address === '127.0.0.77') continue;
        if (counts.tryOpen(address, 1)) counts.closed(address);
        else found.push(address);
      }
      return found;
    };
    const [first, second] = [sharing(1), sharing(2)];
    expect(first.filter((address) => second.includes(address))).toEqual([]);
  });
});
