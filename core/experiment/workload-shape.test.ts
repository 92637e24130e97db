import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { workloadSchema } from './scenario.ts';
import {
  isChosen,
  messagesOfChannel,
  offeredRates,
  publishedChannel,
  publishRateFor,
  subscribedChannel,
  subscribedNames,
} from './workload-shape.ts';

describe('isChosen', () => {
  it('chooses exactly the whole part of the share of every first n', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (members, share) => {
        let chosen = 0;
        for (let index = 0; index < members; index += 1) if (isChosen(index, share)) chosen += 1;
        expect(chosen).toBe(Math.floor(members * share));
      }),
    );
  });
});

describe('a workload of equal channels', () => {
  it('gives a client its own channel and those that follow, around', () => {
    expect(subscribedNames({ channels: 5, subscriptionsPerClient: 3 }, 13)).toEqual(['token.3', 'token.4', 'token.0']);
  });

  it('offers as many deliveries as its clients and messages meet', () => {
    const plans = fc
      .record({ channels: fc.integer({ min: 1, max: 12 }), rounds: fc.integer({ min: 1, max: 4 }) })
      .chain(({ channels, rounds }) =>
        fc.record({
          channels: fc.constant(channels),
          subscriptionsPerClient: fc.integer({ min: 1, max: channels }),
          // Whole rounds of channels, so that no client has one more than another.
          connections: fc.constant(channels * rounds),
        }),
      );
    fc.assert(
      fc.property(plans, (plan) => {
        const messages = plan.channels * 3;
        let met = 0;
        for (let message = 0; message < messages; message += 1) {
          const channel = publishedChannel(plan, message);
          for (let client = 0; client < plan.connections; client += 1) {
            for (let offset = 0; offset < plan.subscriptionsPerClient; offset += 1) {
              if (subscribedChannel(plan, client, offset) === channel) met += 1;
            }
          }
        }
        const offered = offeredRates(workloadSchema.parse({ ...plan, ratePerSecond: messages }));
        expect(offered.deliveriesPerSecond).toBeCloseTo(met, 6);
        expect(offered.fanOut * messages).toBeCloseTo(met, 6);
        expect(offered.payloadBytesPerSecond).toBeCloseTo(met * 500, 3);
      }),
    );
  });

  it('counts the messages of a channel among the first of the stream', () => {
    for (let count = 0; count < 20; count += 1) {
      const counts = [0, 1, 2].map((channel) => messagesOfChannel({ channels: 3 }, channel, count));
      const published = [0, 0, 0];
      for (let message = 0; message < count; message += 1) published[publishedChannel({ channels: 3 }, message)] += 1;
      expect(counts).toEqual(published);
    }
  });

  it('is published at the rate that gives each client what was asked', () => {
    const workload = workloadSchema.parse({ channels: 120, subscriptionsPerClient: 5 });
    const ratePerSecond = publishRateFor(workload, 25);
    expect(ratePerSecond).toBe(600);
    expect(offeredRates(workload, { ratePerSecond }).deliveriesPerClientPerSecond).toBeCloseTo(25, 9);
  });
});
