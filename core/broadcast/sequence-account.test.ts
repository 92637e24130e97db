import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LossReason } from '../base/outcomes.ts';
import { SequenceAccount } from './sequence-account.ts';

const ranges = (account: SequenceAccount): string[] =>
  account.takeLost().map(({ fromSequence, toSequence, channel }) => `${fromSequence}-${toSequence} ${channel ?? '?'}`);

function begun(through = 0): SequenceAccount {
  const account = new SequenceAccount();
  account.beginsAfter(through);
  return account;
}

describe('SequenceAccount', () => {
  it('settles what is handed over in order, and what comes late once the rest is there', () => {
    const account = begun(10);
    for (const sequence of [11, 12, 14, 15]) account.handedOver(sequence);
    expect([account.settledThrough, account.newestSequence, account.isSettled(14), account.isSettled(13)]).toEqual([
      12,
      15,
      true,
      false,
    ]);
    account.handedOver(13);
    expect(account.settledThrough).toBe(15);
  });

  it('tells what the stream discarded before it was handed over, once (outage, purge, limits)', () => {
    const account = begun();
    for (const sequence of [1, 2, 3, 4, 5]) account.handedOver(sequence);
    account.discardedBelow(26);
    expect(ranges(account)).toEqual(['6-25 ?']);
    account.discardedBelow(26);
    expect(ranges(account)).toEqual([]);
    expect([account.settledThrough, account.lostByReason[LossReason.discarded]]).toEqual([25, 20]);
  });

  it('names the channel of what was handed back and expired, and spares what was handed over between', () => {
    const account = begun();
    account.handedBack(1, 'a');
    account.handedBack(2, 'a');
    account.handedOver(3);
    account.handedBack(4, 'b');
    account.discardedBelow(7);
    expect(ranges(account)).toEqual(['1-2 a', '4-4 b', '5-6 ?']);
    expect(account.waiting).toBe(0);
  });

  it('tells a range of millions without counting it up', () => {
    const account = begun();
    account.handedOver(3);
    account.discardedBelow(4e12);
    expect(ranges(account)).toEqual(['1-2 ?', '4-3999999999999 ?']);
    account.handedOver(4e12);
    expect(account.settledThrough).toBe(4e12);
  });

  it('tells a hole in the middle, and forgets it when the rest is settled', () => {
    const account = begun();
    account.handedOver(1);
    account.lost(3, 4, LossReason.deleted);
    expect(ranges(account)).toEqual(['3-4 ?']);
    expect([account.firstHole(1, 5), account.isSettled(4)]).toEqual([2, true]);
    account.handedOver(2);
    expect([account.settledThrough, account.firstHole(1, 5), account.firstHole(1, 4)]).toEqual([4, 5, 0]);
  });

  it('takes what was told lost for settled when it comes all the same: it is handed over to nobody', () => {
    const account = begun();
    account.lost(1, 2, LossReason.unreadable);
    expect(account.isSettled(2)).toBe(true);
  });

  it('holds the law through any order of facts: each sequence handed over once, told lost once, or pending', () => {
    const reached = { late: 0, handedBackLost: 0, hole: 0, discarded: 0 };
    const fact = fc.record({
      kind: fc.constantFrom('deliver', 'skip', 'hand-back', 'redeliver', 'discard', 'hole' as const),
      size: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(fact, { size: 'max', minLength: 20, maxLength: 200 }), (facts) => {
        const account = begun();
        const fate = new Map<number, string>();
        const settle = (sequence: number, how: string): void => {
          expect(fate.get(sequence)).toBeUndefined();
          fate.set(sequence, how);
        };
        let last = 0;
        const tell = (): void => {
          for (const { fromSequence, toSequence } of account.takeLost()) {
            for (let sequence = fromSequence; sequence <= toSequence; sequence += 1) settle(sequence, 'lost');
          }
        };
        const handOver = (sequence: number): void => {
          account.handedOver(sequence);
          settle(sequence, 'handed over');
        };
        for (const { kind, size } of facts) {
          const [oldest] = account.handedBackSequences();
          if (kind === 'deliver') handOver((last += 1));
          else if (kind === 'skip') last += size;
          else if (kind === 'hand-back') account.handedBack((last += 1), 'a');
          else if (kind === 'redeliver' && oldest !== undefined) {
            reached.late += 1;
            handOver(oldest);
          } else if (kind === 'discard') {
            const waiting = account.waiting;
            account.discardedBelow(Math.max(1, last - size));
            reached.discarded += 1;
            if (account.waiting < waiting) reached.handedBackLost += 1;
          } else if (kind === 'hole') {
            const hole = account.firstHole(1, last);
            if (hole > 0) {
              reached.hole += 1;
              account.lost(hole, Math.min(last, hole + size), LossReason.unreadable);
            }
          }
          tell();
        }
        account.discardedBelow(last + 1);
        tell();
        expect([account.settledThrough, account.waiting, account.firstHole(1, last)]).toEqual([last, 0, 0]);
        expect(fate.size).toBe(last);
        expect(account.lostMessages).toBe([...fate.values()].filter((how) => how === 'lost').length);
        for (const sequence of fate.keys()) expect(account.isSettled(sequence)).toBe(true);
      }),
      { numRuns: 150 },
    );
    for (const count of Object.values(reached)) expect(count).toBeGreaterThan(20);
  });
});
