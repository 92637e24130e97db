import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateLimiter } from './rate-limiter.ts';

const second = 1_000_000_000;

describe('RateLimiter', () => {
  it('lets a burst pass, and not one more', () => {
    const limiter = new RateLimiter(100, 5);
    expect(Array.from({ length: 7 }, () => limiter.tryTake(0))).toEqual([true, true, true, true, true, false, false]);
  });

  it('refills at the rate', () => {
    const limiter = new RateLimiter(100, 1);
    expect([0, 9_999_000, 10_000_000, 10_000_001, 20_000_000].map((now) => limiter.tryTake(now))).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  it('holds no more than the burst after ten idle minutes', () => {
    const limiter = new RateLimiter(100, 100);
    limiter.tryTake(0);
    let admitted = 0;
    for (let asked = 0; asked < 200; asked += 1) if (limiter.tryTake(600 * second)) admitted += 1;
    expect(admitted).toBe(100);
  });

  it('admits everything that is offered exactly at the rate, for an hour', () => {
    const limiter = new RateLimiter(30, 1);
    for (let count = 0; count < 108_000; count += 1)
      expect(limiter.tryTake(Math.round((count * second) / 30))).toBe(true);
  });

  it('never admits more than burst + rate x time, whatever is offered', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.integer({ min: 0, max: 50_000_000 }), { size: 'max', maxLength: 300 }),
        (rate, burst, gaps) => {
          const limiter = new RateLimiter(rate, burst);
          let nowNs = 0;
          let admitted = 0;
          for (const gap of gaps) {
            nowNs += gap;
            if (limiter.tryTake(nowNs)) admitted += 1;
            expect(admitted).toBeLessThanOrEqual(burst + (rate * nowNs) / second + 1e-6 + 1);
          }
        },
      ),
    );
  });
});
