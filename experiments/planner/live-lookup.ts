import type { RunReport } from '#core';
import { countVisits } from './visits.ts';

export interface LookupRow {
  readonly lookup: 'scan' | 'index';
  readonly ratePerSecond: number;
  /** Medians over the repeats. */
  readonly shardCores: number;
  readonly p99Ms: number;
  readonly deliveriesPerSecond: number;
  /** Counted by core for the same subscriptions. */
  readonly visitsPerSecond: number;
}

export interface LiveComparison {
  readonly rows: readonly LookupRow[];
  readonly cpuPerVisitNs: number;
  readonly reports: readonly RunReport[];
}

const connections = 2_000;
const channels = 24;
/** 500 subscribers a channel. */
const subscriptionsPerClient = (500 * channels) / connections;
/** Few deliveries to many visits: what the lookup costs must not drown in what writes cost. */
const ratePerSecond = 60;
const lookups = ['scan', 'index'] as const;

/**
 * Scan against index on the real server. The two take turns, so that a machine that drifts does so for both; medians.
 * @param run a live run of a scenario's fields
 */
export async function liveScanAgainstIndex(
  run: (fields: Record<string, unknown>) => Promise<RunReport>,
  repeats: number,
  onProgress: (message: string) => void,
): Promise<LiveComparison> {
  const reports: Record<LookupRow['lookup'], RunReport[]> = { scan: [], index: [] };
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    for (const lookup of lookups) {
      onProgress(`${lookup}, run ${repeat + 1} of ${repeats}`);
      reports[lookup].push(await run(fieldsOf(lookup)));
    }
  }
  const rows = lookups.map((lookup) => rowOf(lookup, reports[lookup]));
  const [scan, index] = rows;
  return {
    rows,
    cpuPerVisitNs: ((scan.shardCores - index.shardCores) * 1e9) / (scan.visitsPerSecond - index.visitsPerSecond),
    reports: lookups.flatMap((lookup) => reports[lookup]),
  };
}

function fieldsOf(lookup: LookupRow['lookup']): Record<string, unknown> {
  return {
    name: `lookup-${lookup}`,
    description: `2,000 clients, 24 channels, 500 subscribers a channel, ${lookup}`,
    machine: 'loopback-2',
    profile: 'node-measured',
    loadOnSameMachine: true,
    settings: { WS_FLUSH_INTERVAL: '100ms', WS_SUBSCRIPTION_LOOKUP: lookup },
    workload: {
      connections,
      channels,
      subscriptionsPerClient,
      ratePerSecond,
      durationSeconds: 15,
      warmUpSeconds: 3,
      rampConnectionsPerSecond: 1_000,
    },
  };
}

function rowOf(lookup: LookupRow['lookup'], reports: readonly RunReport[]): LookupRow {
  const median = (pick: (report: RunReport) => number): number => {
    const sorted = reports.map(pick).sort((left, right) => left - right);
    return sorted[Math.floor(sorted.length / 2)];
  };
  const { visits } = countVisits({
    connections,
    channels,
    channelsPerClient: subscriptionsPerClient,
    broadcasts: channels,
    lookup,
  });
  return {
    lookup,
    ratePerSecond,
    shardCores: median(({ summary }) => summary.cpu.shardCores.reduce((sum, cores) => sum + cores, 0)),
    p99Ms: median(({ summary }) => summary.latencyMs.p99 ?? Infinity),
    deliveriesPerSecond: median(({ summary }) => summary.sentPerSecond),
    visitsPerSecond: (visits / channels) * ratePerSecond,
  };
}
