import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { workloadSchema } from './scenario.ts';
import {
  Channels,
  ClientPlan,
  clientGroupsOf,
  faultBeginnings,
  isChosen,
  MessageSizes,
  offeredRates,
  publishRateFor,
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
    expect(new Channels({ channels: 5 }).subscribedNames(13, 3)).toEqual(['token.3', 'token.4', 'token.0']);
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
        const channels = new Channels(plan);
        const messages = plan.channels * 3;
        let met = 0;
        for (let message = 0; message < messages; message += 1) {
          const channel = channels.published(message);
          for (let client = 0; client < plan.connections; client += 1) {
            for (let offset = 0; offset < plan.subscriptionsPerClient; offset += 1) {
              if (channels.subscribed(client, offset, plan.subscriptionsPerClient) === channel) met += 1;
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
      const channels = new Channels({ channels: 3 });
      const counts = [0, 1, 2].map((channel) => channels.publishedBetween(channel, 0, count));
      const published = [0, 0, 0];
      for (let message = 0; message < count; message += 1) published[channels.published(message)] += 1;
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

describe('popular channels', () => {
  const zipf = { channels: 40, popularity: { messages: { zipf: 1 }, subscriptions: { zipf: 0.8 } } };

  it('get messages in proportion to 1 / rank^s, in every long row', () => {
    const channels = new Channels(zipf);
    const counts = new Float64Array(40);
    for (let message = 0; message < 40_000; message += 1) counts[channels.published(message)] += 1;
    for (let rank = 2; rank <= 40; rank += 1) {
      expect(Math.abs(counts[0] / counts[rank - 1] / rank - 1)).toBeLessThan(0.02);
    }
  });

  it('are each taken once by a client, at most, whatever the exponent and the number', () => {
    const asked = fc
      .integer({ min: 1, max: 60 })
      .chain((channels) =>
        fc.tuple(
          fc.constant(channels),
          fc.integer({ min: 1, max: channels }),
          fc.double({ min: 0, max: 5, noNaN: true }),
        ),
      );
    fc.assert(
      fc.property(asked, fc.nat({ max: 1_000_000 }), ([channels, count, exponent], client) => {
        const names = new Channels({ channels, popularity: { subscriptions: { zipf: exponent } } }).subscribedNames(
          client,
          count,
        );
        expect(new Set(names).size).toBe(count);
      }),
    );
  });

  it('are taken by as many clients as their share of the subscriptions says', () => {
    const channels = new Channels(zipf);
    const clients = 20_000;
    const counts = new Float64Array(40);
    for (let client = 0; client < clients; client += 1) {
      for (let offset = 0; offset < 4; offset += 1) counts[channels.subscribed(client, offset, 4)] += 1;
    }
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4 * clients);
    // Nobody takes a channel twice, so the most popular may have fewer than their weight says: here none is that popular.
    for (let rank = 2; rank <= 40; rank += 1) {
      const expected = 2 ** (0.8 * Math.log2(rank));
      expect(Math.abs(counts[0] / counts[rank - 1] / expected - 1)).toBeLessThan(0.02);
    }
  });

  it('offer what their clients and messages meet, in all and by class of clients', () => {
    const workload = workloadSchema.parse({
      ...zipf,
      connections: 3_000,
      subscriptionsPerClient: 5,
      ratePerSecond: 100,
    });
    const channels = new Channels(workload);
    const subscribers = new Float64Array(40);
    for (let client = 0; client < 3_000; client += 1) {
      for (let offset = 0; offset < 5; offset += 1) subscribers[channels.subscribed(client, offset, 5)] += 1;
    }
    let met = 0;
    for (let message = 0; message < 10_000; message += 1) met += subscribers[channels.published(message)];
    const offered = offeredRates(workload);
    expect(Math.abs(met / 100 / offered.deliveriesPerSecond - 1)).toBeLessThan(0.003);
    const shares = offered.clientClasses.reduce((sum, { share }) => sum + share, 0);
    const mean = offered.clientClasses.reduce(
      (sum, { share, deliveriesPerSecond }) => sum + share * deliveriesPerSecond,
      0,
    );
    expect(shares).toBeCloseTo(1, 9);
    expect(mean).toBeCloseTo(offered.deliveriesPerClientPerSecond, 9);
    expect(publishRateFor(workload, offered.deliveriesPerClientPerSecond)).toBeCloseTo(100, 6);
  });
});

describe('a mix of message sizes', () => {
  it('has its shares in every long row, also within one channel, and their mean', () => {
    const workload = workloadSchema.parse({
      channels: 7,
      popularity: { zipf: 1 },
      messageBytes: {
        values: [
          { bytes: 200, share: 0.7 },
          { bytes: 1_000, share: 0.2 },
          { bytes: 5_000, share: 0.1 },
        ],
      },
    });
    expect(workload.messageBytes).toBeCloseTo(840, 9);
    const sizes = new MessageSizes(workload);
    const channels = new Channels(workload);
    const found = new Map<number, number>();
    let ofFirst = 0;
    for (let message = 0; message < 50_000; message += 1) {
      if (channels.published(message) !== 0) continue;
      ofFirst += 1;
      const bytes = sizes.of(message);
      found.set(bytes, (found.get(bytes) ?? 0) + 1);
    }
    expect((found.get(200) ?? 0) / ofFirst).toBeCloseTo(0.7, 2);
    expect((found.get(5_000) ?? 0) / ofFirst).toBeCloseTo(0.1, 2);
  });

  it('is read again from a report, and refused where its mean is contradicted', () => {
    const mixed = workloadSchema.parse({
      messageBytes: {
        values: [
          { bytes: 200, share: 0.5 },
          { bytes: 401, share: 0.5 },
        ],
      },
    });
    expect(workloadSchema.parse(JSON.parse(JSON.stringify(mixed)))).toEqual(mixed);
    expect(workloadSchema.safeParse({ ...mixed, messageBytes: 500 }).success).toBe(false);
    expect(workloadSchema.safeParse({ messageBytes: { values: [{ bytes: 200, share: 0.5 }] } }).success).toBe(false);
  });
});

describe('groups of clients', () => {
  const workload = workloadSchema.parse({
    channels: 10,
    subscriptionsPerClient: 2,
    client: { roundTripMs: 10 },
    clientGroups: [
      { name: 'mobile', share: 0.3, roundTripMs: 80, linkBitsPerSecond: 1e6, stalledShare: 0.1 },
      { name: 'desk', share: 0.7, subscriptionsPerClient: 6 },
    ],
  });

  it('take what they leave out from all clients', () => {
    expect(clientGroupsOf(workload)[1]).toEqual({
      name: 'desk',
      share: 0.7,
      linkBitsPerSecond: null,
      roundTripMs: 10,
      stalledShare: 0,
      subscriptionsPerClient: 6,
    });
    expect(clientGroupsOf(workloadSchema.parse({}))).toHaveLength(1);
  });

  it('have their share of every first clients, on each of two event loops, and so have those that stall', () => {
    const plan = new ClientPlan(workload, 10_000);
    const counts = [0, 0];
    let stalled = 0;
    for (let client = 0; client < 10_000; client += 1) {
      if (plan.groupOf(client) === 0) counts[client % 2] += 1;
      if (plan.stalls(client)) stalled += 1;
      if (plan.stalls(client)) expect(plan.groupOf(client)).toBe(0);
    }
    for (const count of counts) expect(Math.abs(count - 1_500)).toBeLessThan(10);
    expect(Math.abs(stalled - 300)).toBeLessThanOrEqual(2);
    expect(plan.subscriptionsOf(0)).toBe(plan.groupOf(0) === 0 ? 2 : 6);
  });

  it('offer the sum of what each group asks', () => {
    const offered = offeredRates({ ...workload, connections: 1_000, ratePerSecond: 100 });
    expect(offered.deliveriesPerSecond).toBeCloseTo(100 * (300 * 0.2 + 700 * 0.6), 6);
    expect(offered.subscriptions).toBeCloseTo(300 * 2 + 700 * 6, 6);
    expect(offered.clientClasses.map(({ deliveriesPerSecond }) => deliveriesPerSecond)).toEqual([20, 60]);
  });
});

describe('bursts', () => {
  it('begin again and again, as often as asked or until the load ends', () => {
    const burst = { kind: 'rate-burst', atSeconds: 10, durationSeconds: 2, factor: 3 } as const;
    expect(faultBeginnings(burst, 60)).toEqual([10]);
    expect(faultBeginnings({ ...burst, everySeconds: 20 }, 60)).toEqual([10, 30, 50]);
    expect(faultBeginnings({ ...burst, everySeconds: 20 }, 50)).toEqual([10, 30]);
    expect(faultBeginnings({ ...burst, everySeconds: 20, times: 2 }, 60)).toEqual([10, 30]);
  });
});

describe('a day curve', () => {
  it('gives the mean and the peak of the load', () => {
    const workload = workloadSchema.parse({
      connections: 100,
      ratePerSecond: 10,
      durationSeconds: 100,
      churnPerHour: 0.36,
      rateCurve: [
        { atSeconds: 0, factor: 0 },
        { atSeconds: 100, factor: 2 },
      ],
    });
    const offered = offeredRates(workload);
    expect(offered.publishedPerSecond).toBeCloseTo(10, 9);
    expect(offered.peakFactor).toBeCloseTo(2, 9);
    expect(offered.replacementsPerSecond).toBeCloseTo(0.01, 12);
    const late = offeredRates(workload, {}, { fromSeconds: 50, untilSeconds: 100 });
    expect(late.publishedPerSecond).toBeCloseTo(15, 9);
  });
});
