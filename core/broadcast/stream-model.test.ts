import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StreamModel, type StreamOptions } from './stream-model.ts';

const second = 1_000_000_000;
const options: StreamOptions = {
  epoch: 'test',
  streamMaxAgeNs: 30 * second,
  streamMaxMessages: 100_000,
  streamMaxBytes: 52_428_800,
  ackWaitNs: 30 * second,
  maxAckPending: 1_000,
};
const create = (overrides: Partial<StreamOptions> = {}) => new StreamModel<string>({ ...options, ...overrides });

describe('StreamModel', () => {
  it('delivers in order, once each, while everything is acknowledged', () => {
    const stream = create();
    expect([stream.publish('a', 'x', 1, 0), stream.publish('b', 'x', 1, 0)]).toEqual([1, 2]);
    expect(stream.fetch(0)).toMatchObject({ sequence: 1, message: 'a', deliveryCount: 1 });
    expect(stream.acknowledge(1, 0)).toBe(true);
    expect(stream.fetch(0)).toMatchObject({ sequence: 2, message: 'b' });
    expect(stream.fetch(0)).toBeNull();
  });

  it('redelivers a NAKed message after its delay, before new ones (R35)', () => {
    const stream = create();
    stream.publish('a', 'x', 1, 0);
    stream.fetch(0);
    stream.negativeAcknowledge(1, 50, 100);
    stream.publish('b', 'x', 1, 100);
    expect(stream.nextEventNs(100)).toBe(150);
    expect(stream.fetch(149)).toMatchObject({ sequence: 2 });
    expect(stream.fetch(150)).toMatchObject({ sequence: 1, deliveryCount: 2 });
  });

  it('redelivers an unanswered message after the ack wait, not before (R36)', () => {
    const stream = create({ ackWaitNs: 5 * second });
    stream.publish('a', 'x', 1, 0);
    stream.fetch(0);
    expect(stream.fetch(5 * second - 1)).toBeNull();
    expect(stream.fetch(5 * second)).toMatchObject({ sequence: 1, deliveryCount: 2 });
  });

  it("never redelivers by timeout with the document's settings: after 30 s the message has expired (R36)", () => {
    const stream = create();
    stream.publish('a', 'x', 1, 0);
    stream.fetch(0);
    expect(stream.fetch(30 * second)).toBeNull();
    expect(stream.counters.expiredUnacknowledged).toBe(1);
    expect(stream.acknowledge(1, 30 * second)).toBe(false);
  });

  it.each([
    ['age', 100, 500, 3_000],
    ['count', 4_000, 500, 100_000],
    ['bytes', 3_400, 600, 87_381],
  ])('retention binds by %s (R33)', (_name, ratePerSecond, sizeBytes, expected) => {
    const stream = create();
    for (let count = 0; count < ratePerSecond * 31; count += 1) {
      stream.publish('m', 'x', sizeBytes, Math.round((count * second) / ratePerSecond));
    }
    expect(stream.counters.storedMessages).toBe(expected);
  });

  it('delivers no more than may be unanswered at once, and again after an answer', () => {
    const stream = create({ maxAckPending: 2 });
    for (const name of ['a', 'b', 'c']) stream.publish(name, 'x', 1, 0);
    stream.fetch(0);
    stream.fetch(0);
    expect(stream.fetch(0)).toBeNull();
    stream.acknowledge(2, 0);
    expect(stream.fetch(0)).toMatchObject({ sequence: 3 });
  });

  it('agrees with a naive model and loses nothing uncounted, under any sequence of operations', () => {
    const operation = fc.record({
      kind: fc.constantFrom('publish', 'fetch', 'fetch', 'ack', 'nak', 'wait'),
      pick: fc.nat(30),
      amount: fc.integer({ min: 0, max: 6 }),
    });
    fc.assert(
      fc.property(fc.array(operation, { size: 'max', maxLength: 150 }), (operations) => {
        const limits = { streamMaxAgeNs: 20, streamMaxMessages: 6, streamMaxBytes: 40, ackWaitNs: 7, maxAckPending: 3 };
        const stream = create(limits);
        let now = 0;
        let model: { sequence: number; bytes: number; at: number; state: string; due: number; count: number }[] = [];
        let published = 0;
        let acknowledged = 0;
        let expired = 0;
        const discard = (): void => {
          const gone = (): boolean =>
            model.length > 0 &&
            (now - model[0].at >= limits.streamMaxAgeNs ||
              model.length > limits.streamMaxMessages ||
              model.reduce((sum, { bytes }) => sum + bytes, 0) > limits.streamMaxBytes);
          while (gone()) {
            if (model[0].state !== 'acknowledged') expired += 1;
            model = model.slice(1);
          }
        };
        for (const { kind, pick, amount } of operations) {
          if (kind === 'wait') now += amount;
          discard();
          const target = model.length > 0 ? model[pick % model.length] : undefined;
          if (kind === 'publish') {
            published += 1;
            model.push({ sequence: published, bytes: amount * 3, at: now, state: 'new', due: 0, count: 0 });
            discard();
            stream.publish('m', 'x', amount * 3, now);
          } else if (kind === 'fetch') {
            for (const message of model)
              if (message.state === 'pending' && message.due <= now) message.state = 'waiting';
            const open = model.filter(({ state }) => state === 'pending').length;
            const due = model
              .filter(({ state, due: at }) => state === 'waiting' && at <= now)
              .sort((left, right) => left.due - right.due || left.sequence - right.sequence)[0];
            const next = open >= limits.maxAckPending ? undefined : (due ?? model.find(({ state }) => state === 'new'));
            const delivery = stream.fetch(now);
            expect(delivery?.sequence).toBe(next?.sequence);
            if (next !== undefined) {
              next.count += 1;
              next.state = 'pending';
              next.due = now + limits.ackWaitNs;
              expect(delivery?.deliveryCount).toBe(next.count);
            }
          } else if (kind === 'ack' && target !== undefined) {
            const expected = target.state === 'pending' || target.state === 'waiting';
            expect(stream.acknowledge(target.sequence, now)).toBe(expected);
            if (expected) {
              target.state = 'acknowledged';
              acknowledged += 1;
            }
          } else if (kind === 'nak' && target !== undefined) {
            const expected = target.state === 'pending';
            expect(stream.negativeAcknowledge(target.sequence, amount, now)).toBe(expected);
            if (expected) {
              target.state = 'waiting';
              target.due = now + amount;
            }
          }
          const { counters } = stream;
          expect(counters.published).toBe(
            counters.acknowledged + counters.expiredUnacknowledged + counters.pendingMessages,
          );
          expect([counters.published, counters.acknowledged]).toEqual([published, acknowledged]);
        }
        discard();
        stream.fetch(now);
        expect(stream.counters.expiredUnacknowledged).toBe(expired);
      }),
    );
  });
});
