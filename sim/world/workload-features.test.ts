import { describe, expect, it } from 'vitest';
import {
  goDocumented,
  offeredRates,
  resolveScenario,
  type ResolvedScenario,
  type RunReport,
  scenarioSchema,
} from '#core';
import { simulate } from './simulate.ts';

const profile = {
  ...goDocumented,
  cpu: {
    ...goDocumented.cpu,
    perWriteUserNs: 1_800,
    perWriteKernelNs: 5_000,
    perDeliveryNs: 60,
    perBusMessageNs: 20_000,
  },
};

function resolved(workload: Record<string, unknown>, given: Record<string, unknown> = {}): ResolvedScenario {
  const scenario = scenarioSchema.parse({
    profile: profile.name,
    settings: { WS_FLUSH_INTERVAL: '100ms' },
    ...given,
    workload: { connections: 600, ratePerSecond: 40, durationSeconds: 20, warmUpSeconds: 5, ...workload },
  });
  const resolution = resolveScenario(scenario, [profile]);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.resolved;
}
const publishedIn = ({ intervals }: RunReport): number => intervals.reduce((sum, { published }) => sum + published, 0);
/** Of the load's second `second`, from 0. */
function intervalOf({ intervals }: RunReport, second: number): RunReport['intervals'][number] {
  return intervals[intervals.findIndex(({ published }) => published > 0) + second];
}

const popular = {
  channels: 50,
  subscriptionsPerClient: 4,
  popularity: { messages: { zipf: 1 }, subscriptions: { zipf: 0.7 } },
};
const mobile = { name: 'mobile', share: 0.4, linkBitsPerSecond: 1e6, roundTripMs: 300 };
const desk = { name: 'desk', share: 0.6, roundTripMs: 20 };
const sizes = {
  messageBytes: {
    values: [
      { bytes: 200, share: 0.8 },
      { bytes: 2_200, share: 0.2 },
    ],
  },
};

describe('what a workload offers is what the twin delivers', () => {
  it.each([
    ['popular channels', popular],
    ['a mix of message sizes', sizes],
    [
      'groups of clients',
      {
        channels: 10,
        clientGroups: [
          { ...mobile, subscriptionsPerClient: 2 },
          { ...desk, subscriptionsPerClient: 5 },
        ],
      },
    ],
    [
      'a day curve',
      {
        rateCurve: [
          { atSeconds: 5, factor: 0.5 },
          { atSeconds: 20, factor: 2 },
        ],
      },
    ],
    [
      'all of it',
      {
        ...popular,
        ...sizes,
        clientGroups: [mobile, desk],
        churnPerHour: 20,
        rateCurve: [
          { atSeconds: 0, factor: 0 },
          { atSeconds: 20, factor: 2 },
        ],
      },
    ],
  ])('%s, one by one and in the scale model', (_name, workload) => {
    const input = resolved({ ...workload, connections: 1_200 });
    const offered = offeredRates(input.scenario.workload, {}, { fromSeconds: 5, untilSeconds: 20 });
    for (const scale of [1, 4]) {
      const { summary } = simulate(input, { scale });
      expect(summary.ledger.balanced).toBe(true);
      expect(Math.abs(summary.sentPerSecond / offered.deliveriesPerSecond - 1)).toBeLessThan(0.02);
      expect(Math.abs(summary.network.payloadBitsPerSecond / 8 / offered.payloadBytesPerSecond - 1)).toBeLessThan(0.03);
    }
  });

  it('a day curve with Poisson arrivals, second by second', () => {
    const report = simulate(
      resolved({
        arrivals: 'poisson',
        connections: 10,
        ratePerSecond: 2_000,
        rateCurve: [
          { atSeconds: 0, factor: 0 },
          { atSeconds: 20, factor: 1 },
        ],
      }),
    );
    // The rate grows by 100 a second each second: 50, 150, 250 ... in each.
    for (const second of [2, 9, 17]) {
      const expected = 100 * second + 50;
      expect(Math.abs(intervalOf(report, second).published - expected)).toBeLessThan(4.5 * Math.sqrt(expected));
    }
    expect(Math.abs(publishedIn(report) - 20_000)).toBeLessThan(4.5 * Math.sqrt(20_000));
  });
});

describe('groups of clients', () => {
  it('have latencies of their own: half a round trip each', () => {
    const latency = (clientGroups: object[]): number =>
      simulate(resolved({ clientGroups })).summary.latencyMs.p50 ?? Number.NaN;
    const near = latency([{ name: 'near', share: 1, roundTripMs: 0 }]);
    expect(latency([{ name: 'far', share: 1, roundTripMs: 400 }]) - near).toBeCloseTo(200, -1);
    const mixed = simulate(
      resolved({
        clientGroups: [
          { name: 'near', share: 0.6 },
          { name: 'far', share: 0.4, roundTripMs: 4_000 },
        ],
      }),
    );
    expect(mixed.summary.latencyMs.p50).toBeLessThan(150);
    expect(mixed.summary.latencyMs.p90).toBeGreaterThan(2_000);
    expect(mixed.summary.ledger.balanced).toBe(true);
  });

  it('are one group in all bytes of the report but the scenario’s, when there is one', () => {
    const client = { linkBitsPerSecond: 2e6, roundTripMs: 30, stalledShare: 0.1 };
    const { scenario: _own, ...plain } = simulate(resolved({ client }));
    const { scenario: _other, ...grouped } = simulate(
      resolved({ clientGroups: [{ name: 'all', share: 1, ...client }] }),
    );
    expect(grouped).toEqual(plain);
  });
});

describe('steady churn', () => {
  const churned = (arrivals: string, churnPerHour: number, scale = 1): RunReport =>
    simulate(resolved({ arrivals, churnPerHour, connections: 1_200, durationSeconds: 30 }), { scale });

  it('lets its share of the clients go in an hour, evenly or at random, each replaced at once', () => {
    // 1,200 x 12 an hour for 30 s: 120.
    const { connections, ledger, clients } = churned('regular', 12).summary;
    expect(connections.closedByReason['client-closed']).toBeGreaterThanOrEqual(118);
    expect(connections.closedByReason['client-closed']).toBeLessThanOrEqual(120);
    expect(connections.open).toBe(1_200);
    // New clients have nothing that they could ask for.
    expect(clients).toBeNull();
    expect(ledger.balanced).toBe(true);
    const random = churned('poisson', 12).summary.connections.closedByReason['client-closed'];
    expect(Math.abs(random - 120)).toBeLessThan(50);
    expect(random).not.toBe(connections.closedByReason['client-closed']);
  });

  it('costs what accepting costs, and is the same in the scale model', () => {
    const dear = { ...profile, cpu: { ...profile.cpu, perAcceptNs: 5_000_000 } };
    const load = { rampConnectionsPerSecond: 50, durationSeconds: 25 };
    const input = { ...resolved({ ...load, churnPerHour: 120 }), profile: dear };
    const rest = { ...resolved(load), profile: dear };
    // 600 x 120 / 3,600 = 20 a second of 5 ms.
    expect(simulate(input).summary.cpu.cores - simulate(rest).summary.cpu.cores).toBeCloseTo(0.1, 2);
    expect(simulate(input, { scale: 2 }).summary.cpu.cores).toBeCloseTo(simulate(input).summary.cpu.cores, 2);
  });

  it('leaves the messages of a load as they are', () => {
    const workload = { arrivals: 'poisson' };
    expect(publishedIn(simulate(resolved({ ...workload, churnPerHour: 60 })))).toBe(
      publishedIn(simulate(resolved(workload))),
    );
  });
});

describe('repeated bursts', () => {
  it('multiply the rate each time, and nothing between', () => {
    const faults = [{ kind: 'rate-burst', atSeconds: 4, durationSeconds: 2, factor: 3, everySeconds: 6 }];
    const report = simulate(resolved({}, { faults }));
    const rates = Array.from({ length: 20 }, (_, second) => intervalOf(report, second).published);
    for (const second of [4, 5, 10, 11, 16, 17]) expect(Math.abs(rates[second] - 120)).toBeLessThanOrEqual(3);
    for (const second of [1, 7, 8, 13, 14, 19]) expect(Math.abs(rates[second] - 40)).toBeLessThanOrEqual(3);
  });
});

describe('a server that restarts', () => {
  const restart = {
    kind: 'server-restart',
    atSeconds: 6,
    drainSeconds: 3,
    downSeconds: 2,
    reconnectSpreadSeconds: 1,
    reconnectSpreadMaxSeconds: 4,
  };
  const report = simulate(resolved({ durationSeconds: 40 }, { faults: [restart] }));

  it('drains evenly, is gone, and has all its clients again, who recover all that they missed', () => {
    const open = (second: number): number => intervalOf(report, second).connections;
    expect(open(5)).toBe(600);
    expect(Math.abs(open(7) - 200)).toBeLessThanOrEqual(210);
    expect(open(9)).toBe(0);
    expect(intervalOf(report, 9)).toMatchObject({ cpuCores: 0, memoryBytes: 0, sent: 0 });
    expect(report.summary.connections.open).toBe(600);
    expect(report.summary.connections.closedByReason['going-away']).toBe(600);
    expect(report.summary.clients).toMatchObject({ recovered: 600, unrecovered: 0, missingSequences: 0 });
    expect(report.summary.ledger).toMatchObject({ balanced: true, busExpired: 0 });
    const { received, lostWithConnection } = report.summary.ledger;
    // What was on its way to a client when its connection closed is lost to it.
    expect(lostWithConnection).toBeLessThan(600);
    expect(received + lostWithConnection).toBe(publishedIn(report) * 600);
  });

  it('loses for its clients what is older than the stream and the history keep', () => {
    const faults = [{ ...restart, downSeconds: 12 }];
    const { summary } = simulate(
      resolved({ durationSeconds: 60 }, { faults, settings: { JS_STREAM_MAX_AGE: '5s', WS_HISTORY_AGE: '5s' } }),
    );
    expect(summary.ledger.busExpired).toBeGreaterThan(0);
    expect(summary.clients?.unrecovered).toBeGreaterThan(0);
    expect(summary.ledger.balanced).toBe(true);
  });

  it('closes a client once that leaves in the same moment, and one that connects while it drains', () => {
    const faults = [
      { ...restart, drainSeconds: 0 },
      { kind: 'reconnect-storm', atSeconds: 6, reconnectAfterSeconds: 0.5, share: 0.6 },
      { kind: 'clients-join', atSeconds: 5.99, connections: 50, ratePerSecond: 1_000 },
    ];
    const { summary } = simulate(resolved({ durationSeconds: 40, churnPerHour: 300 }, { faults }));
    expect(summary.ledger.balanced).toBe(true);
    expect(summary.connections.open).toBe(650);
  });

  it('is refused for a fleet and while another one is under way', () => {
    const refused = (given: object) => scenarioSchema.safeParse(given).error?.issues[0]?.message;
    expect(refused({ faults: [restart], fleet: { servers: 3 } })).toBe('a rolling restart of a fleet is not modelled');
    expect(refused({ faults: [restart, { ...restart, atSeconds: 10 }] })).toBe('the server is away at this time');
    expect(
      refused({ faults: [{ kind: 'rate-burst', atSeconds: 1, durationSeconds: 5, factor: 2, everySeconds: 5 }] }),
    ).toBe('the next burst would begin in this one');
  });
});

describe('a server that is full to its last number', () => {
  it('refuses a client whose place is not free yet, as the live one does', () => {
    const faults = [{ kind: 'reconnect-storm', atSeconds: 2, reconnectAfterSeconds: 0.01, share: 0.5 }];
    const { summary } = simulate(
      resolved({ connections: 100 }, { faults, settings: { WS_MAX_CONNECTIONS: 100, WS_FLUSH_INTERVAL: '100ms' } }),
    );
    const { accepted, refusedByReason } = summary.connections;
    expect(accepted + refusedByReason['connections']).toBe(150);
    expect(summary.ledger.balanced).toBe(true);
  });
});
