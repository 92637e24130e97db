import { describe, expect, it } from 'vitest';
import { ClientAccounts, type ServerTotals } from './client-accounts.ts';

const nothing: ServerTotals = {
  published: 10,
  received: 0,
  missed: 0,
  droppedByPolicy: 0,
  queued: 0,
  inTransit: 0,
  lost: 0,
  recoveredClients: 0,
};

describe('ClientAccounts', () => {
  it('owes all to those of the ramp, and to those that join what comes after their sequence', () => {
    const accounts = new ClientAccounts(3, 1, (client) => (client === 2 ? 4 : 0));
    accounts.subscribed(0, null, 0, 0);
    accounts.refused(1);
    const account = accounts.settle({ ...nothing, received: 10 }, () => 10);
    expect(account).toMatchObject({
      owed: 26,
      received: 10,
      refused: 10,
      away: 6,
      joinedClients: 1,
      rest: 0,
      tolerance: 0,
    });
  });

  it('counts for a client that left what came after it, and what was queued for it', () => {
    const accounts = new ClientAccounts(1, 0, () => 0);
    accounts.subscribed(0, null, 0, 0);
    accounts.ended(0, 6, 2);
    expect(accounts.settle({ ...nothing, received: 4 }, () => 10)).toMatchObject({ gone: 6, rest: 0, tolerance: 1 });
  });

  it('counts nothing twice for a client that came back and asked', () => {
    const accounts = new ClientAccounts(1, 0, () => 0);
    accounts.subscribed(0, null, 0, 0);
    accounts.ended(0, 6, 2);
    // It has 4 of 6, the shard has taken up 8: 4 from the history, 2 after it.
    accounts.subscribed(0, 4, 8, 8);
    const account = accounts.settle({ ...nothing, received: 10 }, () => 10);
    expect(account).toMatchObject({ gone: 0, interrupted: 2, rest: 0 });
  });

  it('counts as refused what came before a client was let in at a later try', () => {
    const accounts = new ClientAccounts(1, 0, () => 0);
    accounts.refused(0);
    accounts.subscribed(0, null, 6, 6);
    expect(accounts.settle({ ...nothing, received: 4 }, () => 10)).toMatchObject({ refused: 6, rest: 0 });
  });

  it('counts once what a client was given twice, and as gone what it does not know of', () => {
    const accounts = new ClientAccounts(1, 0, () => 0);
    accounts.subscribed(0, null, 0, 0);
    accounts.ended(0, 6, 2);
    // 4 were on their way, of which it has 3: the fourth is lost, and given again.
    accounts.subscribed(0, 3, 8, 8);
    const totals = { ...nothing, received: 3 + 5 + 2, lost: 1 };
    expect(accounts.settle(totals, () => 10)).toMatchObject({ lostWithConnection: 0, interrupted: 3, rest: 0 });
    accounts.ended(0, 10, 0);
    accounts.subscribed(0, 11, 12, 12);
    const later = { ...nothing, published: 12, received: 3 + 5 + 2 + 1, lost: 1 };
    expect(accounts.settle(later, () => 12)).toMatchObject({ gone: 1, rest: 0 });
  });

  it('counts as gone what nobody asked for between two clients of one place', () => {
    const accounts = new ClientAccounts(1, 0, () => 0);
    accounts.subscribed(0, null, 0, 0);
    accounts.ended(0, 6, 0);
    accounts.subscribed(0, null, 9, 9);
    expect(accounts.settle({ ...nothing, received: 7 }, () => 10)).toMatchObject({ gone: 3, rest: 0 });
  });

  it('leaves a rest for every delivery that vanishes or appears', () => {
    const accounts = new ClientAccounts(2, 0, () => 0);
    accounts.subscribed(0, null, 0, 0);
    accounts.subscribed(1, null, 0, 0);
    expect(accounts.settle({ ...nothing, received: 19 }, () => 10).rest).toBe(1);
    expect(accounts.settle({ ...nothing, received: 20, queued: 2 }, () => 10).rest).toBe(-2);
    expect(accounts.settle({ ...nothing, received: 18 }, () => 9)).toMatchObject({ neverTaken: 2, rest: 0 });
  });
});
