import { describe, expect, it } from 'vitest';
import { goDocumented, type Profile, resolveScenario, type RunReport, scenarioSchema } from '#core';
import { simulate } from './simulate.ts';

const zero = <T extends Readonly<Record<string, unknown>>>(costs: T): T =>
  ({ ...costs, ...Object.fromEntries(Object.keys(costs).map((key) => [key, 0])) }) as T;
/** Nothing costs anything and no socket is ever full. */
const free: Profile = {
  ...goDocumented,
  cpu: { ...zero(goDocumented.cpu), perDeliveryNsByRate: [] },
  loadClient: { ...zero(goDocumented.loadClient), sharedCoreClientShareMax: 1 },
  memory: { ...zero(goDocumented.memory), socketBufferBytes: 1e9 },
  garbageCollection: zero(goDocumented.garbageCollection),
  timerSlackNs: 0,
};
const cpu = (costs: Partial<Profile['cpu']>): Profile => ({ ...free, cpu: { ...free.cpu, ...costs } });

const clients = 50;
const rate = 20;
/** One write a delivery: 1,000 a second. */
const deliveries = clients * rate;

function run(profile: Profile, scenario: Record<string, unknown> = {}): RunReport {
  const workload = {
    connections: clients,
    ratePerSecond: rate,
    durationSeconds: 5,
    warmUpSeconds: 1,
    ...(scenario['workload'] as object | undefined),
  };
  const settings = { WS_FLUSH_INTERVAL: '0s', ...(scenario['settings'] as object | undefined) };
  const resolution = resolveScenario(
    scenarioSchema.parse({ machine: 'e2-standard-2', profile: profile.name, ...scenario, workload, settings }),
    [profile],
  );
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return simulate({ ...resolution.resolved, profile });
}

describe('what costs CPU', () => {
  it('is nothing where nothing costs anything', () => expect(run(free).summary.cpu.cores).toBe(0));

  it.each<readonly [string, Partial<Profile['cpu']>, number]>([
    ['a bus message', { perBusMessageNs: 1e6 }, rate * 1e-3],
    ['a broadcast', { perBroadcastNs: 1e6 }, rate * 1e-3],
    ['a visit while matching', { perVisitNs: 1e4 }, deliveries * 1e-5],
    ['a delivery', { perDeliveryNs: 1e4 }, deliveries * 1e-5],
    ['a write in user mode', { perWriteUserNs: 1e4 }, deliveries * 1e-5],
    ['a write in the kernel', { perWriteKernelNs: 1e4 }, deliveries * 1e-5],
    ['a byte written', { perByteKernelNs: 10 }, deliveries * 500 * 10e-9],
    ['a write to a cold connection', { perColdWriteNs: 2e4, coldWriteHalfNs: 50e6 }, deliveries * 1e-5],
    ['the background of the process', { perSecondNs: 2e7 }, 0.02],
  ])('%s', (_what, costs, cores) => {
    const used = run(cpu(costs)).summary.cpu.cores;
    expect(used / cores).toBeGreaterThan(0.97);
    expect(used / cores).toBeLessThan(1.03);
  });

  it('a turn of an event loop, and accepting a client', () => {
    expect(run(cpu({ perTurnNs: 1e5 })).summary.cpu.cores).toBeGreaterThan(rate * 1e-4);
    const seconds = run(cpu({ perAcceptNs: 1e6 })).intervals.reduce((sum, { cpuCores }) => sum + cpuCores, 0);
    expect(seconds).toBeCloseTo(clients * 1e-3, 6);
  });

  it('a pause for garbage: one for so many bytes allocated', () => {
    const profile = {
      ...free,
      garbageCollection: { everyBytes: 100_000, pauseNs: 1e6, bytesPerDelivery: 600, bytesPerWrite: 400 },
    };
    const { garbageCollection, cores } = run(profile).summary.cpu;
    expect(garbageCollection?.pausesPerSecond).toBeCloseTo((deliveries * 1_000) / 100_000, 0);
    expect(cores).toBeCloseTo(0.01, 3);
  });

  it('a read and a message read, on the machine of the load client', () => {
    const onSameMachine = {
      loadOnSameMachine: true,
      machine: { extends: 'e2-standard-2', networkBitsPerSecond: null },
    };
    for (const cost of ['perReadNs', 'perMessageNs'] as const) {
      const profile = { ...free, loadClient: { ...free.loadClient, [cost]: 1e4 } };
      expect(run(profile, onSameMachine).summary.cpu.loadClientCores).toBeCloseTo(deliveries * 1e-5, 3);
    }
  });

  it('the background uses up the quota too', () => {
    const limited = { settings: { WS_FLUSH_INTERVAL: '0s', WS_CPU_LIMIT: 0.05 } };
    expect(run(cpu({ perBusMessageNs: 1_000 }), limited).summary.cpu.throttledSeconds).toBe(0);
    const busy = run(cpu({ perBusMessageNs: 1_000, perSecondNs: 2e7 }), limited).summary;
    expect(busy.cpu.throttledSeconds).toBeGreaterThan(0.1);
    expect(busy.latencyMs.max).toBeGreaterThan(50);
  });
});

describe('what takes memory', () => {
  const retaining = { ...free, memory: { ...free.memory, perRetainedByte: 1 } };

  it('a message kept by the embedded bus, beside the one kept for recovery', () => {
    const embedded = run(retaining).summary.memory.bytes;
    const withNats = run(retaining, { settings: { NATS_URL: 'nats://127.0.0.1:4222' } }).summary.memory.bytes;
    expect(withNats).toBeCloseTo(rate * 5 * 500, -3.5);
    expect(embedded).toBeCloseTo(2 * withNats, -3.5);
  });

  it('a message that waits in a send buffer', () => {
    const small = { ...free, memory: { ...free.memory, socketBufferBytes: 2_000 } };
    const { intervals } = run(small, { workload: { client: { stalledShare: 1 } } });
    const { queued, memoryBytes } = intervals[3];
    expect(queued).toBeGreaterThan(1_000);
    expect(memoryBytes).toBe(queued * 5);
  });

  it("bytes in sockets, up to the kernel's limit for all of them", () => {
    const stalled = { workload: { client: { stalledShare: 1 } } };
    expect(run(free, stalled).intervals[3].queued).toBe(0);
    const limited = run(free, { ...stalled, machine: { extends: 'e2-standard-2', tcpMemoryBytes: 100_000 } });
    expect(limited.intervals[3].queued).toBeGreaterThan(1_000);
  });
});

describe('what takes time', () => {
  it('half a round trip, once', () => {
    const { p50 } = run(free, { workload: { client: { roundTripMs: 40 } } }).summary.latencyMs;
    expect(p50).toBeGreaterThan(19.5);
    expect(p50).toBeLessThan(21);
  });

  it('a link that is busy with what came before', () => {
    const narrow = { workload: { client: { linkBitsPerSecond: 50_000 } } };
    expect(run(free, narrow).summary.latencyMs.max).toBeGreaterThan(500);
  });

  it('a socket that takes more when it is half empty: a link is busy all the time over a round trip', () => {
    const profile = { ...free, memory: { ...free.memory, socketBufferBytes: 4_000 } };
    const client = { linkBitsPerSecond: 100_000, roundTripMs: 100 };
    const settings = { WS_WRITE_BYTES: 500 };
    const { summary } = run(profile, { workload: { connections: 4, ratePerSecond: 60, client }, settings });
    expect(summary.receivedPerSecond / 4).toBeGreaterThan(20);
  });

  it('a timer that fires late', () => {
    const coalesced = { workload: { ratePerSecond: 100 }, settings: { WS_FLUSH_INTERVAL: '20ms' } };
    const onTime = run(free, coalesced).summary.latencyMs.max;
    expect(run({ ...free, timerSlackNs: 5e6 }, coalesced).summary.latencyMs.max).toBeGreaterThan(
      (onTime ?? Infinity) + 3,
    );
  });

  it('a publisher whose timers are late by up to a millisecond: messages are not exactly one interval apart', () => {
    const matched = { workload: { ratePerSecond: 10 }, settings: { WS_FLUSH_INTERVAL: '100ms' } };
    const { mean } = run(free, matched).summary.latencyMs;
    expect(mean).toBeGreaterThan(10);
    expect(mean).toBeLessThan(90);
  });
});
