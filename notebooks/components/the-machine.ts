import {
  activeTasks,
  closedForm,
  firstLimit,
  largestLoad,
  machines,
  type Profile,
  resolveScenario,
  type ResolvedScenario,
  type RunReport,
  type Scenario,
  scenarioSchema,
  settingsTable,
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

/** What the closed forms say at once: the first limit, and how far each resource is from its own. */
export function closedFormView(input: ResolvedScenario): HTMLElement {
  const { resources: all, deliveriesPerSecond, writesPerSecond } = closedForm(input);
  const resources = all.filter(({ resource }) => !isCap(resource));
  const { first, second } = firstLimit(resources);
  const report = { summary: { resources } } as unknown as RunReport;
  const numbers = table(
    resources.map((use) => ({
      ...use,
      connections: largestLoad(input, 'connections', use.resource),
      rate: largestLoad(input, 'ratePerSecond', use.resource),
    })),
    [
      { head: 'resource', of: ({ resource }) => resource, kind: 'given' },
      { head: 'demand', of: ({ demand, unit }) => `${digits(demand)} ${unit}`, kind: 'result' },
      { head: 'limit', of: ({ limit, unit }) => `${digits(limit)} ${unit}`, kind: 'given' },
      { head: 'use', of: ({ utilisation }) => percent(utilisation), kind: 'result' },
      { head: 'connections at most', of: ({ connections }) => endless(connections), kind: 'result' },
      { head: 'messages/s at most', of: ({ rate }) => endless(rate), kind: 'result' },
    ],
  );
  const holds = largestLoad(input, 'connections', first.resource);
  const carries = largestLoad(input, 'ratePerSecond', first.resource);
  const lead =
    first.utilisation > 1
      ? finding`${capital(first.resource)} is the first limit, and this load is beyond it: ${percent(first.utilisation)}. At this rate the machine holds ${endless(holds)} connections; with these connections it carries ${endless(carries)} messages/s.`
      : finding`${capital(first.resource)} comes first, ${percent(first.utilisation)} of it used; then ${second?.resource ?? 'nothing'} at ${percent(second?.utilisation ?? 0)}. At this rate the machine holds ${endless(holds)} connections; with these connections it carries ${endless(carries)} messages/s.`;
  lead.id = 'first-limit';
  return together(
    lead,
    figure(
      {
        title: resourcesTitle(report),
        description: resources.map(({ resource, utilisation }) => `${resource} ${percent(utilisation)}`).join(', '),
        plots: [resourcesChart(report)],
      },
      numbers,
    ),
    note`That is ${digits(deliveriesPerSecond)} deliveries and ${digits(writesPerSecond)} socket writes a second. The caps of the configuration (connections, tasks, message rate) are set to fit the load, so that the machine's own limits show.`,
  );
}

/** What a configuration limits, not the machine. */
export const isCap = (resource: string): boolean => resource === 'connections' || resource === 'tasks';

const endless = (load: number): string => (load === Infinity ? 'any number of' : digits(load));
const capital = (text: string): string =>
  text === 'cpu' ? 'CPU' : `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
