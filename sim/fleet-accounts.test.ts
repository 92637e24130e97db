import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goDocumented, resolveScenario, type ResolvedScenario, scenarioSchema } from '#core';
import { simulateFleet } from './fleet.ts';
import { simulate } from './world/simulate.ts';

function resolved(given: Record<string, unknown>): ResolvedScenario {
  const resolution = resolveScenario(scenarioSchema.parse({ profile: goDocumented.name, ...given }), [goDocumented]);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.resolved;
}

const fleets = fc.integer({ min: 1, max: 7 }).chain((servers) =>
  fc.record({
    servers: fc.constant(servers),
    lost: servers === 1 ? fc.constant(0) : fc.integer({ min: 0, max: servers - 1 }),
    clientsPerServer: fc.integer({ min: 1, max: 400 }),
    odd: fc.integer({ min: 0, max: servers - 1 }),
    room: fc.double({ min: 0.3, max: 2.5, noNaN: true }),
    connectionsKept: fc.integer({ min: 5, max: 120 }),
    returnConnectionsPerSecond: fc.integer({ min: 20, max: 3_000 }),
    atSeconds: fc.double({ min: 0.1, max: 3.5, noNaN: true }),
    awaySeconds: fc.double({ min: 0, max: 1.5, noNaN: true }),
    historyAge: fc.constantFrom('500ms', '30s'),
    flushInterval: fc.constantFrom('0s', '100ms'),
    arrivals: fc.constantFrom('regular', 'poisson'),
    shards: fc.integer({ min: 1, max: 2 }),
    seed: fc.nat({ max: 1_000 }),
  }),
);

describe('a fleet of any size, at any scale, with and without room for all', () => {
  it('accounts for every delivery in whole numbers', () => {
    // Which branches of the account were reached, so that the property is about what it says.
    const reached = { refused: 0, away: 0, missed: 0, recovered: 0, interrupted: 0, uneven: 0 };
    fc.assert(
      fc.property(fleets, (given) => {
        const connections = given.servers * given.clientsPerServer + given.odd;
        const { lost, atSeconds, awaySeconds, returnConnectionsPerSecond } = given;
        const input = resolved({
          seed: given.seed,
          shards: given.shards,
          workload: {
            connections,
            ratePerSecond: 10,
            arrivals: given.arrivals,
            durationSeconds: 4,
            warmUpSeconds: 0.5,
            rampConnectionsPerSecond: 20_000,
          },
          settings: {
            WS_MAX_CONNECTIONS: Math.max(1, Math.round(given.clientsPerServer * given.room)),
            WS_HISTORY_AGE: given.historyAge,
            WS_FLUSH_INTERVAL: given.flushInterval,
          },
          fleet: {
            servers: given.servers,
            lost: lost === 0 ? null : { servers: lost, atSeconds, awaySeconds, returnConnectionsPerSecond },
          },
        });
        const { account, groups, connections: clients } = simulateFleet(input, given);
        expect(account.balanced).toBe(true);
        expect(clients).toBe(connections);
        expect(groups.reduce((sum, group) => sum + group.count * group.connections, 0)).toBe(connections);
        const { owed, recovered, interrupted, clientsMoved, clientsRecovered, balanced: _, ...parts } = account;
        expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(owed);
        for (const count of [owed, recovered, interrupted, clientsMoved, clientsRecovered, ...Object.values(parts)]) {
          expect(Number.isInteger(count) && count >= 0).toBe(true);
        }
        // No connection ended on a server that lives, so nothing of the model's account may be left open.
        for (const group of groups) if (group.role === 'survivor') expect(group.account.rest).toBe(0);
        for (const mark of ['refused', 'away', 'missed'] as const) if (parts[mark] > 0) reached[mark] += 1;
        if (recovered > 0) reached.recovered += 1;
        if (interrupted > 0) reached.interrupted += 1;
        if (groups.length > 2) reached.uneven += 1;
      }),
      { numRuns: 60, seed: 11 },
    );
    for (const [mark, times] of Object.entries(reached)) expect(`${mark} ${times > 0}`).toBe(`${mark} true`);
  });

  it('accounts for clients that are closed, that stall and that come back', () => {
    const cases = [
      { workload: { client: { stalledShare: 0.2 } }, settings: { WS_SEND_BUFFER_SLOTS: 8, WS_SLOW_CLIENT_STRIKES: 1 } },
      { faults: [{ kind: 'reconnect-storm', atSeconds: 4, reconnectAfterSeconds: 1, share: 0.4 }] },
      { workload: { churnPerHour: 400 } },
      { faults: [{ kind: 'bus-outage', atSeconds: 3, durationSeconds: 2 }] },
    ];
    for (const given of cases) {
      const input = resolved({
        ...given,
        settings: { WS_FLUSH_INTERVAL: '100ms', ...given.settings },
        workload: { connections: 601, ratePerSecond: 40, durationSeconds: 12, warmUpSeconds: 1, ...given.workload },
        fleet: { servers: 2 },
      });
      const { account } = simulateFleet(input, { connectionsKept: 100 });
      const { owed, received, dropped, gone, lostWithConnection, underWay, missed } = account;
      expect(account.balanced).toBe(true);
      expect(received + dropped + gone + lostWithConnection + underWay + missed).toBe(owed);
    }
  });

  it('says what servers matched where clients follow a part of the channels', () => {
    const workload = { connections: 400, ratePerSecond: 40, durationSeconds: 4, warmUpSeconds: 1, channels: 4 };
    const { account } = simulateFleet(resolved({ workload, fleet: { servers: 2 } }), { connectionsKept: 100 });
    expect(account).toMatchObject({ balanced: true, owed: account.received });
    expect(account.received).toBe(400 * 40);
  });
});

describe('a fleet of one', () => {
  it('is a server, to the byte of its report', () => {
    const workload = {
      connections: 1_003,
      ratePerSecond: 20,
      durationSeconds: 5,
      warmUpSeconds: 1,
      arrivals: 'poisson',
    };
    const settings = { WS_MAX_CONNECTIONS: 900, WS_FLUSH_INTERVAL: '100ms' };
    const { groups, scale, account } = simulateFleet(resolved({ workload, settings, fleet: { servers: 1 } }), {
      connectionsKept: 100,
    });
    const alone = simulate(resolved({ workload, settings }), { scale });
    expect(groups).toHaveLength(1);
    expect(JSON.stringify(groups[0].report)).toBe(JSON.stringify(alone));
    expect(account.received).toBe(alone.summary.ledger.received);
    expect(account.balanced).toBe(true);
  });
});
