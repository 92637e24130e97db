import { baselineValues, type RunReport, type SettingValues } from '#core';

/** The gates of one stage, in percent of the limits; a stage passes below them (R97 to R99). */
export interface RampStage {
  readonly connections: number;
  readonly soakSeconds: number;
  readonly cpuPercentBelow: number;
  readonly memoryPercentBelow: number;
}

const hours = 3_600;

/** The source document's ramp-up: 8,000 for 4 h, 10,000 for 4 h, 12,000 for 24 h. */
export const documentedStages: readonly RampStage[] = [
  { connections: 8_000, soakSeconds: 4 * hours, cpuPercentBelow: 40, memoryPercentBelow: 70 },
  { connections: 10_000, soakSeconds: 4 * hours, cpuPercentBelow: 55, memoryPercentBelow: 80 },
  { connections: 12_000, soakSeconds: 24 * hours, cpuPercentBelow: 65, memoryPercentBelow: 90 },
];

const baselineConnections = 7_000;

export interface GateResult {
  readonly gate: 'cpu' | 'memory' | 'network' | 'connections' | 'drops' | 'sustained' | 'ledger';
  readonly found: number;
  /** What was asked, as a person reads it. */
  readonly required: string;
  readonly passed: boolean;
}

export interface StageResult {
  readonly stage: RampStage;
  readonly gates: readonly GateResult[];
  readonly passed: boolean;
}

export interface RampResult {
  readonly ratePerSecond: number;
  readonly stages: readonly StageResult[];
  /** The first gate that failed; null when all passed. */
  readonly failed: { readonly connections: number; readonly gate: GateResult['gate'] } | null;
  /** What was set back, and how the server did with it; null when nothing had to be. */
  readonly rollback: {
    readonly settings: SettingValues;
    readonly connections: number;
    readonly gates: readonly GateResult[];
    readonly healthy: boolean;
  } | null;
}

/** Deploys one configuration and loads it, for real or in simulation. */
export type RunStage = (
  stage: { readonly connections: number; readonly soakSeconds: number },
  settings: SettingValues,
) => Promise<RunReport> | RunReport;

/** Reasons of core's verdict that the other gates do not cover: what keeps a load from lasting. */
const notSustained = ['backlog', 'p99 latency', 'messages expired in the stream', 'clients disconnected by the server'];

/** Beyond it the card is full, whatever else is free: wire bytes, headers included. */
const networkPercentBelow = 100;

/** Judges a stage by what was observed (R100: CPU, memory, network and errors). */
export function judge(
  stage: Pick<RampStage, 'connections' | 'cpuPercentBelow' | 'memoryPercentBelow'>,
  { summary }: RunReport,
): GateResult[] {
  const percentOf = (resource: 'cpu' | 'memory' | 'network'): number =>
    (summary.resources.find((one) => one.resource === resource)?.utilisation ?? 0) * 100;
  const missed = (summary.verdict?.reasons ?? []).filter(({ what }) => notSustained.includes(what));
  const below = (gate: 'cpu' | 'memory' | 'network', found: number, limit: number): GateResult => ({
    gate,
    found,
    required: `below ${limit} % of the limit`,
    passed: found < limit,
  });
  return [
    below('cpu', percentOf('cpu'), stage.cpuPercentBelow),
    below('memory', percentOf('memory'), stage.memoryPercentBelow),
    // What the load asks of the card; a machine without one (loopback) has 0 here.
    below('network', percentOf('network'), networkPercentBelow),
    {
      gate: 'connections',
      found: summary.connections.open,
      required: `all ${stage.connections} open`,
      passed: summary.connections.open === stage.connections,
    },
    { gate: 'drops', found: summary.drops, required: 'none', passed: summary.drops === 0 },
    {
      gate: 'sustained',
      found: missed.length,
      required: 'no queue that grows, p99 below 500 ms, nothing expired, nobody disconnected',
      passed: missed.length === 0,
    },
    {
      gate: 'ledger',
      found: summary.ledger.balanced ? 1 : 0,
      required: 'balanced: nothing unaccounted',
      passed: summary.ledger.balanced,
    },
  ];
}

/**
 * Ramps up stage by stage and proceeds only if all gates pass; else stops, sets the baseline back (R107) and looks
 * whether that is healthy.
 */
export async function ramp(
  stages: readonly RampStage[],
  ratePerSecond: number,
  runStage: RunStage,
  onProgress: (message: string) => void,
): Promise<RampResult> {
  const results: StageResult[] = [];
  for (const stage of stages) {
    onProgress(`stage ${results.length + 1} of ${stages.length}: ${stage.connections} connections`);
    const gates = judge(stage, await runStage(stage, { WS_MAX_CONNECTIONS: stage.connections }));
    const failing = gates.find(({ passed }) => !passed);
    results.push({ stage, gates, passed: failing === undefined });
    if (failing === undefined) continue;
    onProgress(`gate ${failing.gate} failed at ${stage.connections} connections: rolling back`);
    const connections = Math.min(baselineConnections, stages[0].connections);
    const settings = { ...baselineValues, WS_MAX_CONNECTIONS: connections };
    const soakSeconds = stages[0].soakSeconds;
    const after = judge({ ...stages[0], connections }, await runStage({ connections, soakSeconds }, settings));
    return {
      ratePerSecond,
      stages: results,
      failed: { connections: stage.connections, gate: failing.gate },
      rollback: { settings, connections, gates: after, healthy: after.every(({ passed }) => passed) },
    };
  }
  return { ratePerSecond, stages: results, failed: null, rollback: null };
}
