import { describe, expect, it } from 'vitest';
import { goDocumented, resolveScenario, type ResolvedScenario, scenarioSchema } from '#core';
import { runLive } from './run-live.ts';

function resolved(workload: Record<string, unknown>, settings: Record<string, string> = {}): ResolvedScenario {
  const scenario = scenarioSchema.parse({ machine: 'loopback-2', loadOnSameMachine: true, workload, settings });
  const resolution = resolveScenario(scenario, [goDocumented]);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.resolved;
}

describe('runLive', () => {
  it('measures a run whose account balances to the message', async () => {
    const { summary, provenance, intervals } = await runLive(
      resolved(
        { connections: 50, ratePerSecond: 20, durationSeconds: 3, warmUpSeconds: 1 },
        { WS_FLUSH_INTERVAL: '10ms' },
      ),
    );
    expect(provenance.kind).toBe('measured');
    expect(summary.ledger.balanced).toBe(true);
    expect(summary.ledger.received).toBe(summary.ledger.busAcknowledged * 50);
    expect(summary.connections).toMatchObject({ asked: 50, accepted: 50, open: 50 });
    expect(summary.latencyMs.count).toBeGreaterThan(1_000);
    expect(intervals.length).toBeGreaterThanOrEqual(3);
  });

  it('refuses what loopback cannot show, by field', async () => {
    await expect(runLive(resolved({ connections: 1, client: { roundTripMs: 20 } }))).rejects.toThrow(
      'workload.client.roundTripMs',
    );
    await expect(runLive(resolved({ connections: 1, client: { linkBitsPerSecond: 1e6 } }))).rejects.toThrow(
      'workload.client.linkBitsPerSecond',
    );
  });
});
