import {
  activeTasks,
  type Answer,
  answerOf,
  closedForm,
  type HeldRange,
  largestLoad,
  limitingResources,
  machines,
  type Profile,
  resolveScenario,
  type ResolvedScenario,
  type ResourceUse,
  type Scenario,
  scenarioSchema,
  settingsTable,
  shareOfUsable,
  subjectOf,
} from '#core';
import { resourcesChart, resourcesTitle } from '#charts';
import { digits, figure, finding, note, percent, table, together } from './elements.ts';
import type { ChoiceField, Field, FormValues } from './form.ts';

const defaultOf = (variable: string): string => settingsTable.find((row) => row.variable === variable)?.default ?? '';
const choicesOf = (names: readonly string[]): ChoiceField['choices'] =>
  names.map((name) => ({ value: name, label: name }));

/** What a reader may change, with the bounds of the sliders; it starts at the scenario given. */
export function machineFields(start: Scenario, profiles: readonly Profile[]): Field[] {
  const { workload } = start;
  const number = { kind: 'number' } as const;
  return [
    {
      kind: 'choice',
      name: 'machine',
      label: 'Machine',
      choices: choicesOf(machines.map(({ name }) => name)),
      start: String(start.machine),
    },
    {
      kind: 'choice',
      name: 'profile',
      label: 'Costs of operations (profile)',
      choices: choicesOf(profiles.map(({ name }) => name)),
      start: start.profile,
    },
    {
      ...number,
      name: 'connections',
      label: 'Connections',
      unit: '',
      least: 100,
      most: 60_000,
      step: 100,
      start: workload.connections,
    },
    {
      ...number,
      name: 'rate',
      label: 'Messages published',
      unit: 'per second',
      least: 1,
      most: 200,
      step: 1,
      start: workload.ratePerSecond,
    },
    {
      ...number,
      name: 'bytes',
      label: 'Message size',
      unit: 'bytes',
      least: 100,
      most: 8_000,
      step: 100,
      start: workload.messageBytes,
    },
    {
      ...number,
      name: 'channels',
      label: 'Channels, each client on one of them',
      unit: '',
      least: 1,
      most: 100,
      step: 1,
      start: workload.channels,
    },
    {
      ...number,
      name: 'slots',
      label: 'Send buffer',
      unit: 'messages a client',
      least: 16,
      most: 4_096,
      step: 16,
      start: Number(defaultOf('WS_SEND_BUFFER_SLOTS')),
    },
    {
      ...number,
      name: 'flush',
      label: 'Flush interval',
      unit: 'ms',
      least: 0,
      most: 500,
      step: 5,
      start: parseFloat(String(start.settings['WS_FLUSH_INTERVAL'])),
    },
    { ...number, name: 'shards', label: 'Event loops', unit: '', least: 1, most: 8, step: 1, start: start.shards },
  ];
}

/** Seconds of load that the page simulates, and those at the start that its figures leave out. */
const simulatedSeconds = 20;
const warmUpSeconds = 5;
const rampSecondsMost = 6;
/** A cap so many times what is needed is not the first limit. */
const farBeyond = 100;

/** The scenario that the inputs describe. Caps that a server is configured with follow the load: the machine's limits remain. */
export function machineScenario(start: Scenario, values: FormValues): Scenario {
  const connections = Math.round(Number(values['connections']));
  const ratePerSecond = Number(values['rate']);
  const workers = Number(defaultOf('WS_WORKER_POOL_SIZE'));
  const tasks = activeTasks(connections, workers);
  return scenarioSchema.parse({
    ...start,
    name: 'the machine',
    description: 'set on the page "The machine"',
    machine: values['machine'],
    profile: values['profile'],
    shards: Math.round(Number(values['shards'])),
    settings: {
      ...start.settings,
      WS_MAX_CONNECTIONS: connections,
      WS_MAX_GOROUTINES: tasks * farBeyond,
      WS_MAX_NATS_RATE: Math.max(Number(defaultOf('WS_MAX_NATS_RATE')), ratePerSecond),
      WS_MAX_BROADCAST_RATE: Math.max(Number(defaultOf('WS_MAX_BROADCAST_RATE')), ratePerSecond),
      WS_SEND_BUFFER_SLOTS: Math.round(Number(values['slots'])),
      WS_FLUSH_INTERVAL: `${Number(values['flush'])}ms`,
    },
    workload: {
      ...start.workload,
      connections,
      ratePerSecond,
      messageBytes: Math.round(Number(values['bytes'])),
      channels: Math.round(Number(values['channels'])),
      subscriptionsPerClient: 1,
      durationSeconds: simulatedSeconds,
      warmUpSeconds,
      rampConnectionsPerSecond: Math.max(start.workload.rampConnectionsPerSecond, connections / rampSecondsMost),
    },
  });
}

/** @throws Error with what is wrong, for the page to show */
export function resolvedMachine(scenario: Scenario, profiles: readonly Profile[]): ResolvedScenario {
  const resolution = resolveScenario(scenario, profiles);
  if (!resolution.ok) throw new Error(resolution.issues.map(({ message }) => message).join('; '));
  return resolution.resolved;
}

/** What the closed forms say at once: whether it holds, what is full first, what the machine holds at most, and the bill. */
export function closedFormView(input: ResolvedScenario): HTMLElement {
  const answer = answerOf(input);
  const { deliveriesPerSecond, writesPerSecond } = closedForm(input);
  const bars = { resources: answer.resources, subject: subjectOf(input) };
  const rows = limitingResources(answer.resources);
  const numbers = table(
    rows.map((use) => ({
      ...use,
      connections: largestLoad(input, 'connections', use.resource),
      rate: largestLoad(input, 'ratePerSecond', use.resource),
    })),
    [
      { head: 'resource', of: ({ resource }) => resource, kind: 'given' },
      { head: 'demand', of: ({ demand, unit }) => `${digits(demand)} ${unit}`, kind: 'result' },
      { head: 'usable', of: ({ limit, usable = limit, unit }) => `${digits(usable)} ${unit}`, kind: 'given' },
      { head: 'demand / usable', of: (use) => percent(shareOfUsable(use)), kind: 'result' },
      { head: 'connections at most', of: ({ connections }) => endless(connections), kind: 'result' },
      { head: 'messages/s at most', of: ({ rate }) => endless(rate), kind: 'result' },
    ],
  );
  const lead = answerFinding(answer);
  lead.id = 'first-limit';
  return together(
    lead,
    costFinding(answer),
    figure({ title: resourcesTitle(bars), description: shares(rows), plots: [resourcesChart(bars)] }, numbers),
    note`That is ${digits(deliveriesPerSecond)} deliveries and ${digits(writesPerSecond)} socket writes a second. CPU costs are multiplied by ${transferText(input)}. The caps of the configuration (connections, message rates) follow the load, so that the machine's own limits show.`,
  );
}

const transferText = ({ transfer: { low, middle, high, basis } }: ResolvedScenario): string =>
  `${middle.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)}): ${basis}`;

/** Whether a load fits by closed form, what is full first, and what the machine holds, with the range of its costs. */
export function answerFinding({ limits: { first, second }, connections, ratePerSecond }: Answer): HTMLElement {
  const share = shareOfUsable(first);
  const held = ({ byMachine, least, most }: HeldRange): string =>
    least === most || byMachine.load === Infinity
      ? endless(byMachine.load)
      : `${digits(byMachine.load)} (${digits(least)} to ${digits(most)})`;
  const order = finding`${share > 1 ? 'Does not fit' : 'Fits'}: ${first.resource} is the first limit at ${percent(share)} of what may be used${second === null ? '' : `, then ${second.resource} at ${percent(shareOfUsable(second))}`}. At this rate the machine holds ${held(connections)} connections; with these connections it carries ${held(ratePerSecond)} messages/s.`;
  return order;
}

/** The bill of a month; nothing where the machine is not for hire. */
export function costFinding({ computeUsdPerMonth, egressUsdPerMonth }: Answer): HTMLElement {
  if (computeUsdPerMonth === null) return note`This machine has no list price.`;
  return finding`It costs ${`${usd(computeUsdPerMonth)} a month for the machine and ${usd(egressUsdPerMonth)}`} for internet egress of this load, all month.`;
}

const usd = (value: number): string =>
  `$${value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

const shares = (resources: readonly ResourceUse[]): string =>
  resources.map((use) => `${use.resource} ${percent(shareOfUsable(use))}`).join(', ');

const endless = (load: number): string => (load === Infinity ? 'any number of' : digits(load));
