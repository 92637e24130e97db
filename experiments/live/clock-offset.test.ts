import { describe, expect, it } from 'vitest';
import { betterEstimate, ClockOffset } from './clock-offset.ts';

describe('ClockOffset', () => {
  it('takes the quickest of several round trips, whatever their order', () => {
    const clock = new ClockOffset();
    clock.roundTrip(1_000, 1_200, 1_600);
    clock.roundTrip(2_000, 2_004, 2_502);
    clock.roundTrip(2_100, 2_400, 2_900);
    expect(clock.estimate(2_400)?.offsetMs).toBe(500);
    expect(clock.estimate(2_400)?.uncertaintyMs).toBeCloseTo(2, 1);
  });

  it('knows nothing before the first answer, and corrects nothing that lies within its error', () => {
    const clock = new ClockOffset();
    expect([clock.estimate(0), clock.correctionMs(0)]).toEqual([null, 0]);
    clock.roundTrip(0, 10, 9);
    expect(clock.correctionMs(10)).toBe(0);
    clock.roundTrip(100, 102, 151);
    expect(clock.correctionMs(102)).toBe(50);
  });

  it('follows a drift: an old round trip gives way to a newer one that is a little slower', () => {
    const clock = new ClockOffset();
    clock.roundTrip(0, 2, 1);
    clock.roundTrip(60_000, 60_004, 60_012);
    expect(clock.estimate(60_004)?.offsetMs).toBe(10);
  });

  it('prefers the surer of two processes', () => {
    const sure = { offsetMs: 1, uncertaintyMs: 0.2 };
    const unsure = { offsetMs: 7, uncertaintyMs: 9 };
    expect([betterEstimate(sure, unsure), betterEstimate(null, unsure), betterEstimate(null, null)]).toEqual([
      sure,
      unsure,
      null,
    ]);
  });
});
