import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goDocumented, resolveScenario, type ResolvedScenario, type RunReport, scenarioSchema } from '#core';
import { cohortScale } from './cohort.ts';
import { simulate } from './twin.ts';

const profile = {
  ...goDocumented,
  cpu: { ...goDocumented.cpu, perWriteUserNs: 1_800, perWriteKernelNs: 5_000, perDeliveryNs: 60, perByteKernelNs: 0.1 },
};

function resolved(input: Record<string, unknown>): ResolvedScenario {
  const resolution = resolveScenario(scenarioSchema.parse({ profile: profile.name, ...input }), [profile]);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.resolved;
}

/** Every summary figure but the largest latency and small counts (amendment 6), by name. */
function figuresOf({ summary }: RunReport): Record<string, number> {
  const { cpu, memory, network, latencyMs, connections } = summary;
  return {
    cpuCores: cpu.cores,
    kernelCores: cpu.kernelCores,
    memoryBytes: memory.bytes,
    payloadBitsPerSecond: network.payloadBitsPerSecond,
    wireBitsPerSecond: network.wireBitsPerSecond,
    sentPerSecond: summary.sentPerSecond,
    receivedPerSecond: summary.receivedPerSecond,
    writesPerSecond: summary.writesPerSecond,
    accepted: connections.accepted,
    meanMs: latencyMs.mean,
    p50Ms: latencyMs.p50,
    p90Ms: latencyMs.p90,
    p99Ms: latencyMs.p99,
  };
}

/** Differences below these are below what a figure means: a hundredth of a core, two milliseconds. */
const floors: Record<string, number> = { cpuCores: 0.01, kernelCores: 0.01, meanMs: 2, p50Ms: 2, p90Ms: 2, p99Ms: 2 };

describe('cohortScale', () => {
  it('leaves 500 to 1,000 connections, without a remainder where that is possible', () => {
    expect([400, 999, 1_000, 12_000, 7_000, 1_000_000].map(cohortScale)).toEqual([1, 1, 2, 24, 14, 2_000]);
    expect(Math.round(10_007 / cohortScale(10_007))).toBeGreaterThanOrEqual(490);
  });
});

describe('the scale model', () => {
  it('agrees with the exact twin within 1 % on every summary figure, over 20 random scenarios', () => {
    const worst: string[] = [];
    const scenarios = fc.record({
      connections: fc.constantFrom(2_000, 4_000, 6_000),
      ratePerSecond: fc.constantFrom(5, 10, 25, 40),
      flush: fc.constantFrom('20ms', '50ms', '100ms'),
      shards: fc.constantFrom(1, 2),
      messageBytes: fc.constantFrom(200, 500, 2_000),
    });
    for (const { connections, ratePerSecond, flush, shards, messageBytes } of fc.sample(scenarios, {
      numRuns: 20,
      seed: 5,
    })) {
      const input = resolved({
        shards,
        settings: { WS_FLUSH_INTERVAL: flush },
        workload: { connections, ratePerSecond, messageBytes, durationSeconds: 6, warmUpSeconds: 2 },
      });
      const exact = figuresOf(simulate(input));
      const cohort = figuresOf(simulate(input, { scale: 'auto' }));
      for (const [name, value] of Object.entries(exact)) {
        const difference = Math.abs(cohort[name] - value);
        if (difference <= Math.max(value * 0.01, floors[name] ?? 0)) continue;
        worst.push(
          `${connections} x ${ratePerSecond}, ${flush}, ${shards} shards: ${name} ${value} exact, ${cohort[name]} scaled`,
        );
      }
    }
    expect(worst).toEqual([]);
  }, 120_000);

  it('keeps its ledger, and the limits that count connections', () => {
    const { summary } = simulate(
      resolved({
        settings: { WS_MAX_CONNECTIONS: 4_000 },
        workload: { connections: 5_000, durationSeconds: 3, warmUpSeconds: 1 },
      }),
      { scale: 10 },
    );
    expect(summary.ledger.balanced).toBe(true);
    expect(summary.connections).toMatchObject({ open: 4_000, accepted: 4_000 });
    expect(summary.connections.refusedByReason['connections']).toBe(1_000);
  });
});
