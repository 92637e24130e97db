import { describe, expect, it } from 'vitest';
import { type ArrivalPattern, writePattern } from './write-pattern.ts';

const pattern = (over: Partial<ArrivalPattern>): ArrivalPattern => ({
  arrivals: 'regular',
  publishedPerSecond: 25,
  channels: 1,
  subscriptions: 1,
  flushIntervalNs: 100_000_000,
  messageBytes: 500,
  writeBytesMax: 65_536,
  coldWriteHalfNs: 500_000_000,
  burstNs: 0,
  ...over,
});

describe('writePattern at equal distances', () => {
  it('is one write a message without an interval, and below one message an interval', () => {
    expect(writePattern(pattern({ flushIntervalNs: 0 })).messagesPerWrite).toBe(1);
    expect(writePattern(pattern({ publishedPerSecond: 5 })).messagesPerWrite).toBe(1);
  });

  it('merges what an interval holds and one more', () => {
    // Every 40 ms: one message begins to wait, two more come within 100 ms.
    const found = writePattern(pattern({}));
    expect(found.messagesPerWrite).toBe(3);
    expect(found.wireBytesPerWrite).toBe(3 * 504 + 2 * 90);
    expect(found.coldShare).toBeCloseTo(0.12 / (0.12 + 0.5), 9);
  });

  it('splits what is more than one write may carry', () => {
    const found = writePattern(pattern({ messageBytes: 500, writeBytesMax: 1_200 }));
    // Three messages: two in one write, one in the next.
    expect(found.messagesPerWrite).toBe(1.5);
    expect(found.wireBytesPerWrite).toBe((2 * 504 + 90 + 504 + 90) / 2);
  });

  it('walks through the cycle of channels where a client takes a part of them', () => {
    // Messages every 50 ms, of which a client takes two and leaves eight: both in one write, then half a second of nothing.
    const found = writePattern(pattern({ publishedPerSecond: 20, channels: 10, subscriptions: 2 }));
    expect(found.messagesPerWrite).toBe(1);
    // The first goes out at once after the pause, the second waits for its interval.
    expect(found.coldShare).toBeCloseTo((0.151 / 0.651 + 0.349 / 0.849) / 2, 6);
  });
});

describe('writePattern at random', () => {
  it('follows renewal theory where a client takes every message', () => {
    const rate = 9;
    const wait = 0.10063;
    const { messagesPerWrite } = writePattern(pattern({ arrivals: 'poisson', publishedPerSecond: rate }));
    // A cycle: a mean gap, and the wait unless that gap was longer than the interval.
    const cycle = 1 / rate + wait * (1 - Math.exp(-rate * 0.1));
    expect(rate / messagesPerWrite).toBeCloseTo(1 / cycle, 9);
  });

  it('counts the packets of writes of all sizes, not of the mean', () => {
    const messageBytes = 1_400;
    const found = writePattern(pattern({ arrivals: 'poisson', publishedPerSecond: 30, messageBytes }));
    const mean = found.messagesPerWrite;
    const evenly = mean * 1_404 + Math.ceil((mean * 1_404) / 1_448) * 90;
    expect(found.wireBytesPerWrite).toBeGreaterThan(mean * 1_404 + mean * 90 * 0.95);
    expect(Math.abs(found.wireBytesPerWrite - evenly)).toBeGreaterThan(1);
  });

  it.each([0.01, 1, 40, 900, 20_000])('keeps its probabilities together at %f messages an interval', (perInterval) => {
    const found = writePattern(
      pattern({ arrivals: 'poisson', publishedPerSecond: perInterval * 10, writeBytesMax: 1e15 }),
    );
    const wait = 0.10063 * perInterval * 10;
    expect(found.messagesPerWrite).toBeGreaterThanOrEqual(1);
    expect(found.messagesPerWrite).toBeLessThan(1 + wait + 1e-6);
    if (perInterval >= 40) expect(found.messagesPerWrite).toBeCloseTo(1 + wait, 6);
  });
});
