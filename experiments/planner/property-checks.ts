import fc from 'fast-check';
import {
  closedForm,
  firstLimit,
  hoursPerMonth,
  largestHeld,
  machineOffers,
  type ResolvedScenario,
  type Summary,
  withMachine,
} from '#core';
import { simulate } from '#sim';
import { loadProfiles } from '../profiles.ts';
import { resolveFields, setField } from '../scenario-file.ts';
import { type Advice, advise } from './advise.ts';
import { type CapacityAnswer, findCapacity } from './capacity-search.ts';
import type { Need } from './need.ts';
import { objectivesOf } from './objectives.ts';
import { withSeconds } from './sustained.ts';

/** What is tried on many scenarios, by `npx tsx experiments/planner/properties.ts`, and on a few in the tests. */
export interface CheckOptions {
  /** Simulated seconds that an answer is checked on. */
  readonly seconds: number;
  /** What a property reached: a search that never steps, or advice that never refutes, proves nothing. */
  readonly mark: (name: string) => void;
}

/** Fields of a steady scenario of one server, as a user would write them. */
export type Fields = Readonly<Record<string, unknown>>;

export const fieldsArbitrary: fc.Arbitrary<Fields> = fc
  .record({
    machine: fc.constantFrom(...machineOffers.map(({ machine }) => machine.name)),
    shards: fc.constantFrom(1, 2),
    connections: fc.integer({ min: 100, max: 20_000 }),
    ratePerSecond: fc.constantFrom(0.5, 1, 2, 5, 10, 20),
    messageBytes: fc.integer({ min: 100, max: 4_000 }),
    arrivals: fc.constantFrom('regular', 'poisson'),
    intervalMs: fc.constantFrom(0, 20, 50, 100, 150),
  })
  .map(({ machine, shards, connections, ratePerSecond, messageBytes, arrivals, intervalMs }) => ({
    name: 'property',
    machine,
    profile: 'node-measured',
    shards,
    settings: { WS_FLUSH_INTERVAL: `${intervalMs}ms`, WS_FLUSH_INTERVAL_MAX: `${intervalMs}ms` },
    workload: { connections, ratePerSecond, messageBytes, arrivals },
  }));

const resolved = (fields: Fields): ResolvedScenario => resolveFields(fields, 'properties', loadProfiles()).resolved;

const verdictOf = (input: ResolvedScenario, seconds: number): NonNullable<Summary['verdict']> => {
  const { verdict } = simulate(withSeconds(input, seconds), { scale: 'auto' }).summary;
  if (verdict === undefined || verdict === null) throw new Error('a simulated run has a verdict');
  return verdict;
};

const fail = (message: string): never => {
  throw new Error(message);
};

export type Capacity = (input: ResolvedScenario) => Pick<CapacityAnswer, 'load' | 'settings'>;
const capacityFor =
  (find: CapacityAnswer['find'], seconds: number): Capacity =>
  (input) =>
    findCapacity(input, {
      find,
      objectives: objectivesOf([]),
      replications: 1,
      confidence: null,
      sizeSettings: true,
      proofSeconds: seconds,
    });

/** What `capacity` answers passes `predict`, with the settings that it names; 5 % more does not. */
export function capacityIsSustained(
  fields: Fields,
  { seconds, mark }: CheckOptions,
  find: CapacityAnswer['find'] = 'connections',
  capacity: Capacity = capacityFor(find, seconds),
): void {
  const { load, settings } = capacity(resolved(fields));
  const at = (more: number): ResolvedScenario => {
    const set = structuredClone(fields) as Record<string, unknown>;
    for (const [path, value] of Object.entries(settings)) setField(set, path, value);
    setField(set, `workload.${find}`, find === 'connections' ? Math.ceil(load * more) : load * more);
    setField(set, 'settings.WS_MAX_CONNECTIONS', 1_000_000);
    setField(set, 'settings.WS_MAX_GOROUTINES', 4_000_000);
    return resolved(set);
  };
  if (load === 0) return mark('nothing holds');
  if (load >= 1_000_000 / 1.05) return mark('no limit');
  mark('held');
  const held = verdictOf(at(1), seconds);
  if (!held.holds) fail(`${load} does not hold: ${JSON.stringify(held.reasons)}`);
  if (verdictOf(at(1.05), seconds).holds) fail(`${load} is too little: 5 % more holds too`);
}

/** One scenario, one set of numbers: demands, first limit, price and limits of predict, capacity and the closed form. */
export function numbersAgree(fields: Fields, summaryOf: (input: ResolvedScenario) => Summary = predicted): void {
  const input = resolved(fields);
  const summary = summaryOf(input);
  const { resources } = closedForm(input);
  for (const { resource, demand, limit } of resources) {
    const shown = summary.resources.find((use) => use.resource === resource);
    if (shown === undefined) fail(`${resource} is not in the report`);
    else if (shown.limit !== limit || Math.abs(shown.demand - demand) > Math.max(1e-4, Math.abs(demand) * 1e-6)) {
      fail(`${resource}: ${shown.demand} of ${shown.limit} in the report, ${demand} of ${limit} by closed form`);
    }
  }
  if (summary.firstLimit !== firstLimit(resources).first.resource) fail(`first limit ${summary.firstLimit}`);
  const offer = machineOffers.find(({ machine }) => machine.name === input.machine.name);
  const usd = (offer?.listUsdPerHour ?? 0) * hoursPerMonth;
  if (Math.abs((summary.usdPerMonth ?? 0) - usd) > 0.005) fail(`$${summary.usdPerMonth}, not $${usd}`);
}

const predicted = (input: ResolvedScenario): Summary => simulate(withSeconds(input, 10), { scale: 'auto' }).summary;

/** A machine with more of a resource never holds less, nor does one event loop more where the loop is what is full. */
export function moreNeverHoldsLess(
  fields: Fields,
  { mark }: Pick<CheckOptions, 'mark'>,
  heldBy: (input: ResolvedScenario) => number = (input) => largestHeld(input, 'connections').byMachine.load,
): void {
  const input = resolved(fields);
  const { machine } = input;
  const base = heldBy(input);
  const larger = [
    { ...machine, memoryLimitBytes: machine.memoryLimitBytes * 1.5 },
    { ...machine, networkBitsPerSecond: (machine.networkBitsPerSecond ?? 1e9) * 1.5 },
    { ...machine, cpuLimitCores: machine.cpuLimitCores * 1.5 },
  ];
  for (const one of larger) {
    const held = heldBy(withMachine(input, one));
    if (held < base) fail(`${JSON.stringify(one)} holds ${held}, less than ${base}`);
    if (held > base) mark('holds more');
  }
  const { limit } = largestHeld(input, 'connections').byMachine;
  if (limit !== 'event-loop' || input.scenario.shards >= machine.vcpus) return;
  mark('one loop more');
  const wider = resolved({ ...fields, shards: input.scenario.shards + 1 });
  if (heldBy(wider) < base) fail(`${input.scenario.shards + 1} event loops hold less`);
}

export const needArbitrary = fc.record({
  connections: fc.integer({ min: 1_000, max: 60_000 }),
  ratePerSecond: fc.constantFrom(0.5, 1, 2, 5),
  messageBytes: fc.integer({ min: 100, max: 3_000 }),
  p99Ms: fc.constantFrom(150, 250, 500, 1_000),
  more: fc.record({
    of: fc.constantFrom('connections', 'ratePerSecond', 'messageBytes', 'p99Ms', 'growth'),
    by: fc.double({ min: 1.05, max: 3, noNaN: true }),
  }),
});
export type NeedCase = typeof needArbitrary extends fc.Arbitrary<infer Case> ? Case : never;

function needOf({ connections, ratePerSecond, messageBytes, p99Ms }: NeedCase): Need {
  const workload = { arrivals: 'poisson', client: { roundTripMs: 40 } };
  return {
    connections,
    ratePerSecond,
    messageBytes,
    p99Ms,
    budgetUsd: null,
    growth: 0,
    prices: 'list',
    serversMost: 32,
    spare: 0,
    egress: null,
    regions: null,
    flushIntervalMs: null,
    base: resolved({ profile: 'node-measured', workload }),
  };
}

function larger(need: Need, { of, by }: NeedCase['more']): Need {
  if (of === 'growth') return { ...need, growth: by - 1 };
  if (of === 'p99Ms') return { ...need, p99Ms: need.p99Ms / by };
  const value = need[of] * by;
  return { ...need, [of]: of === 'ratePerSecond' ? value : Math.ceil(value) };
}

/** What `advise` takes holds in predict, the cheaper machines on its list do not, and a larger need never costs less. */
export function adviceHolds(
  asked: NeedCase,
  { seconds, mark }: CheckOptions,
  ask: (need: Need) => Pick<Advice, 'chosen' | 'alternatives'> = (need) => advise(need, { proofSeconds: seconds }),
): void {
  const need = needOf(asked);
  const { chosen, alternatives } = ask(need);
  if (chosen === null) return mark('no advice');
  mark('advice');
  const { summary } = simulate(withSeconds(resolved(chosen.scenario), seconds), { scale: 'auto' });
  const others = (summary.verdict?.reasons ?? []).filter(({ what }) => what !== 'p99 latency');
  if (others.length > 0 || (summary.latencyMs.p99 ?? Infinity) >= need.p99Ms) {
    fail(`${chosen.candidate.offer.machine.name}: ${JSON.stringify(others)}, p99 ${summary.latencyMs.p99} ms`);
  }
  for (const { machine, usd, kind, reasons } of alternatives) {
    if (usd < chosen.candidate.usd && kind === 'dearer') fail(`${machine} is called dearer at $${usd}`);
    if (kind !== 'dearer' && reasons.length === 0) fail(`${machine} is ruled out without a reason`);
  }
  const more = ask(larger(need, asked.more)).chosen;
  if (more === null) return mark('the larger need has no advice');
  mark('larger need');
  if (more.candidate.usd < chosen.candidate.usd) {
    fail(`${JSON.stringify(asked.more)} costs $${more.candidate.usd} instead of $${chosen.candidate.usd}`);
  }
}
