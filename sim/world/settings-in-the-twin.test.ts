import { describe, expect, it } from 'vitest';
import { goDocumented, type Profile, resolveScenario, scenarioSchema, type SettingField, settingsTable } from '#core';
import { simulate } from './simulate.ts';

/** Every operation costs something that shows. */
const profile: Profile = {
  ...goDocumented,
  cpu: {
    ...goDocumented.cpu,
    perBusMessageNs: 50_000,
    perBroadcastNs: 5_000,
    perVisitNs: 2_000,
    perDeliveryNs: 1_500,
    perWriteUserNs: 20_000,
    perWriteKernelNs: 50_000,
    perAcceptNs: 100_000,
    perTurnNs: 20_000,
    perDeliveryNsByRate: [],
  },
  memory: { ...goDocumented.memory, perRetainedByte: 1 },
};

/** What a run did, without the echo of what was asked. */
function outcomeOf(scenario: Record<string, unknown>, settings: Record<string, unknown> = {}): string {
  const { workload, settings: own, ...rest } = scenario;
  const load = { connections: 40, ratePerSecond: 40, durationSeconds: 3, warmUpSeconds: 1, ...(workload as object) };
  const asked = scenarioSchema.parse({ ...rest, workload: load, settings: { ...(own as object), ...settings } });
  const resolution = resolveScenario(asked, [profile]);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  const { intervals, summary } = simulate(resolution.resolved);
  return JSON.stringify({ intervals, summary: { ...summary, resources: summary.resources.map(({ used }) => used) } });
}

const backlog = { connections: 300, ratePerSecond: 90 };
/** Refused from the burst on, and clients that come after it. */
const onOff = {
  settings: { WS_CPU_LIMIT: 0.3, WS_FLUSH_INTERVAL: '0s', WS_CPU_PAUSE_THRESHOLD: 100 },
  faults: [
    { kind: 'rate-burst', atSeconds: 0, durationSeconds: 1, factor: 2 },
    { kind: 'clients-join', atSeconds: 2.2, connections: 5, ratePerSecond: 100 },
  ],
};
const slow = { workload: { client: { linkBitsPerSecond: 20_000 } } };
const slowLink = { workload: { client: { linkBitsPerSecond: 100_000 } } };
const fullBuffers = { ...slowLink, settings: { WS_SEND_BUFFER_SLOTS: 4, WS_SLOW_CLIENT_POLICY: 'drop-oldest' } };
/** Two busy cores of a hundredth: thresholds are reached. */
const busy = { settings: { WS_CPU_LIMIT: 0.02, WS_FLUSH_INTERVAL: '5ms', WS_FLUSH_INTERVAL_MAX: '5ms' } };
const outage = { faults: [{ kind: 'bus-outage', atSeconds: 0.2, durationSeconds: 1.5 }] };
const comeBack = {
  faults: [{ kind: 'clients-join', atSeconds: 1.5, connections: 5, ratePerSecond: 100, sinceSequence: 1 }],
};
const fast = { settings: { JS_RATE_EXCEEDED: 'nak', WS_MAX_NATS_RATE: 10, WS_MAX_BROADCAST_RATE: 10_000 } };

/** For each setting that the table calls modelled: a scenario in which it matters, and the value that changes the run. */
const whereItMatters: Partial<Record<SettingField, readonly [scenario: Record<string, unknown>, value: unknown]>> = {
  natsUrl: [{}, 'nats://127.0.0.1:4222'],
  cpuLimitCores: [{ workload: { connections: 400 } }, 0.01],
  memoryLimitBytes: [{}, 1_000_000],
  connectionsMax: [{}, 20],
  workerPoolSize: [{}, 1_000],
  workerQueueSize: [{ workload: backlog, settings: { WS_JOB_SLICE: 1, WS_WORKER_POOL_SIZE: 1, WS_SHARD_INBOX: 1 } }, 1],
  natsRateMaxPerSecond: [{}, 10],
  broadcastRateMaxPerSecond: [{}, 10],
  tasksMax: [{}, 560],
  cpuRejectPercent: [{ ...busy, workload: { rampConnectionsPerSecond: 10 } }, 10],
  cpuPausePercent: [{ settings: { ...busy.settings, WS_CPU_REJECT_THRESHOLD: 6 } }, 10],
  streamMaxAgeNs: [outage, '500ms'],
  streamMaxMessages: [outage, 5],
  streamMaxBytes: [outage, 5_000],
  sendBufferSlots: [fullBuffers, 8],
  sendBufferBytesMax: [fullBuffers, 1_000],
  slowClientPolicy: [fullBuffers, 'drop-newest'],
  slowClientStrikes: [{ ...slow, settings: { WS_SEND_BUFFER_SLOTS: 4 } }, 20],
  subscriptionLookup: [{ workload: { channels: 4 } }, 'scan'],
  flushIntervalNs: [{}, '20ms'],
  flushIntervalMaxNs: [
    { settings: { WS_CPU_LIMIT: 0.02, WS_FLUSH_INTERVAL: '5ms', WS_FLUSH_INTERVAL_MAX: '5ms' } },
    '500ms',
  ],
  historyAgeNs: [comeBack, '100ms'],
  historyBytesMax: [comeBack, 2_000],
  writeBytesMax: [{ workload: { ratePerSecond: 90 } }, 600],
  writesPerTurn: [{}, 3],
  jobSliceSize: [{ settings: { WS_WORKER_POOL_SIZE: 1 } }, 4],
  shardInboxMessages: [{ workload: backlog, settings: { WS_JOB_SLICE: 1, WS_WORKER_POOL_SIZE: 1 } }, 1],
  shards: [{}, 2],
  rateBurstFactor: [fast, 0.1],
  cpuHysteresisPercent: [onOff, 70],
  nakDelayNs: [fast, '900ms'],
  rateExceededMode: [fast, 'wait'],
  pauseMode: [{ settings: { ...busy.settings, WS_CPU_REJECT_THRESHOLD: 6, WS_CPU_PAUSE_THRESHOLD: 6 } }, 'nak'],
  channelsPerClientMax: [{ workload: { channels: 4, subscriptionsPerClient: 4 } }, 1],
};

describe('settings in the twin', () => {
  const modelled = settingsTable.filter(({ twin }) => twin === 'modelled');

  it.each(modelled.map(({ field, variable }) => [variable, field] as const))('%s changes a run', (variable, field) => {
    const [scenario, value] = whereItMatters[field] ?? [{}, ''];
    expect(outcomeOf(scenario, { [variable]: value })).not.toBe(outcomeOf(scenario));
  });

  it('is as it was under every setting that the table calls without effect or not modelled', () => {
    const ignored = settingsTable.filter(({ twin }) => twin !== 'modelled');
    const values: Record<string, unknown> = {};
    for (const { kind, variable, ...row } of ignored) {
      if (variable === 'WS_JWT_PUBLIC_KEY') continue;
      if (kind === 'choice') values[variable] = 'choices' in row ? row.choices[1] : '';
      else if (kind === 'duration') values[variable] = '1s';
      else if (kind === 'text') values[variable] = 'other';
      else if (kind === 'address' || kind === 'optional-address') values[variable] = ':4000';
      else values[variable] = 3;
    }
    expect(Object.keys(values).length).toBeGreaterThan(20);
    expect(outcomeOf({}, values)).toBe(outcomeOf({}));
  });
});
