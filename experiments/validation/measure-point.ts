import { resolveScenario, type ResolvedScenario, type RunReport, scenarioSchema } from '#core';
import { runLive } from '../live/run-live.ts';
import { loadProfiles } from '../profiles.ts';
import type { LoadPoint } from './points.ts';

const warmUpSeconds = 3;
const usualSeconds = 9;
const stalledSeconds = 25;
const stormSeconds = 15;

/** The scenario of a point, the same for the live run and for the twin. */
export function scenarioOf(point: LoadPoint): ResolvedScenario {
  const {
    name,
    connections,
    ratePerSecond,
    messageBytes,
    flush,
    channels = 1,
    shards = 1,
    cage,
    dropOldestSlots,
  } = point;
  const stalled = point.stalledShare;
  const scenario = scenarioSchema.parse({
    name,
    description: `${connections} clients x ${ratePerSecond} messages/s of ${messageBytes} bytes, flush ${flush}`,
    machine:
      cage === undefined
        ? 'loopback-2'
        : {
            name: `loopback-2, held to ${cage.cpuCores} core`,
            vcpus: 2,
            cpuLimitCores: cage.cpuCores,
            memoryBytes: 8_589_934_592,
            memoryLimitBytes: 7_516_192_768,
            networkBitsPerSecond: cage.networkBitsPerSecond ?? null,
            networkBurstBytes: 262_144,
            usdPerHour: null,
          },
    profile: 'node-measured',
    loadOnSameMachine: true,
    shards,
    settings: {
      WS_FLUSH_INTERVAL: flush,
      WS_MAX_NATS_RATE: 1_000,
      WS_MAX_BROADCAST_RATE: 1_000,
      WS_CPU_REJECT_THRESHOLD: 100,
      WS_CPU_PAUSE_THRESHOLD: 100,
      ...(dropOldestSlots === undefined
        ? {}
        : { WS_SLOW_CLIENT_POLICY: 'drop-oldest', WS_SEND_BUFFER_SLOTS: dropOldestSlots }),
    },
    workload: {
      connections,
      ratePerSecond,
      messageBytes,
      channels,
      durationSeconds: secondsOf(point),
      warmUpSeconds,
    },
    faults: [
      ...(stalled === undefined ? [] : [{ kind: 'clients-stall', atSeconds: 5, durationSeconds: 15, share: stalled }]),
      ...(point.stormShare === undefined
        ? []
        : [{ kind: 'reconnect-storm', atSeconds: 5, reconnectAfterSeconds: 2, share: point.stormShare }]),
    ],
  });
  const resolution = resolveScenario(scenario, loadProfiles());
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.resolved;
}

function secondsOf({ stalledShare, stormShare }: LoadPoint): number {
  if (stalledShare !== undefined) return stalledSeconds;
  return stormShare === undefined ? usualSeconds : stormSeconds;
}

export function measurePoint(point: LoadPoint): Promise<RunReport> {
  return runLive(scenarioOf(point), { cage: point.cage !== undefined });
}
