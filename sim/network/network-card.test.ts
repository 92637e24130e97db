import { describe, expect, it } from 'vitest';
import { NetworkCard, wireBytes } from './network-card.ts';

describe('wireBytes', () => {
  it('adds 94 bytes to one message of 500 bytes (relation "wire-bytes")', () => {
    expect(wireBytes(500, 1)).toBe(594);
  });

  it('shares packet headers among messages that are written together', () => {
    expect(wireBytes(2 * 500, 2)).toBe(1_000 + 8 + 90);
    expect(wireBytes(3 * 500, 3)).toBe(1_500 + 12 + 2 * 90);
  });
});

describe('NetworkCard', () => {
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
    expect(card.wireBytes).toBe(594);
  });
});
