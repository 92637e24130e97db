import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LinearScan } from './linear-scan.ts';
import { SubscriptionIndex } from './subscription-index.ts';
import { isPattern, matchesPattern, type Subscriptions } from './subscriptions.ts';

const connectionsMax = 12;
const names = ['a', 'b', 'a.x', 'a.y', 'a.x.1', 'a.*', 'a.>', '*', '>', '*.x'];
const published = ['a', 'b', 'a.x', 'a.y', 'a.x.1', 'c'];

function allMatches(subscriptions: Subscriptions, channel: string, slice = 3): number[] {
  const out = new Int32Array(slice);
  const matched: number[] = [];
  subscriptions.startMatch(channel);
  for (let count = subscriptions.nextMatches(out); count >= 0; count = subscriptions.nextMatches(out)) {
    for (let index = 0; index < count; index += 1) matched.push(out[index]);
  }
  return matched;
}

describe('matchesPattern', () => {
  it.each([
    ['token.*', 'token.BTC', true],
    ['token.*', 'token.BTC.usd', false],
    ['token.*', 'token', false],
    ['token.>', 'token.BTC.usd', true],
    ['token.>', 'token', false],
    ['*.BTC', 'token.BTC', true],
    ['token.BTC', 'token.BTC', true],
    ['>', 'token', true],
  ])('%s against %s is %s', (pattern, channel, expected) => {
    expect(matchesPattern(pattern, channel)).toBe(expected);
  });

  it('knows a wildcard only as a whole token', () => {
    expect(['a*', 'a.b*', 'a>b', 'a.b'].map(isPattern)).toEqual([false, false, false, false]);
    expect(['*', '>', 'a.*', '*.a', 'a.*.b', 'a.>'].every(isPattern)).toBe(true);
  });
});

describe.each([
  ['SubscriptionIndex', (max: number): Subscriptions => new SubscriptionIndex(max)],
  ['LinearScan', (max: number): Subscriptions => new LinearScan(max)],
])('%s', (_name, create) => {
  it('agrees with a naive model after any sequence of subscribe, unsubscribe and disconnect', () => {
    const operation = fc.record({
      kind: fc.constantFrom('open', 'close', 'subscribe', 'subscribe', 'unsubscribe', 'match'),
      connection: fc.integer({ min: 0, max: connectionsMax - 1 }),
      channel: fc.constantFrom(...names),
      target: fc.constantFrom(...published),
    });
    fc.assert(
      fc.property(fc.array(operation, { size: 'max', maxLength: 120 }), (operations) => {
        const subscriptions = create(connectionsMax);
        const model = new Map<number, Set<string>>();
        for (const { kind, connection, channel, target } of operations) {
          const channels = model.get(connection);
          if (kind === 'open' && channels === undefined) {
            subscriptions.addConnection(connection);
            model.set(connection, new Set());
          } else if (kind === 'close' && channels !== undefined) {
            subscriptions.removeConnection(connection);
            model.delete(connection);
          } else if (kind === 'subscribe' && channels !== undefined) {
            expect(subscriptions.subscribe(connection, channel)).toBe(!channels.has(channel));
            channels.add(channel);
          } else if (kind === 'unsubscribe' && channels !== undefined) {
            expect(subscriptions.unsubscribe(connection, channel)).toBe(channels.delete(channel));
          } else if (kind === 'match') {
            const expected = [...model]
              .filter(([, subscribed]) => [...subscribed].some((name) => matchesPattern(name, target)))
              .map(([number]) => number)
              .sort((a, b) => a - b);
            expect(allMatches(subscriptions, target).sort((a, b) => a - b)).toEqual(expected);
          }
        }
        for (const [connection, subscribed] of model) {
          expect(subscriptions.subscriptionCount(connection)).toBe(subscribed.size);
          for (const name of names) expect(subscriptions.isSubscribed(connection, name)).toBe(subscribed.has(name));
        }
      }),
    );
  });

  it('still finds a member that took the place of one that left', () => {
    const subscriptions = create(8);
    for (let connection = 0; connection < 6; connection += 1) {
      subscriptions.addConnection(connection);
      subscriptions.subscribe(connection, 'a');
    }
    const left: number[] = [];
    for (const leaver of [0, 5, 1, 4]) {
      expect(subscriptions.unsubscribe(leaver, 'a')).toBe(true);
      left.push(leaver);
      const members = [0, 1, 2, 3, 4, 5].filter((connection) => !left.includes(connection));
      expect(allMatches(subscriptions, 'a').sort((first, second) => first - second)).toEqual(members);
    }
  });

  it('matches nobody twice and nobody who left, when members leave between two slices', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 4 }),
        (leavers, slice) => {
          const subscriptions = create(10);
          for (let connection = 0; connection < 10; connection += 1) {
            subscriptions.addConnection(connection);
            subscriptions.subscribe(connection, 'a');
          }
          const out = new Int32Array(slice);
          const matched: number[] = [];
          const left = new Set<number>();
          subscriptions.startMatch('a');
          for (let step = 0; ; step += 1) {
            const count = subscriptions.nextMatches(out);
            if (count < 0) break;
            for (const connection of out.subarray(0, count)) {
              expect(left.has(connection)).toBe(false);
              matched.push(connection);
            }
            const leaver = leavers[step];
            if (leaver !== undefined && !left.has(leaver)) {
              left.add(leaver);
              subscriptions.removeConnection(leaver);
            }
          }
          expect(new Set(matched).size).toBe(matched.length);
          for (let connection = 0; connection < 10; connection += 1) {
            if (!left.has(connection)) expect(matched).toContain(connection);
          }
        },
      ),
    );
  });
});

describe('visits (R66)', () => {
  it('are subscribers with the index and all connections with the scan', () => {
    const index = new SubscriptionIndex(100);
    const scan = new LinearScan(100);
    for (const subscriptions of [index, scan]) {
      for (let connection = 0; connection < 100; connection += 1) {
        subscriptions.addConnection(connection);
        subscriptions.subscribe(connection, connection < 5 ? 'few' : 'many');
      }
      expect(allMatches(subscriptions, 'few', 16)).toHaveLength(5);
    }
    expect(index.visits).toBe(5);
    expect(scan.visits).toBe(100);
  });
});
