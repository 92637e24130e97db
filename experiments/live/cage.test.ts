import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Profile, resolveScenario, scenarioSchema } from '#core';
import { loadProfiles } from '../profiles.ts';
import { Cage } from './cage.ts';
import { CageError } from './cage-error.ts';
import { runLive } from './run-live.ts';

const linkBitsPerSecond = 100e6;
const profiles: readonly Profile[] = loadProfiles();

function caged(workload: object, settings: object = {}) {
  const scenario = scenarioSchema.parse({
    name: 'caged',
    machine: {
      name: 'small',
      vcpus: 2,
      cpuLimitCores: 0.5,
      memoryBytes: 1_073_741_824,
      memoryLimitBytes: 805_306_368,
      networkBitsPerSecond: linkBitsPerSecond,
      usdPerHour: null,
    },
    profile: 'node-measured',
    loadOnSameMachine: true,
    settings,
    workload: { connections: 20, durationSeconds: 2.5, warmUpSeconds: 0.5, rampConnectionsPerSecond: 500, ...workload },
  });
  const resolution = resolveScenario(scenario, profiles);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.resolved;
}

function missing(): string | null {
  try {
    Cage.create(caged({}).machine).remove();
    return null;
  } catch (error) {
    if (error instanceof CageError) return error.message;
    throw error;
  }
}

const whatIsMissing = missing();
if (whatIsMissing !== null) console.warn(`NOT TESTED: ${whatIsMissing}`);

const namespaces = (): string[] =>
  existsSync('/run/netns') ? readdirSync('/run/netns').filter((name) => name.includes(String(process.pid))) : [];

describe.skipIf(whatIsMissing !== null)('a live run in a cage', () => {
  it('delivers everything below the rate of its link, and leaves nothing behind', async () => {
    const { summary } = await runLive(caged({ ratePerSecond: 20 }), { cage: true });
    expect(summary.ledger.balanced).toBe(true);
    expect(summary.drops).toBe(0);
    expect(summary.ledger.received).toBe(summary.ledger.offered);
    expect(namespaces()).toEqual([]);
  });

  it('sends no more than its link takes', async () => {
    // 8 clients x 50 x 65,536 bytes x 8: 210 Mbit/s into a link of 100.
    const { summary } = await runLive(caged({ connections: 8, ratePerSecond: 50, messageBytes: 65_536 }), {
      cage: true,
    });
    const receivedBitsPerSecond = summary.receivedPerSecond * 65_536 * 8;
    expect(receivedBitsPerSecond).toBeLessThan(linkBitsPerSecond * 1.05);
    expect(receivedBitsPerSecond).toBeGreaterThan(linkBitsPerSecond * 0.5);
    expect(summary.ledger.balanced).toBe(true);
    expect(namespaces()).toEqual([]);
  });
});
