import { describe, expect, it } from 'vitest';
import { NetworkCard } from './network-card.ts';

describe('NetworkCard', () => {
  it('lets a burst pass at once, and fills the bucket again at line rate', () => {
    // 1 Gbit/s is 8 ns a byte; a write of 500 bytes takes 594 on the wire, 4,752 ns.
    const card = new NetworkCard(1_000_000_000, 2 * 594);
    const atNs = 1_000_000;
    expect([1, 2, 3].map(() => card.send(atNs, 500, 1))).toEqual([atNs, atNs, atNs + 4_752]);
    // Two writes' time later, one of the two is there again.
    expect([1, 2].map(() => card.send(atNs + 2 * 4_752, 500, 1))).toEqual([atNs + 2 * 4_752, atNs + 3 * 4_752]);
  });

  it('serves writes one after the other at line rate', () => {
    const card = new NetworkCard(2_000_000_000);
    const serviceNs = Math.round((594 * 8) / 2);
    expect(card.send(0, 500, 1)).toBe(serviceNs);
    expect(card.send(0, 500, 1)).toBe(2 * serviceNs);
    expect(card.send(1_000_000, 500, 1)).toBe(1_000_000 + serviceNs);
  });

  it('delays nothing on loopback, and still counts', () => {
    const card = new NetworkCard(null);
    expect(card.send(7, 500, 1)).toBe(7);
    expect(card.crossedBytes(7)).toBe(594);
  });

  it('never lets more cross than its rate allows, whatever is handed over', () => {
    const card = new NetworkCard(1_000_000_000);
    for (let write = 0; write < 1_000; write += 1) card.send(0, 500, 1);
    expect(card.crossedBytes(0)).toBe(0);
    expect(card.crossedBytes(8 * 594 * 10)).toBe(594 * 10);
    expect(card.waitingBytes(8 * 594 * 10)).toBe(594 * 990);
    expect(card.crossedBytes(8 * 594 * 2_000)).toBe(594 * 1_000);
  });
});
