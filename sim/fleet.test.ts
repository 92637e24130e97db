import { describe, expect, it } from 'vitest';
import { goDocumented, resolveScenario, type ResolvedScenario, scenarioSchema } from '#core';
import { simulateFleet } from './fleet.ts';

function fleetOf(scenario: Record<string, unknown>): ResolvedScenario {
  const parsed = scenarioSchema.parse({
    ...scenario,
    settings: { WS_FLUSH_INTERVAL: '100ms', ...(scenario['settings'] as object | undefined) },
    workload: {
      connections: 4_000,
      ratePerSecond: 20,
      durationSeconds: 20,
      warmUpSeconds: 2,
      ...(scenario['workload'] as object | undefined),
    },
  });
  const resolution = resolveScenario(parsed, [goDocumented]);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.resolved;
}

const small = { connectionsKept: 100 };

describe('a fleet', () => {
  it('gives every client every message, one copy a server out of NATS', () => {
    const report = simulateFleet(fleetOf({ fleet: { servers: 4 } }), small);
    expect(report.account).toMatchObject({ balanced: true, owed: 4_000 * 400, received: 4_000 * 400 });
    expect(report.natsPayloadBitsPerSecond).toBe(4 * 20 * 500 * 8);
    expect(report.groups.map(({ count }) => count)).toEqual([4]);
  });

  it('brings the clients of a lost server back to the others, and gives them all that they missed', () => {
    const lost = { atSeconds: 8, returnConnectionsPerSecond: 500 };
    const { account, groups, connections } = simulateFleet(fleetOf({ fleet: { servers: 4, lost } }), small);
    expect(account).toMatchObject({ balanced: true, missed: 0, clientsMoved: 1_000, clientsRecovered: 1_000 });
    expect(account.received).toBe(connections * 400);
    expect(account.recovered).toBeGreaterThan(account.interrupted);
    const living = groups.filter(({ role }) => role === 'survivor');
    expect(living.reduce((sum, { count, joined }) => sum + count * joined, 0)).toBe(1_000);
    expect(living.reduce((sum, { count }) => sum + count, 0)).toBe(3);
  });

  it('counts what a history too short has forgotten as missed', () => {
    const lost = { atSeconds: 8, awaySeconds: 4, returnConnectionsPerSecond: 2_000 };
    const { account } = simulateFleet(
      fleetOf({ fleet: { servers: 4, lost }, settings: { WS_HISTORY_AGE: '2s' } }),
      small,
    );
    expect(account.balanced).toBe(true);
    expect(account.clientsRecovered).toBe(0);
    // Four seconds at 20 messages/s and what was under way, for 1,000 clients.
    expect(account.missed).toBeGreaterThan(1_000 * 4 * 20);
    expect(account.received + account.missed).toBe(account.owed);
  });

  it('accounts for clients that nobody has room for', () => {
    const lost = { atSeconds: 8, returnConnectionsPerSecond: 2_000 };
    const { account } = simulateFleet(
      fleetOf({ fleet: { servers: 4, lost }, settings: { WS_MAX_CONNECTIONS: 1_200 } }),
      small,
    );
    expect(account.refused).toBeGreaterThan(0);
    expect(account.balanced).toBe(true);
  });

  it('accounts for clients that are not back when the run ends', () => {
    const lost = { atSeconds: 17, returnConnectionsPerSecond: 100 };
    const { account } = simulateFleet(fleetOf({ fleet: { servers: 4, lost } }), small);
    expect(account.clientsRecovered).toBeLessThan(account.clientsMoved);
    expect(account.away).toBeGreaterThan(0);
    expect(account.balanced).toBe(true);
  });

  it('is refused where nobody would be left', () => {
    expect(() => fleetOf({ fleet: { servers: 2, lost: { servers: 2, atSeconds: 1 } } })).toThrow(
      'somebody must be left',
    );
  });
});
