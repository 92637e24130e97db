import { assert, type Profile, resolveScenario, scenarioSchema } from '#core';
import { simulate } from '#sim';
import { loadProfiles } from '../profiles.ts';
import type { BenchRow } from './bench-row.ts';

const loadSeconds = 20;

/** The exact twin at 12,000 connections x 25 messages/s, all included: ramp, load, report. */
export function twinBench(runs: number): BenchRow[] {
  const profiles = loadProfiles();
  return [
    { name: 'exact twin, 12,000 x 25, writes merged over 100 ms', flush: '100ms' },
    { name: 'exact twin, 12,000 x 25, single writes', flush: '0s' },
  ].map(({ name, flush }) => ({
    name,
    figures: Array.from({ length: runs }, () => timesRealTime(flush, profiles)),
    unit: 'x real time',
  }));
}

function timesRealTime(flush: string, profiles: readonly Profile[]): number {
  const resolution = resolveScenario(
    scenarioSchema.parse({
      shards: 2,
      profile: 'node-measured',
      settings: { WS_FLUSH_INTERVAL: flush },
      workload: { durationSeconds: loadSeconds, rampConnectionsPerSecond: 6_000 },
    }),
    profiles,
  );
  assert(resolution.ok, 'the bench scenario is valid');
  const start = performance.now();
  const report = simulate(resolution.resolved);
  const seconds = (performance.now() - start) / 1_000;
  assert(report.summary.ledger.balanced, 'the ledger balances');
  return loadSeconds / seconds;
}
