import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goDocumented, resolveScenario, type ResolvedScenario, scenarioSchema } from '#core';
import { simulate } from './simulate.ts';

function resolved(given: Record<string, unknown>): ResolvedScenario {
  const resolution = resolveScenario(scenarioSchema.parse({ profile: goDocumented.name, ...given }), [goDocumented]);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.resolved;
}
const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((all, one) => all + one, 0);
const load = { ratePerSecond: 10, durationSeconds: 2, warmUpSeconds: 0.5, rampConnectionsPerSecond: 20_000 };

describe('the accounts of a scale model', () => {
  it('are whole, balance, and say of each client that it was let in or refused, whatever the scale and the limit', () => {
    let limited = 0;
    const cases = fc.record({
      connections: fc.integer({ min: 1, max: 3_000 }),
      connectionsMax: fc.integer({ min: 1, max: 3_500 }),
      tasksMax: fc.integer({ min: 700, max: 8_000 }),
      scale: fc.oneof(fc.integer({ min: 1, max: 64 }), fc.double({ min: 1, max: 64, noNaN: true })),
      shards: fc.integer({ min: 1, max: 3 }),
      stalledShare: fc.constantFrom(0, 0, 0.2),
    });
    fc.assert(
      fc.property(cases, ({ connections, connectionsMax, tasksMax, scale, shards, stalledShare }) => {
        const input = resolved({
          shards,
          workload: { ...load, connections, client: { stalledShare } },
          settings: { WS_MAX_CONNECTIONS: connectionsMax, WS_MAX_GOROUTINES: tasksMax },
        });
        const { summary, intervals } = simulate(input, { scale });
        const { connections: counts, ledger, latencyMs } = summary;
        const room = Math.min(connectionsMax, Math.floor((tasksMax - input.settings.workerPoolSize - 13) / 2));
        if (connections > room) limited += 1;
        expect(counts.asked).toBe(connections);
        expect(counts.accepted).toBe(Math.min(connections, room));
        expect(counts.accepted + sum(counts.refusedByReason)).toBe(connections);
        expect(counts.open).toBeLessThanOrEqual(counts.accepted);
        expect(ledger.balanced).toBe(true);
        const all = [
          ...Object.values(counts.refusedByReason),
          ...Object.values(ledger).filter((value) => typeof value === 'number'),
          ...Object.values(ledger.droppedByReason),
          ...intervals.flatMap(({ connections: open, sent, received, writes, queued }) => [
            open,
            sent,
            received,
            writes,
            queued,
          ]),
          latencyMs.count,
        ];
        for (const count of all) expect(Number.isInteger(count) && count >= 0).toBe(true);
      }),
      { numRuns: 60 },
    );
    expect(limited).toBeGreaterThan(10);
  });

  it('are those of all clients where the scale does not divide them', () => {
    const { summary } = simulate(resolved({ workload: { ...load, connections: 1_000 } }), { scale: 3 });
    expect(summary.connections).toMatchObject({ accepted: 1_000, open: 1_000 });
    expect(summary.ledger.offered).toBe(1_000 * 20);
    expect(summary.cpu.cores).toBeCloseTo(
      simulate(resolved({ workload: { ...load, connections: 1_000 } })).summary.cpu.cores,
      2,
    );
  });

  it('count those that come back among those that tried', () => {
    const faults = [{ kind: 'reconnect-storm', atSeconds: 0.5, reconnectAfterSeconds: 0.2, share: 0.5 }];
    const { connections } = simulate(resolved({ faults, workload: { ...load, connections: 1_000 } }), {
      scale: 3,
    }).summary;
    expect(Math.abs(connections.accepted - 1_500)).toBeLessThanOrEqual(3);
    expect(sum(connections.refusedByReason)).toBe(0);
  });
});
