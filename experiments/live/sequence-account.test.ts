import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SequenceAccount } from './sequence-account.ts';

const accountOf = (contiguous: boolean, connections = 4, groups = 1): SequenceAccount =>
  new SequenceAccount({ connectionsMax: connections, contiguous, groupOf: (connection) => connection % groups });

const receive = (account: SequenceAccount, connection: number, sequences: readonly number[]): void => {
  for (const sequence of sequences) account.follow(connection, sequence);
};

describe('SequenceAccount of a whole stream', () => {
  it.each([
    { name: 'in order from anywhere', sequences: [41, 42, 43], expected: [0, 0, 0] },
    { name: 'a hole of two', sequences: [1, 2, 5], expected: [2, 0, 0] },
    { name: 'a hole filled late', sequences: [1, 3, 2, 4], expected: [0, 0, 1] },
    { name: 'the newest twice', sequences: [1, 2, 2], expected: [0, 1, 0] },
    { name: 'an older one twice', sequences: [1, 2, 3, 1], expected: [0, 1, 0] },
    { name: 'a late one twice', sequences: [1, 3, 2, 2], expected: [0, 1, 1] },
    { name: 'one from before the first', sequences: [10, 9], expected: [0, 0, 1] },
    { name: 'the oldest in the window', sequences: [1, 1_024, 1], expected: [1_022, 1, 0] },
    { name: 'one too old to know', sequences: [1, 1_025, 1], expected: [1_023, 0, 1] },
    { name: 'one late within the window', sequences: [1, 900, 5], expected: [897, 0, 1] },
  ])('judges $name', ({ sequences, expected }) => {
    const account = accountOf(true);
    receive(account, 2, sequences);
    expect([account.missing, account.duplicates, account.regressions]).toEqual(expected);
  });

  it('owes what comes after the sequence of the subscription, the first message included', () => {
    const account = accountOf(true);
    account.subscribed(0, 10);
    receive(account, 0, [12, 13]);
    expect(account.missing).toBe(1);
  });
});

describe('SequenceAccount of channels of a stream', () => {
  it('takes sequences of other channels for nobody’s loss', () => {
    const account = accountOf(false);
    for (const connection of [0, 1]) receive(account, connection, [1, 5, 9, 20]);
    expect([account.missing, account.judged]).toEqual([0, 2]);
  });

  it('counts what one connection received and another with the same subscriptions did not', () => {
    const account = accountOf(false);
    for (const connection of [0, 1, 2]) account.subscribed(connection, 0);
    receive(account, 0, [1, 5, 9, 20]);
    receive(account, 1, [1, 9, 20]);
    receive(account, 2, [9, 20]);
    expect(account.missing).toBe(1 + 2);
  });

  it('owes nothing from before a subscription, nor beyond what a connection has received', () => {
    const account = accountOf(false);
    account.subscribed(0, 0);
    receive(account, 0, [1, 5, 9, 20]);
    account.subscribed(1, 5);
    receive(account, 1, [9]);
    expect(account.missing).toBe(0);
  });

  it('does not owe what the answer to a subscription has overtaken on its way to others', () => {
    const account = accountOf(false);
    account.subscribed(0, 0);
    receive(account, 0, [1, 4]);
    account.subscribed(1, 5);
    receive(account, 0, [5, 6]);
    receive(account, 1, [6]);
    expect(account.missing).toBe(0);
  });

  it('does not judge a connection that shares its subscriptions with nobody', () => {
    const account = accountOf(false, 3, 2);
    for (const connection of [0, 1, 2]) receive(account, connection, [1, 2]);
    expect(account.judged).toBe(2);
  });

  it('agrees with a naive account under losses, repetitions and late messages', () => {
    const step = fc.record({
      connection: fc.integer({ min: 0, max: 3 }),
      sequence: fc.integer({ min: 1, max: 60 }),
    });
    let lossesSeen = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 40, maxLength: 160, size: 'max' }), (steps) => {
        const account = accountOf(false);
        const received = Array.from({ length: 4 }, () => new Set<number>());
        const startedAt = Array.from({ length: 4 }, () => Infinity);
        for (const { connection, sequence } of steps) {
          if (startedAt[connection] === Infinity) startedAt[connection] = sequence;
          received[connection].add(sequence);
          account.follow(connection, sequence);
        }
        const all = [...new Set(received.flatMap((one) => [...one]))];
        const missing = received.reduce((sum, mine, connection) => {
          const newest = Math.max(-1, ...mine);
          const owed = all.filter((one) => one >= startedAt[connection] && one <= newest);
          return sum + owed.filter((one) => !mine.has(one)).length;
        }, 0);
        if (missing > 0) lossesSeen += 1;
        expect(account.missing).toBe(missing);
      }),
      { numRuns: 200 },
    );
    expect(lossesSeen).toBeGreaterThan(150);
  });

  it('stays bounded over millions of messages', () => {
    const account = accountOf(false, 2);
    for (let sequence = 1; sequence <= 1_500_000; sequence += 1) {
      account.follow(0, sequence);
      if (sequence % 500_000 !== 0) account.follow(1, sequence);
    }
    expect(account.missing).toBe(2);
  });
});
