import { describe, expect, it } from 'vitest';
import {
  goDocumented,
  machineOffers,
  type Profile,
  resolveScenario,
  type ResolvedScenario,
  scenarioSchema,
} from '#core';
import { simulate } from '#sim';
import { advise as adviseFully, type Recommendation } from './advise.ts';
import { candidateOf, dearerRateBelow, fewestServers, intervalsFor, refutedByClosedForm } from './candidates.ts';
import { connectionsWithGrowth, type Need } from './need.ts';
import { stayOrUpgrade } from './stay-or-upgrade.ts';
import { loadProfiles } from '../profiles.ts';

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
const [measured] = loadProfiles().filter(({ name }) => name === 'node-measured');

function baseOf(profile: Profile, fields: Record<string, unknown> = {}): ResolvedScenario {
  const { workload = {}, ...others } = fields as { readonly workload?: object };
  const resolution = resolveScenario(
    scenarioSchema.parse({
      profile: profile.name,
      workload: { arrivals: 'poisson', client: { roundTripMs: 40 }, ...workload },
      ...others,
    }),
    [profile],
  );
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.resolved;
}

const usual: Need = {
  connections: 12_000,
  ratePerSecond: 1,
  messageBytes: 500,
  p99Ms: 500,
  budgetUsd: null,
  growth: 0,
  prices: 'list',
  serversMost: 32,
  spare: 0,
  egress: null,
  regions: null,
  flushIntervalMs: null,
  base: baseOf(server),
};
const need = (changes: Partial<Need>): Need => ({ ...usual, ...changes });
/** The long run is as short as the others here: these loads are the same after a minute. */
const advise = (asked: Need) => adviseFully(asked, { proofSeconds: 60, simulationsMax: 20 });
const taken = (one: Recommendation | null): string | null =>
  one === null ? null : `${one.candidate.servers} x ${one.candidate.offer.machine.name}`;

describe('advise', { timeout: 60_000 }, () => {
  it('takes the cheapest that holds; the cheaper ones each lack something', () => {
    const asked = need({ connections: 100_000 });
    const advice = advise(asked);
    expect(advice.chosen?.certainty).toBe('sure');
    expect(advice.chosen?.verification.high.holds).toBe(true);
    const usd = advice.chosen?.candidate.usd ?? 0;
    const cheaper = advice.alternatives.filter(({ kind }) => kind !== 'dearer');
    expect(cheaper.length).toBeGreaterThan(0);
    for (const one of cheaper) {
      expect(one.usd).toBeLessThan(usd);
      expect(one.reasons.length).toBeGreaterThan(0);
    }
    const machines = advice.alternatives.map(({ machine }) => machine);
    expect(new Set(machines).size).toBe(machines.length);
    const shares = cheaper.map(({ share }) => share?.high ?? Infinity);
    expect(shares).toEqual(shares.toSorted((left, right) => left - right));
  });

  it('goes on to n + 1 servers where simulation refutes n', () => {
    const asked = need({ connections: 30_000, ratePerSecond: 2, p99Ms: 100, base: baseOf(measured) });
    const { chosen } = advise(asked);
    if (chosen === null) throw new Error('nothing holds');
    const { offer, servers, connectionsPerServer } = chosen.candidate;
    expect(servers).toBeGreaterThan(fewestServers(asked, offer, 'high') ?? 0);
    expect(connectionsPerServer).toBe(Math.ceil(30_000 / servers));
    expect(chosen.verification).toMatchObject({ low: { holds: true }, high: { holds: true } });
  });

  it('chooses an interval that leaves room below the p99, or obeys the one that is given', () => {
    expect(intervalsFor(need({ p99Ms: 100 }))[0]).toBe(50);
    expect(intervalsFor(need({ p99Ms: 500 }))[0]).toBe(300);
    expect(intervalsFor(need({ p99Ms: 100, flushIntervalMs: 10 }))).toEqual([10]);
    expect(intervalsFor(need({ p99Ms: 20 }))).toEqual([]);
  });

  it('says that the way to the clients alone takes too long, and that no machine helps slow links', () => {
    const far = advise(need({ p99Ms: 100, base: baseOf(server, { workload: { client: { roundTripMs: 500 } } }) }));
    expect([far.chosen, far.likely, far.overBudget]).toEqual([null, null, null]);
    expect(far.hopeless[0].found).toContain('250 ms on the way');
    const links = { client: { linkBitsPerSecond: 8_000, roundTripMs: 40 } };
    const slow = advise(need({ connections: 100, base: baseOf(server, { workload: links }), ratePerSecond: 10 }));
    expect(slow.hopeless.length).toBeGreaterThan(0);
    expect(slow.simulations).toBeLessThanOrEqual(2);
  });

  it('names the cheapest that holds where the budget does not reach it, and by how much', () => {
    const asked = need({ connections: 30_000 });
    const usd = advise(asked).chosen?.candidate.usd ?? 0;
    const short = advise({ ...asked, budgetUsd: usd - 10 });
    expect(short.chosen).toBeNull();
    expect(taken(short.overBudget)).toBe(taken(advise(asked).chosen));
    expect(short.overBudget?.usdMissing).toBeCloseTo(10, 6);
    expect(advise({ ...asked, budgetUsd: usd }).chosen?.candidate.usd).toBe(usd);
  });

  it('takes for sure what holds at both ends; what holds in the middle alone is likely, and cheaper', () => {
    const { chosen, likely } = advise(
      need({ connections: 30_000, ratePerSecond: 10, p99Ms: 200, base: baseOf(measured) }),
    );
    expect(chosen?.verification).toMatchObject({ low: { holds: true }, high: { holds: true } });
    expect(likely?.verification).toMatchObject({ middle: { holds: true }, high: { holds: false } });
    expect(likely?.candidate.usd).toBeLessThan(chosen?.candidate.usd ?? 0);
    expect(likely?.verification.high.summary?.latencyMs.p99).toBeGreaterThan(0);
  });

  it('adds spare servers, keeps to regions, and ranks by egress when asked', () => {
    const plain = advise(need({ connections: 20_000, regions: ['us-east-1'] }));
    expect(plain.chosen?.candidate.offer.provider).toBe('AWS');
    const spare = candidateOf(need({ spare: 2 }), machineOffers[0], 3);
    expect(spare.usd).toBeCloseTo((machineOffers[0].machine.usdPerHour ?? 0) * 730 * 5, 6);
    expect(spare.connectionsPerServer).toBe(4_000);
    const free = candidateOf(need({ egress: 'internal' }), machineOffers[0], 3);
    const dear = candidateOf(need({ egress: 'internet' }), machineOffers[0], 3);
    expect([free.rankedUsd > free.usd, dear.rankedUsd > free.rankedUsd]).toEqual([true, true]);
  });

  it('judges regular messages by the dearer rate below too, so that more never costs less', () => {
    // 100 ms and the timer's: 10 a second put two messages into every write, 9.9 one.
    expect(dearerRateBelow(10, 100, 'regular')).toBeCloseTo(9.90099, 5);
    expect(dearerRateBelow(9.9, 100, 'regular')).toBeNull();
    expect(dearerRateBelow(10, 100, 'poisson')).toBeNull();
    const base = baseOf(server, { workload: { arrivals: 'regular' } });
    const at = (ratePerSecond: number) =>
      refutedByClosedForm(
        need({ ratePerSecond, base }),
        candidateOf(need({ connections: 40_000 }), machineOffers[0], 1),
        {
          intervalMs: 100,
          end: 'high',
        },
      ).length;
    expect(at(9.9)).toBeGreaterThan(0);
    expect(at(10)).toBeGreaterThan(0);
  });

  it("judges by the document's prices when asked", () => {
    const { usd } = candidateOf(need({ prices: 'document' }), machineOffers[0], 1);
    expect(usd).toBeCloseTo(24.09, 2);
  });

  it('counts growth in whole clients', () => {
    expect(connectionsWithGrowth({ connections: 10_000, growth: 0.1 })).toBe(11_000);
    expect(connectionsWithGrowth({ connections: 3, growth: 0.5 })).toBe(5);
  });
});

describe("the document's eight rules (R113)", () => {
  const decide = (workload: Record<string, unknown>, costFirst = false) => {
    const input = baseOf(goDocumented, {
      shards: 2,
      settings: { WS_FLUSH_INTERVAL: '0s', WS_MAX_CONNECTIONS: 20_000, WS_MAX_GOROUTINES: 60_000 },
      workload: { durationSeconds: 4, warmUpSeconds: 2, arrivals: 'regular', ...workload },
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

  it('upgrades for a card that is full, for which the document has no rule', () => {
    const decision = decide({ ratePerSecond: 35, messageBytes: 1_000 });
    expect(decision.rules.some(({ side, holds }) => side === 'upgrade' && holds)).toBe(false);
    expect(decision.decision).toBe('upgrade');
    expect(decision.notes.some((note) => note.includes('network demand'))).toBe(true);
  });
});
