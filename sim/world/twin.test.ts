import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  slowClientPolicies,
  goDocumented,
  type Profile,
  resolveScenario,
  type RunReport,
  runReportSchema,
  scenarioSchema,
} from '#core';
import { simulate } from './simulate.ts';

/** Round figures near this project's own server. */
const profile: Profile = {
  ...goDocumented,
  name: 'test',
  cpu: {
    ...goDocumented.cpu,
    perBusMessageNs: 50_000,
    perBroadcastNs: 5_000,
    perVisitNs: 20,
    perDeliveryNs: 150,
    perWriteUserNs: 2_000,
    perWriteKernelNs: 5_000,
    perAcceptNs: 100_000,
    perTurnNs: 2_000,
    perDeliveryNsByRate: [],
  },
  loadClient: {
    perReadNs: 3_000,
    perMessageNs: 200,
    sharedCoreProbability: 0,
    sharedCoreClientShareMax: 1,
    sharedCoreNs: 0,
    sharedCoreIdleShare: 0,
  },
};
const allSettings = { WS_MAX_NATS_RATE: 10_000, WS_MAX_BROADCAST_RATE: 10_000 };

function run(scenario: Record<string, unknown>): RunReport {
  const settings = { ...allSettings, ...(scenario['settings'] as object | undefined) };
  const workload = { durationSeconds: 5, warmUpSeconds: 1, ...(scenario['workload'] as object) };
  const resolution = resolveScenario(scenarioSchema.parse({ profile: 'test', ...scenario, settings, workload }), [
    profile,
    goDocumented,
  ]);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return simulate(resolution.resolved);
}

describe('the twin', () => {
  it('gives the same report for the same seed, and a valid one', () => {
    const scenario = { shards: 2, workload: { connections: 300, ratePerSecond: 20, arrivals: 'poisson' } };
    const report = run(scenario);
    expect(JSON.stringify(run(scenario))).toBe(JSON.stringify(report));
    expect(runReportSchema.parse(report)).toEqual(report);
    expect(JSON.stringify(run({ ...scenario, seed: 2 }))).not.toBe(JSON.stringify(report));
  });

  it('comes to an end when messages handed back are due and no shard has room for them', () => {
    const { naks } = run({
      profile: 'go-documented',
      settings: { WS_MAX_NATS_RATE: 20, JS_RATE_EXCEEDED: 'nak', JS_NAK_DELAY: '0s', WS_SHARD_INBOX: 1 },
      workload: { connections: 2_000, ratePerSecond: 60 },
    }).summary;
    expect(naks).toBeGreaterThan(0);
  });

  it('tells how far it is, up to the end of the load, and reports the same whether anybody listens', () => {
    const resolution = resolveScenario(
      scenarioSchema.parse({ profile: 'test', workload: { connections: 300, durationSeconds: 5, warmUpSeconds: 1 } }),
      [profile],
    );
    if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
    const shares: number[] = [];
    const report = simulate(resolution.resolved, {
      onProgress: ({ simulatedSeconds, totalSeconds }) => shares.push(simulatedSeconds / totalSeconds),
    });
    expect(shares.length).toBeGreaterThanOrEqual(5);
    expect(shares).toEqual([...shares].sort((left, right) => left - right));
    expect(shares[shares.length - 1]).toBe(1);
    expect(JSON.stringify(report)).toBe(JSON.stringify(simulate(resolution.resolved)));
  });

  it("reproduces the document's arithmetic at its target: CPU 25.8 %, memory 84.0 %, and 71 % of the wire", () => {
    const { resources, firstLimit, ledger, health } = run({
      profile: 'go-documented',
      shards: 2,
      settings: { WS_FLUSH_INTERVAL: '0s' },
      workload: {},
    }).summary;
    const percent = Object.fromEntries(
      resources.map(({ resource, utilisation }) => [resource, Math.round(utilisation * 1_000) / 10]),
    );
    expect(percent).toEqual({
      cpu: 25.8,
      'event-loop': 24.5,
      network: 71.3,
      memory: 84,
      descriptors: 1.2,
      connections: 100,
      'bus-rate': 0.3,
      'broadcast-rate': 0.3,
      tasks: 70.1,
    });
    expect([firstLimit, ledger.balanced, health]).toEqual(['memory', true, 'degraded']);
  });

  it('names the network as the first limit at 50 messages/s, at 143 % of the wire', () => {
    const { resources, firstLimit, network } = run({
      profile: 'go-documented',
      shards: 2,
      settings: { WS_FLUSH_INTERVAL: '0s' },
      workload: { ratePerSecond: 50, durationSeconds: 3 },
    }).summary;
    expect(firstLimit).toBe('network');
    expect(resources.find(({ resource }) => resource === 'network')?.utilisation).toBeCloseTo(1.4256, 6);
    expect(network.limitBitsPerSecond).toBe(2e9);
  });

  it('charges each write by the profile', () => {
    const { cpu, writesPerSecond } = run({
      workload: { connections: 1_000, ratePerSecond: 10 },
      settings: { WS_FLUSH_INTERVAL: '0s' },
    }).summary;
    expect(writesPerSecond).toBe(10_000);
    expect(cpu.kernelCores).toBeCloseTo((10_000 * 5_000) / 1e9, 6);
  });

  it('merges writes: fewer of them, later', () => {
    const at = (interval: string) =>
      run({ workload: { connections: 500, ratePerSecond: 50 }, settings: { WS_FLUSH_INTERVAL: interval } }).summary;
    const single = at('0s');
    const merged = at('100ms');
    expect(merged.writesPerSecond).toBeLessThan(single.writesPerSecond / 4);
    expect(merged.latencyMs.p50).toBeGreaterThan((single.latencyMs.p50 ?? Infinity) + 30);
    // What waits at the window's two edges may differ by one interval's messages of the load's one or two seconds.
    expect(Math.abs(merged.sentPerSecond / single.sentPerSecond - 1)).toBeLessThan(0.02);
  });

  it('refuses connections beyond the limit and counts them by reason', () => {
    const { connections } = run({
      workload: { connections: 120, ratePerSecond: 5 },
      settings: { WS_MAX_CONNECTIONS: 100 },
    }).summary;
    expect(connections).toMatchObject({ asked: 120, accepted: 100, open: 100 });
    expect(connections.refusedByReason['connections']).toBe(20);
  });

  it('lets what exceeds the cap wait in the stream, and tells clients of what expires there', () => {
    const summaryWith = (more: Record<string, string>) =>
      run({
        workload: { connections: 10, ratePerSecond: 250, durationSeconds: 10, warmUpSeconds: 3 },
        settings: { WS_MAX_NATS_RATE: 100, WS_MAX_BROADCAST_RATE: 100, WS_RATE_BURST: 0.1, ...more },
      }).summary;
    const patient = summaryWith({});
    const hasty = summaryWith({ JS_STREAM_MAX_AGE: '1s' });
    expect([patient.naks, hasty.naks]).toEqual([0, 0]);
    expect([patient.ledger.balanced, hasty.ledger.balanced]).toEqual([true, true]);
    expect(patient.ledger.busExpired).toBe(0);
    // 150 of 250 messages each second are more than the cap lets through; those wait a second and are gone.
    expect(hasty.ledger.busExpired).toBeGreaterThan(150 * 7);
    expect(Math.abs(hasty.receivedPerSecond / patient.receivedPerSecond - 1)).toBeLessThan(0.05);
  });

  it('NAKs 60 % of 250 messages/s against a cap of 100 once the burst is used up (R37)', () => {
    const { naks, ledger } = run({
      workload: { connections: 10, ratePerSecond: 250, durationSeconds: 10, warmUpSeconds: 3 },
      settings: {
        WS_MAX_NATS_RATE: 100,
        WS_MAX_BROADCAST_RATE: 100,
        WS_RATE_BURST: 0.1,
        JS_RATE_EXCEEDED: 'nak',
        JS_NAK_DELAY: '1s',
      },
    }).summary;
    // Every refused message comes back after a second and counts again.
    expect(naks).toBeGreaterThan(150 * 7);
    expect(ledger.balanced).toBe(true);
  });

  it('holds CPU to the quota and says for how long it was throttled', () => {
    const { cpu } = run({
      machine: {
        name: 'tiny',
        vcpus: 2,
        cpuLimitCores: 0.2,
        memoryBytes: 1e9,
        memoryLimitBytes: 1e9,
        networkBitsPerSecond: null,
        usdPerHour: null,
      },
      workload: { connections: 1_000, ratePerSecond: 100 },
      settings: { WS_FLUSH_INTERVAL: '0s', WS_CPU_REJECT_THRESHOLD: 100, WS_CPU_PAUSE_THRESHOLD: 100 },
    }).summary;
    expect(cpu.cores).toBeLessThanOrEqual(0.23);
    expect(cpu.throttledSeconds).toBeGreaterThan(1);
  });

  it('fills the buffers of stalled clients, drops by the policy and loses nothing uncounted', () => {
    const { drops, ledger, connections } = run({
      workload: { connections: 100, ratePerSecond: 100, client: { stalledShare: 0.1 }, durationSeconds: 8 },
      settings: { WS_SLOW_CLIENT_POLICY: 'drop-oldest', WS_SEND_BUFFER_SLOTS: 16, WS_FLUSH_INTERVAL: '10ms' },
    }).summary;
    expect(drops).toBeGreaterThan(1_000);
    expect(connections.open).toBe(100);
    expect(ledger.balanced).toBe(true);
  });

  it('delivers nothing while the bus is away, calls that unhealthy, and catches up from the stream', () => {
    const { intervals, summary } = run({
      workload: { connections: 50, ratePerSecond: 20, durationSeconds: 12 },
      faults: [{ kind: 'bus-outage', atSeconds: 4, durationSeconds: 4 }],
    });
    // The load begins after the ramp's second.
    const sentIn = (second: number) => intervals.find(({ atSeconds }) => atSeconds === second)?.sent ?? -1;
    expect([sentIn(7), sentIn(8), sentIn(9)]).toEqual([0, 0, 0]);
    expect(sentIn(10)).toBeGreaterThanOrEqual(50 * 20 * 4);
    expect(summary.health).toBe('unhealthy');
    expect(summary.ledger).toMatchObject({ balanced: true, busExpired: 0, sent: 50 * 20 * 12 });
  });

  it('loses to an outage longer than the stream keeps what has grown too old', () => {
    const { ledger } = run({
      workload: { connections: 20, ratePerSecond: 20, durationSeconds: 10 },
      settings: { JS_STREAM_MAX_AGE: '2s' },
      faults: [{ kind: 'bus-outage', atSeconds: 2, durationSeconds: 5 }],
    }).summary;
    // Of 100 messages in five seconds the stream still held those of the last two.
    expect(Math.abs(ledger.busExpired - 60)).toBeLessThanOrEqual(1);
    expect(ledger.sent).toBe(20 * (200 - ledger.busExpired));
    expect(ledger.balanced).toBe(true);
  });

  it('gives nothing to anyone once the server is lost, and accounts for what it had', () => {
    const { intervals, summary } = run({
      workload: { connections: 50, ratePerSecond: 20, durationSeconds: 10 },
      settings: { WS_FLUSH_INTERVAL: '200ms' },
      faults: [{ kind: 'server-lost', atSeconds: 5.05 }],
    });
    expect(intervals.at(-1)).toMatchObject({ connections: 0, sent: 0, cpuCores: 0, memoryBytes: 0 });
    expect(summary.connections.closedByReason['shard-crashed']).toBe(50);
    const { offered, received, droppedByReason, lostWithConnection, balanced } = summary.ledger;
    expect(droppedByReason['connection-closed']).toBeGreaterThan(0);
    expect([balanced, offered]).toEqual([true, received + droppedByReason['connection-closed'] + lostWithConnection]);
  });

  it('lets clients of another server join, and gives them what they missed from the history', () => {
    const { summary } = run({
      workload: { connections: 50, ratePerSecond: 20, durationSeconds: 10 },
      faults: [{ kind: 'clients-join', atSeconds: 5, connections: 30, ratePerSecond: 30, sinceSequence: 60.5 }],
    });
    expect(summary.connections).toMatchObject({ asked: 80, open: 80 });
    expect(summary.clients).toMatchObject({ reconnected: 30, recovered: 30, unrecovered: 0, missingSequences: 0 });
    const { sent, replayed, received, balanced } = summary.ledger;
    // All that was published after the 60th message, to the first half, after the 61st to the other; and all to the 50.
    expect([balanced, received]).toEqual([true, 50 * 200 + 15 * 140 + 15 * 139]);
    expect(sent + replayed).toBe(received);
  });

  it('counts what clients missed that come after the history has forgotten it', () => {
    const { clients, ledger } = run({
      workload: { connections: 50, ratePerSecond: 20, durationSeconds: 10 },
      settings: { WS_HISTORY_AGE: '1s' },
      faults: [{ kind: 'clients-join', atSeconds: 5, connections: 10, ratePerSecond: 100, sinceSequence: 20 }],
    }).summary;
    expect(clients).toMatchObject({ reconnected: 10, recovered: 0, unrecovered: 10 });
    expect(ledger.received + (clients?.missingSequences ?? 0)).toBe(50 * 200 + 10 * 180);
  });

  it('gives clients that a storm threw out all that they missed, as the server does with since', () => {
    const away = { kind: 'reconnect-storm', atSeconds: 2, reconnectAfterSeconds: 1, share: 0.5 };
    const { ledger, clients } = run({
      settings: { WS_FLUSH_INTERVAL: '100ms' },
      workload: { connections: 40, ratePerSecond: 20, durationSeconds: 6, warmUpSeconds: 1 },
      faults: [away],
    }).summary;
    expect(clients).toMatchObject({ reconnected: 20, recovered: 20, unrecovered: 0, missingSequences: 0 });
    expect(ledger.replayed).toBeGreaterThanOrEqual(20 * 20);
    // Every client has every message of six seconds.
    expect(ledger.received).toBe(40 * 20 * 6);
  });

  it('balances its ledgers under any mix of load, policy, links and faults', () => {
    const share = fc.constantFrom(0, 0.1, 0.5);
    const scenario = fc.record({
      connections: fc.integer({ min: 1, max: 60 }),
      ratePerSecond: fc.integer({ min: 1, max: 120 }),
      channels: fc.integer({ min: 1, max: 4 }),
      shards: fc.integer({ min: 1, max: 3 }),
      slots: fc.integer({ min: 1, max: 40 }),
      policy: fc.constantFrom(...slowClientPolicies),
      lookup: fc.constantFrom('index', 'scan'),
      flush: fc.constantFrom('0s', '10ms', '100ms'),
      link: fc.constantFrom(null, 100_000),
      stalledShare: share,
      faultShare: share,
      sameMachine: fc.boolean(),
      seed: fc.nat(1_000),
    });
    fc.assert(
      fc.property(scenario, (given) => {
        const report = run({
          seed: given.seed,
          shards: given.shards,
          loadOnSameMachine: given.sameMachine,
          settings: {
            WS_SEND_BUFFER_SLOTS: given.slots,
            WS_SLOW_CLIENT_POLICY: given.policy,
            WS_SUBSCRIPTION_LOOKUP: given.lookup,
            WS_FLUSH_INTERVAL: given.flush,
          },
          workload: {
            connections: given.connections,
            ratePerSecond: given.ratePerSecond,
            channels: given.channels,
            subscriptionsPerClient: Math.min(2, given.channels),
            durationSeconds: 3,
            client: { stalledShare: given.stalledShare, linkBitsPerSecond: given.link, roundTripMs: 5 },
          },
          faults:
            given.faultShare === 0
              ? []
              : [
                  { kind: 'clients-stall', atSeconds: 1, durationSeconds: 1, share: given.faultShare },
                  { kind: 'reconnect-storm', atSeconds: 1.5, reconnectAfterSeconds: 0.5, share: given.faultShare },
                  { kind: 'bus-outage', atSeconds: 1.2, durationSeconds: 0.4 },
                  { kind: 'clients-join', atSeconds: 1.7, connections: 5, ratePerSecond: 20, sinceSequence: 3 },
                  ...(given.faultShare === 0.5 ? [{ kind: 'server-lost', atSeconds: 2.1 }] : []),
                ],
        });
        expect(report.summary.ledger.balanced).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('lets clients back in at once that left while they waited for a write, however full the server is', () => {
    const report = run({
      workload: { connections: 100, ratePerSecond: 50 },
      settings: { WS_MAX_CONNECTIONS: 100, WS_FLUSH_INTERVAL: '100ms' },
      faults: [{ kind: 'reconnect-storm', atSeconds: 2, reconnectAfterSeconds: 0.01, share: 0.5 }],
    });
    expect(report.summary.connections).toMatchObject({ open: 100, accepted: 150 });
    expect(report.summary.ledger.balanced).toBe(true);
  });
});
