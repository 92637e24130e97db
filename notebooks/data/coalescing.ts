import { type Profile, type Scenario, scenarioSchema } from '#core';
import { simulate } from '#sim';
import type { PeerResults, RecordedRun } from './recorded.ts';
import { resolved } from './recorded.ts';

/** One flush interval at one load, simulated. */
export interface CoalescingPoint {
  readonly intervalMs: number;
  readonly microsecondsPerMessage: number;
  readonly writesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface MeasuredPoint {
  readonly name: string;
  readonly microsecondsPerMessage: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface CoalescingLoad {
  readonly load: string;
  readonly scenario: Scenario;
  readonly points: readonly CoalescingPoint[];
  /** Servers beside ours at this load, and recorded live runs of ours. */
  readonly measured: readonly MeasuredPoint[];
}

export interface CoalescingData {
  readonly profiles: readonly Profile[];
  readonly loads: readonly CoalescingLoad[];
  /** Where the figures of other servers come from; null where they have not been measured. */
  readonly peers: { readonly date: string; readonly measuredOn: string; readonly method: string } | null;
}

const intervalsMs = [0, 5, 10, 20, 35, 50, 75, 100, 150, 200, 300];
const durationSeconds = 8;

/** Simulates the loads at which other servers were measured, from single writes to long intervals. */
export function coalescingData(
  live: Scenario,
  profiles: readonly Profile[],
  recorded: readonly RecordedRun[],
  peers: PeerResults | null,
): CoalescingData {
  const names = peers === null ? [pointOf(live)] : [...new Set(peers.rows.map(({ point }) => point))];
  const loads = names.map((load): CoalescingLoad => {
    const [connections, ratePerSecond] = load.split(' x ').map(Number);
    const scenario = (intervalMs: number): Scenario =>
      scenarioSchema.parse({
        ...live,
        name: `${load}, flush ${intervalMs} ms`,
        settings: {
          ...live.settings,
          WS_FLUSH_INTERVAL: `${intervalMs}ms`,
          WS_FLUSH_INTERVAL_MAX: `${intervalMs}ms`,
          ...open(ratePerSecond),
        },
        workload: { ...live.workload, connections, ratePerSecond, durationSeconds, warmUpSeconds: 2 },
      });
    const points = intervalsMs.map((intervalMs): CoalescingPoint => {
      const { summary } = simulate(resolved(scenario(intervalMs), profiles), { scale: 'auto' });
      return {
        intervalMs,
        microsecondsPerMessage: (summary.cpu.cores * microsecondsPerSecond) / summary.receivedPerSecond,
        writesPerSecond: summary.writesPerSecond,
        p50Ms: summary.latencyMs.p50 ?? Infinity,
        p99Ms: summary.latencyMs.p99 ?? Infinity,
      };
    });
    const others = (peers?.rows ?? []).filter(({ point }) => point === load);
    return {
      load,
      scenario: scenario(intervalsMs[0]),
      points,
      measured: [
        ...others.map(({ server, microsecondsPerMessage, p50Ms, p99Ms }) => ({
          name: server,
          microsecondsPerMessage,
          p50Ms,
          p99Ms,
        })),
        ...liveOf(load, recorded),
      ],
    };
  });
  return {
    profiles,
    loads,
    peers: peers === null ? null : { date: peers.date, measuredOn: peers.machine, method: peers.method },
  };
}

const microsecondsPerSecond = 1_000_000;
const pointOf = ({ workload }: Scenario): string => `${workload.connections} x ${workload.ratePerSecond}`;

/** Caps of the configuration out of the way: the peers have none. */
const open = (ratePerSecond: number): Scenario['settings'] => ({
  WS_MAX_NATS_RATE: Math.max(1_000, ratePerSecond),
  WS_MAX_BROADCAST_RATE: Math.max(1_000, ratePerSecond),
  WS_CPU_REJECT_THRESHOLD: 100,
  WS_CPU_PAUSE_THRESHOLD: 100,
});

/** Recorded live runs of this load with the messages of the peers' benchmark, all channels to all clients. */
function liveOf(load: string, recorded: readonly RecordedRun[]): MeasuredPoint[] {
  return recorded
    .filter(({ scenario: { scenario, machine } }) => {
      const { channels, messageBytes } = scenario.workload;
      return (
        pointOf(scenario) === load &&
        channels === 1 &&
        messageBytes === scenarioSchema.parse({}).workload.messageBytes &&
        scenario.shards === 1 &&
        scenario.faults.length === 0 &&
        machine.cpuLimitCores === machine.vcpus
      );
    })
    .map(({ scenario, reports: [{ summary }] }) => ({
      name: `recorded, ${String(scenario.scenario.settings['WS_FLUSH_INTERVAL'])}`,
      microsecondsPerMessage: (summary.cpu.cores * microsecondsPerSecond) / summary.receivedPerSecond,
      p50Ms: summary.latencyMs.p50 ?? Infinity,
      p99Ms: summary.latencyMs.p99 ?? Infinity,
    }));
}
