import {
  answerOf,
  closedForm,
  feasibleRegion,
  intervalConfidence,
  isCap,
  largestHeld,
  largestLoad,
  limitCurves,
  machines,
  type Profile,
  type Scenario,
  shareOfUsable,
} from '#core';
import {
  costName,
  cpuParts,
  feasibleRegionFigure,
  latencyLoadFigure,
  limitsFigure,
  machineCostFigure,
  memoryPartsOf,
  partsFigure,
  tornadoFigure,
} from '#charts';
import type { CapacityData } from '../data/capacity.ts';
import { digits, figure, finding, note, percent, table, together } from './elements.ts';
import type { Field, FormValues } from './form.ts';
import { hiredMachines, loadInWords } from './machine-costs.ts';
import { answerFinding, costFinding, resolvedMachine } from './the-machine.ts';

/** The load that all charts of the page are about. */
export function capacityFields({ scenarios }: CapacityData): Field[] {
  const [first] = scenarios;
  return [
    {
      kind: 'choice',
      name: 'server',
      label: 'Server',
      choices: scenarios.map(({ name, description }) => ({ value: name, label: description })),
      start: first.name,
    },
    {
      kind: 'choice',
      name: 'machine',
      label: 'Machine',
      choices: cloudMachines.map(({ name }) => ({ value: name, label: name })),
      start: String(first.machine),
    },
    {
      kind: 'number',
      name: 'connections',
      label: 'Connections',
      unit: '',
      least: 500,
      most: 60_000,
      step: 500,
      start: first.workload.connections,
    },
    {
      kind: 'number',
      name: 'rate',
      label: 'Messages published',
      unit: 'per second',
      least: 1,
      most: 150,
      step: 1,
      start: first.workload.ratePerSecond,
    },
  ];
}

/** Machines that are for sale and have a network card of their own. */
const cloudMachines = machines.filter(
  ({ networkBitsPerSecond, usdPerHour }) => networkBitsPerSecond !== null && usdPerHour !== null,
);

export function capacityScenario({ scenarios }: CapacityData, values: FormValues): Scenario {
  const base = scenarios.find(({ name }) => name === values['server']) ?? scenarios[0];
  return {
    ...base,
    machine: String(values['machine']),
    settings: { ...base.settings, ...liftedCaps },
    workload: {
      ...base.workload,
      connections: Math.round(Number(values['connections'])),
      ratePerSecond: Number(values['rate']),
    },
  };
}

/** Caps are settings: out of the way, so that a larger machine shows what it holds. */
const liftedCaps = {
  WS_MAX_CONNECTIONS: 1_000_000,
  WS_MAX_GOROUTINES: 100_000_000,
  WS_MAX_NATS_RATE: 100_000,
  WS_MAX_BROADCAST_RATE: 100_000,
};

/** Which loads fit, and what gives way first along either axis. */
export function regionView(scenario: Scenario, profiles: readonly Profile[]): HTMLElement {
  const input = resolvedMachine(scenario, profiles);
  const resources = closedForm(input).resources.filter(({ resource }) => !isCap(resource));
  const rows = resources.map((use) => ({
    ...use,
    connections: largestLoad(input, 'connections', use.resource),
    rate: largestLoad(input, 'ratePerSecond', use.resource),
  }));
  const numbers = table(rows, [
    { head: 'resource', of: ({ resource }) => resource, kind: 'given' },
    { head: 'demand / usable', of: (use) => percent(shareOfUsable(use)), kind: 'result' },
    { head: 'connections at most', of: ({ connections }) => endless(connections), kind: 'result' },
    { head: 'messages/s at most', of: ({ rate }) => endless(rate), kind: 'result' },
  ]);
  return together(
    figure(feasibleRegionFigure(feasibleRegion(input)), numbers),
    figure(limitsFigure(limitCurves(input, 'connections'))),
    figure(limitsFigure(limitCurves(input, 'ratePerSecond'))),
  );
}

/** What takes the processor and the memory. */
export function partsView(scenario: Scenario, data: CapacityData): HTMLElement {
  const forms = data.scenarios.map((one) => ({
    name: one.profile,
    form: closedForm(
      resolvedMachine({ ...one, machine: scenario.machine, workload: scenario.workload }, data.profiles),
    ),
  }));
  return together(figure(partsFigure(cpuParts(forms))), figure(partsFigure(memoryPartsOf(forms))));
}

/** Where latency turns up, simulated while this site was built. */
export function kneesView({ knees }: CapacityData): HTMLElement {
  return together(
    ...knees.map(({ name, points }) =>
      together(
        note`${name}`,
        figure(
          latencyLoadFigure({ of: 'ratePerSecond', points, objectiveMs: null }),
          table(points, [
            { head: 'messages/s', of: ({ load }) => load, kind: 'given' },
            { head: 'p50, ms', of: ({ p50Ms }) => digits(p50Ms), kind: 'result' },
            { head: 'p99, ms', of: ({ p99Ms }) => digits(p99Ms), kind: 'result' },
            { head: 'dropped', of: ({ drops }) => drops, kind: 'result' },
          ]),
        ),
      ),
    ),
  );
}

/** What 1,000 clients cost on each machine at this rate, filled to the first limit. */
export function costView(scenario: Scenario, profiles: readonly Profile[]): HTMLElement {
  const rows = hiredMachines(scenario, profiles);
  const load = loadInWords(scenario);
  return together(
    figure(
      machineCostFigure({ load, machines: rows }),
      table(rows, [
        { head: 'machine', of: ({ machine }) => machine, kind: 'given' },
        { head: 'machine, USD a month', of: ({ usdPerMonth }) => usdPerMonth, kind: 'given' },
        { head: 'egress, USD a month', of: ({ egressUsdPerMonth }) => Math.round(egressUsdPerMonth), kind: 'given' },
        { head: 'connections at least', of: ({ connectionsMax }) => connectionsMax, kind: 'result' },
        { head: 'at best', of: ({ connectionsBest }) => connectionsBest, kind: 'result' },
        { head: 'first limit', of: ({ firstLimit: name }) => name, kind: 'result' },
      ]),
    ),
    note`The profile was measured on one kind of core; on others its costs are scaled by CoreMark, and a machine is counted with the slower end of that range (the table has both). Egress is that of ${load} to all the clients that a machine surely holds, all month, at its provider's list prices, and falls away for traffic that stays inside.`,
  );
}

/** How sure the answer is: each fitted cost alone at the ends of its interval. */
export function uncertaintyView(scenario: Scenario, profiles: readonly Profile[]): HTMLElement {
  const profile = profiles.find(({ name }) => name === scenario.profile);
  if (profile === undefined || Object.keys(profile.intervals).length === 0) {
    return note`The profile ${scenario.profile} gives no intervals for its costs${profile === undefined || profile.relativeError === 0 ? '' : `; its fit is off by ${percent(profile.relativeError)} at most`}.`;
  }
  const holds = (changed: Profile): number => {
    return largestHeld(resolvedMachine(scenario, [changed]), 'connections').byMachine.load;
  };
  const base = holds(profile);
  const rows = Object.entries(profile.intervals).map(([path, { low, high }]) => ({
    input: costName(path),
    lowInput: digits(low),
    highInput: digits(high),
    low: holds(withCost(profile, path, low)),
    high: holds(withCost(profile, path, high)),
  }));
  const ends = rows.flatMap(({ low, high }) => [low, high]);
  const answer = answerOf(resolvedMachine(scenario, profiles));
  return together(
    finding`This machine holds ${digits(base)} connections at this rate; the costs, each alone at the end of its ${percent(intervalConfidence)} interval, leave ${digits(Math.min(...ends))} to ${digits(Math.max(...ends))}. How fast its cores are beside those that were measured matters more: ${digits(answer.connections.least)} to ${digits(answer.connections.most)}.`,
    figure(
      tornadoFigure({ answer: 'connections held', unit: 'connections', base, rows }),
      table(rows, [
        { head: 'cost', of: ({ input }) => input, kind: 'given' },
        { head: 'low', of: ({ lowInput }) => lowInput, kind: 'given' },
        { head: 'connections then', of: ({ low }) => low, kind: 'result' },
        { head: 'high', of: ({ highInput }) => highInput, kind: 'given' },
        { head: 'connections then', of: ({ high }) => high, kind: 'result' },
      ]),
    ),
  );
}

function withCost(profile: Profile, path: string, value: number): Profile {
  const [group, field] = path.split('.');
  const costs = (profile as unknown as Readonly<Record<string, object>>)[group];
  return { ...profile, [group]: { ...costs, [field]: value } };
}

/** The answer that the page opens with. */
export function capacityFinding(scenario: Scenario, profiles: readonly Profile[]): HTMLElement {
  const answer = answerOf(resolvedMachine(scenario, profiles));
  const element = answerFinding(answer);
  element.id = 'capacity';
  return together(element, costFinding(answer));
}

const endless = (load: number): string => (load === Infinity ? 'any' : digits(load));
