import { assert, slowClientPolicies, resolveScenario, type ResolvedScenario, scenarioSchema } from '#core';
import type { SimulateOptions } from '#sim';
import { loadProfiles } from '../profiles.ts';

/** A simulation that is run in different places, whose reports must be the same to the byte. */
export interface Case {
  readonly name: string;
  readonly input: ResolvedScenario;
  readonly options: Pick<SimulateOptions, 'scale' | 'replication'>;
}

type Given = Record<string, unknown> & { readonly workload?: object; readonly settings?: object };

const profiles = loadProfiles();

function caseOf(name: string, given: Given, options: Case['options'] = {}): Case {
  const workload = { connections: 120, ratePerSecond: 20, durationSeconds: 6, warmUpSeconds: 1, ...given.workload };
  const resolution = resolveScenario(
    scenarioSchema.parse({ name, profile: 'node-measured', shards: 2, ...given, workload }),
    profiles,
  );
  assert(resolution.ok, () => `${name} is not a valid scenario`);
  return { name, input: resolution.resolved, options };
}

const tinyMachine = {
  name: 'tiny',
  vcpus: 1,
  cpuLimitCores: 0.1,
  memoryBytes: 1e9,
  memoryLimitBytes: 1e9,
  networkBitsPerSecond: 20_000_000,
  usdPerHour: 0.01,
};

/** Small, and between them every part of the twin: each kind of fault, arrivals, links, policies, modes. */
export const cases: readonly Case[] = [
  caseOf('regular arrivals', {}),
  caseOf('Poisson arrivals, several channels', {
    workload: { arrivals: 'poisson', channels: 6, subscriptionsPerClient: 2 },
  }),
  caseOf('a load client on the same machine', { machine: 'loopback-2', loadOnSameMachine: true }),
  caseOf('links of their own speed', { workload: { client: { linkBitsPerSecond: 200_000, roundTripMs: 35.7 } } }),
  caseOf('a throttled machine behind a slow network card', {
    machine: tinyMachine,
    workload: { connections: 400 },
    settings: { WS_FLUSH_INTERVAL: '0s' },
  }),
  ...slowClientPolicies.map((policy) =>
    caseOf(`clients that stall, ${policy}`, {
      workload: { channels: 3, subscriptionsPerClient: 3, ratePerSecond: 60, client: { stalledShare: 0.1 } },
      settings: { WS_SEND_BUFFER_SLOTS: 16, WS_SLOW_CLIENT_POLICY: policy },
    }),
  ),
  caseOf('fault: clients stall', {
    faults: [{ kind: 'clients-stall', atSeconds: 2, durationSeconds: 2, share: 0.3 }],
  }),
  caseOf('fault: reconnect storm', {
    workload: { arrivals: 'poisson' },
    faults: [{ kind: 'reconnect-storm', atSeconds: 2, reconnectAfterSeconds: 1, share: 0.5 }],
  }),
  caseOf('fault: rate burst', {
    workload: { arrivals: 'poisson' },
    faults: [{ kind: 'rate-burst', atSeconds: 2, durationSeconds: 1, factor: 3.3 }],
  }),
  caseOf('fault: bus outage', { faults: [{ kind: 'bus-outage', atSeconds: 2, durationSeconds: 1.5 }] }),
  caseOf('fault: server lost', { faults: [{ kind: 'server-lost', atSeconds: 3 }] }),
  caseOf('fault: clients join and recover', {
    settings: { WS_MAX_CONNECTIONS: 200 },
    faults: [{ kind: 'clients-join', atSeconds: 3, connections: 60, ratePerSecond: 40, sinceSequence: 10.5 }],
  }),
  caseOf('fault: a restart', {
    faults: [{ kind: 'server-restart', atSeconds: 1, drainSeconds: 0.5, downSeconds: 1, reconnectSpreadSeconds: 0.5 }],
  }),
  caseOf('fault: bursts again and again', {
    faults: [{ kind: 'rate-burst', atSeconds: 1, durationSeconds: 0.5, factor: 3, everySeconds: 2 }],
  }),
  caseOf('popular channels, sizes, groups, churn and a day curve', {
    workload: {
      arrivals: 'poisson',
      channels: 30,
      popularity: { messages: { zipf: 0.9 }, subscriptions: { zipf: 1.3 } },
      messageBytes: {
        values: [
          { bytes: 300, share: 0.75 },
          { bytes: 3_000, share: 0.25 },
        ],
      },
      clientGroups: [
        { name: 'mobile', share: 0.35, linkBitsPerSecond: 400_000, roundTripMs: 81.3, stalledShare: 0.05 },
        { name: 'desk', share: 0.65, roundTripMs: 12, subscriptionsPerClient: 4 },
      ],
      churnPerHour: 100,
      rateCurve: [
        { atSeconds: 0, factor: 0.3 },
        { atSeconds: 2.5, factor: 1.7 },
        { atSeconds: 6, factor: 0.4 },
      ],
    },
  }),
  caseOf('scale model', { workload: { connections: 3_000, arrivals: 'poisson' } }, { scale: 'auto' }),
  caseOf('third replication', { workload: { arrivals: 'poisson' } }, { replication: 2 }),
  caseOf('the documented profile', { profile: 'go-documented', seed: 4_294_967_295 }),
];
