import { describe, expect, it } from 'vitest';
import { goDocumented, resolveScenario, type ResolvedScenario, scenarioSchema } from '#core';
import { cohortScale } from './cohort.ts';
import { simulate } from './world/simulate.ts';

const profile = {
  ...goDocumented,
  cpu: { ...goDocumented.cpu, perWriteUserNs: 1_800, perWriteKernelNs: 5_000, perDeliveryNs: 60, perByteKernelNs: 0.1 },
};

function resolved(input: Record<string, unknown>): ResolvedScenario {
  const resolution = resolveScenario(scenarioSchema.parse({ profile: profile.name, ...input }), [profile]);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.resolved;
}

describe('cohortScale', () => {
  it('is a power of two that leaves 350 to 700 connections', () => {
    const scales = [400, 699, 1_000, 12_000, 7_000, 1_000_000].map((connections) => cohortScale(connections));
    expect(scales).toEqual([1, 1, 2, 32, 16, 2_048]);
  });

  it('leaves more where shards would get unequal parts, or a share of the clients no whole number', () => {
    expect(cohortScale(12_000, { shards: 2 })).toBe(16);
    expect(cohortScale(12_000, { shares: [0.05] })).toBe(8);
    expect(cohortScale(12_000, { shares: [0.1] })).toBe(16);
  });

  it('takes the least error where no number comes out whole', () => {
    const scale = cohortScale(10_007, { shards: 2, shares: [0.013] });
    expect(Math.round(10_007 / scale)).toBeGreaterThanOrEqual(350);
    expect(Math.round(10_007 / scale)).toBeLessThanOrEqual(2_000);
  });
});

describe('the scale model', () => {
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
