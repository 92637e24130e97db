import { assert, type Profile, resolveScenario, scenarioSchema } from '#core';
import { simulate, type SimulateOptions } from '#sim';
import { loadProfiles } from '../profiles.ts';
import type { BenchRow } from './bench-row.ts';
import { cpuSecondsOf } from './cpu-seconds.ts';

const profileName = 'node-measured';
/** A minute, as `npm start` simulates. */
const loadSeconds = 60;
/** The document's capacity test (R109) holds its load for 30 minutes. */
const cohortSeconds = 1_800;

interface Run {
  readonly flush: string;
  readonly durationSeconds: number;
  readonly scale: SimulateOptions['scale'];
}

/** The twin at 12,000 connections x 25 messages/s by CPU time, all included: ramp, load, report. */
export function twinBench(runs: number): BenchRow[] {
  const profiles = loadProfiles();
  const seconds = (run: Run): number[] => Array.from({ length: runs }, () => secondsOf(run, profiles));
  const timesRealTime = (flush: string): number[] =>
    seconds({ flush, durationSeconds: loadSeconds, scale: 1 }).map((taken) => loadSeconds / taken);
  return [
    {
      name: 'exact twin, 12,000 x 25, writes merged over 100 ms',
      figures: timesRealTime('100ms'),
      unit: 'x real time',
      target: { bound: 'at least', value: 40 },
    },
    {
      name: 'exact twin, 12,000 x 25, single writes',
      figures: timesRealTime('0s'),
      unit: 'x real time',
      target: { bound: 'at least', value: 10 },
    },
    {
      name: "cohort, the document's 30-minute test, 12,000 x 25",
      figures: seconds({ flush: '100ms', durationSeconds: cohortSeconds, scale: 'auto' }),
      unit: 'CPU s',
      target: { bound: 'at most', value: 3 },
    },
  ];
}

function secondsOf({ flush, durationSeconds, scale }: Run, profiles: readonly Profile[]): number {
  const resolution = resolveScenario(
    scenarioSchema.parse({
      shards: 2,
      profile: profileName,
      settings: { WS_FLUSH_INTERVAL: flush },
      workload: { durationSeconds, rampConnectionsPerSecond: 6_000 },
    }),
    profiles,
  );
  assert(resolution.ok, 'the bench scenario is valid');
  return cpuSecondsOf(() => {
    const report = simulate(resolution.resolved, { scale });
    assert(report.summary.ledger.balanced, 'the ledger balances');
  });
}
