import { describe, expect, it } from 'vitest';
import {
  goDocumented,
  machineOffers,
  type Profile,
  resolveScenario,
  type ResolvedScenario,
  scenarioSchema,
  transferTo,
} from '#core';
import { simulate } from '#sim';
import { advise, verify } from './advise.ts';
import { connectionsWithGrowth, type Need } from './need.ts';
import { stayOrUpgrade } from './stay-or-upgrade.ts';

/** Round figures near this project's own server; "documented", so that it is exact on an e2 machine. */
const server: Profile = {
  ...goDocumented,
  name: 'server',
  cpu: {
    ...goDocumented.cpu,
    perBusMessageNs: 230_000,
    perBroadcastNs: 230_000,
    perDeliveryNs: 40,
    perWriteUserNs: 2_000,
    perWriteKernelNs: 5_500,
    perByteKernelNs: 0.14,
    perAcceptNs: 250_000,
    perSecondNs: 8_000_000,
    perDeliveryNsByRate: [],
  },
  memory: {
    ...goDocumented.memory,
    baseBytes: 127_000_000,
    perShardBytes: 46_000_000,
    perConnectionBytes: 11_750,
    perSlotBytes: 0,
    perSubscriptionBytes: 0,
    perDeliveryPerSecondBytes: 33,
    socketBufferBytes: 4_190_000,
  },
};

function baseOf(profile: Profile, fields: Record<string, unknown> = {}): ResolvedScenario {
  const resolution = resolveScenario(
    scenarioSchema.parse({ profile: profile.name, settings: { WS_FLUSH_INTERVAL: '100ms' }, ...fields }),
    [profile],
  );
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.resolved;
}

const onServer = baseOf(server);
const usual: Omit<Need, 'connections' | 'ratePerSecond'> = {
  messageBytes: 500,
  p99Ms: 500,
  budgetUsd: null,
  growth: 0,
  prices: 'list',
  serversMost: 32,
  base: onServer,
};

interface Situation {
  readonly name: string;
  readonly need: Need;
  /** Servers and machine; null: nothing fits. */
  readonly chosen: string | null;
  /** The cheaper or smaller neighbour, and what rules it out. */
  readonly below: string;
  readonly limit: string;
}

const situations: readonly Situation[] = [
  {
    name: "the document's target with another interface card",
    need: { ...usual, connections: 12_000, ratePerSecond: 25 },
    chosen: '1 x e2-standard-2',
    below: '1 x c7i.large',
    limit: 'network',
  },
  {
    name: 'too many clients',
    need: { ...usual, connections: 60_000, ratePerSecond: 5 },
    chosen: '1 x t2d-standard-2',
    below: '1 x e2-standard-2',
    limit: 'cpu',
  },
  {
    name: 'too much rate',
    need: { ...usual, connections: 4_000, ratePerSecond: 150 },
    chosen: '1 x t2d-standard-2',
    below: '1 x e2-standard-2',
    limit: 'network',
  },
  {
    name: 'a message by itself, CPU-bound',
    need: {
      ...usual,
      connections: 12_000,
      ratePerSecond: 25,
      base: baseOf(server, { settings: { WS_FLUSH_INTERVAL: '0s' } }),
    },
    chosen: '1 x t2d-standard-2',
    below: '1 x n2-standard-2',
    limit: 'cpu',
  },
  {
    name: 'half a MiB a client, memory-bound',
    need: { ...usual, connections: 30_000, ratePerSecond: 5, base: baseOf(goDocumented) },
    chosen: '3 x e2-standard-2',
    below: '2 x e2-standard-2',
    limit: 'memory',
  },
  {
    name: 'large messages, bound by the card',
    need: { ...usual, connections: 12_000, ratePerSecond: 25, messageBytes: 4_000 },
    chosen: '2 x t2d-standard-2',
    below: '1 x t2d-standard-2',
    limit: 'network',
  },
  {
    name: 'a budget that excludes the roomier machine',
    need: { ...usual, connections: 30_000, ratePerSecond: 10, budgetUsd: 60 },
    chosen: '1 x e2-standard-2',
    below: '1 x c7i.large',
    limit: 'network',
  },
  {
    name: 'a budget below everything',
    need: { ...usual, connections: 30_000, ratePerSecond: 10, budgetUsd: 40 },
    chosen: null,
    below: '1 x e2-standard-2',
    limit: 'budget',
  },
  {
    name: 'a fleet',
    need: { ...usual, connections: 300_000, ratePerSecond: 10 },
    chosen: '2 x t2d-standard-4',
    below: '1 x t2d-standard-4',
    limit: 'network',
  },
  {
    name: 'growth to twice the clients',
    need: { ...usual, connections: 12_000, ratePerSecond: 25, growth: 1 },
    chosen: '1 x t2d-standard-2',
    below: '1 x e2-standard-2',
    limit: 'network',
  },
  {
    name: 'clients on slow links, which no machine helps',
    need: {
      ...usual,
      connections: 1_000,
      ratePerSecond: 25,
      serversMost: 1,
      budgetUsd: 60,
      base: baseOf(server, { workload: { client: { linkBitsPerSecond: 80_000 } } }),
    },
    chosen: null,
    below: '1 x e2-standard-2',
    limit: 'latencyMs.p99<500',
  },
  {
    name: 'a latency below the interval of the writes, which no machine gives',
    need: { ...usual, connections: 5_000, ratePerSecond: 10, p99Ms: 60, serversMost: 1, budgetUsd: 60 },
    chosen: null,
    below: '1 x e2-standard-2',
    limit: 'latencyMs.p99<60',
  },
];

/** Simulates a named neighbour under the need. */
function simulated(name: string, need: Need) {
  const [servers, machine] = name.split(' x ');
  const offer = machineOffers.find((one) => one.machine.name === machine);
  if (offer === undefined) throw new Error(machine);
  const connectionsPerServer = Math.ceil(connectionsWithGrowth(need) / Number(servers));
  const transfer = transferTo(offer, need.base.profile);
  return verify(need, { offer, servers: Number(servers), connectionsPerServer, transfer }, 1);
}

describe('advise, in twelve situations', () => {
  it.each(situations)('$name: $chosen, because of $limit', ({ need, chosen, below, limit }) => {
    const advice = advise(need, { replications: 1 });
    const found = advice.chosen?.candidate;
    expect(found === undefined ? null : `${found.servers} x ${found.offer.machine.name}`).toBe(chosen);
    const rejection = advice.rejections.find(({ servers, machine }) => `${servers} x ${machine}` === below);
    expect(rejection?.limit).toBe(limit);
    // The neighbours, simulated: what was chosen fits, what was ruled out does not, unless it only costs too much.
    if (chosen !== null) expect(simulated(chosen, need).verdict).toBe('fits');
    expect(simulated(below, need).verdict).toBe(limit === 'budget' ? 'fits' : 'does not fit');
  });
});

describe('advise', () => {
  it('gives a range for a profile of another machine, and calls what only its lower end allows uncertain', () => {
    const measured = {
      ...server,
      relativeError: 0.1,
      provenance: { ...server.provenance, kind: 'measured' as const },
    };
    const need = { ...usual, connections: 30_000, ratePerSecond: 10, budgetUsd: 100, base: baseOf(measured) };
    const { chosen, rejections } = advise(need, { replications: 1 });
    const [low, high] = [chosen?.verification.low.cpu.cores ?? 0, chosen?.verification.high.cpu.cores ?? 0];
    expect(high / low).toBeGreaterThan(1.5);
    const uncertain = rejections.filter((one) => one.uncertain).map(({ machine }) => machine);
    expect(uncertain).toContain('n2-standard-2');
  });

  it('answers with what is likely, and says so, where nothing is sure', () => {
    const measured = { ...server, provenance: { ...server.provenance, kind: 'measured' as const } };
    const need = { ...usual, connections: 40_000, ratePerSecond: 10, budgetUsd: 62, base: baseOf(measured) };
    const { chosen } = advise(need, { replications: 1 });
    expect(chosen?.candidate).toMatchObject({ certainty: 'likely', servers: 1 });
    expect(chosen?.verification).toMatchObject({ verdict: 'likely', machine: 't2d-standard-2' });
    expect(chosen?.verification.missedAtHigh.length).toBeGreaterThan(0);
    // Twice the budget buys certainty.
    expect(advise({ ...need, budgetUsd: 124 }, { replications: 1 }).chosen?.candidate.certainty).toBe('sure');
  });

  it("judges by the document's prices when asked", () => {
    const need = { ...usual, connections: 12_000, ratePerSecond: 25, prices: 'document' as const };
    expect(advise(need, { replications: 1 }).chosen?.candidate.usd).toBeCloseTo(24.09, 2);
  });
});

describe("the document's eight rules (R113)", () => {
  const decide = (workload: Record<string, unknown>, costFirst = false) => {
    const input = baseOf(goDocumented, {
      shards: 2,
      settings: { WS_FLUSH_INTERVAL: '0s', WS_MAX_CONNECTIONS: 20_000, WS_MAX_GOROUTINES: 60_000 },
      workload: { durationSeconds: 4, warmUpSeconds: 2, ...workload },
    });
    return stayOrUpgrade(input, simulate(input, { scale: 'auto' }).summary, costFirst);
  };

  it('stays at the target, upgrades for clients, rate, and memory', () => {
    const target = decide({}, true);
    expect(target.decision).toBe('stay');
    expect(target.rules).toHaveLength(8);
    expect(target.rules.filter(({ side }) => side === 'stay').every(({ holds }) => holds)).toBe(true);
    const upgrades = (workload: Record<string, unknown>) =>
      decide(workload).rules.filter(({ side, holds }) => side === 'upgrade' && holds);
    expect(upgrades({ connections: 13_500 }).map(({ rule }) => rule)).toEqual([
      'more than 12000 connections',
      'memory consistently above 90 %',
    ]);
    expect(upgrades({ connections: 4_000, ratePerSecond: 40 }).map(({ rule }) => rule)).toEqual([
      'more than 35 messages/s sustained',
    ]);
  });

  it('notes the network, for which the document has no rule', () => {
    const decision = decide({ ratePerSecond: 35, messageBytes: 1_000 });
    expect(decision.rules.some(({ side, holds }) => side === 'upgrade' && holds)).toBe(false);
    expect(decision.decision).toBe('upgrade');
    expect(decision.notes[1]).toContain('the card cannot carry this load');
  });
});
