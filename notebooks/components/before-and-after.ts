import {
  beforeOptimisationValues,
  bytesPerMiB,
  closedForm,
  LinearScan,
  type Profile,
  type Scenario,
  scenarioSchema,
  type Subscriptions,
  SubscriptionIndex,
  visitsRatio,
} from '#core';
import { memoryPartsOf, partsFigure } from '#charts';
import type { BeforeData } from '../data/before-and-after.ts';
import { digits, figure, finding, note, percent, table, together } from './elements.ts';
import type { Field, FormValues } from './form.ts';
import { resolvedMachine } from './the-machine.ts';

/** The four simulations: baseline and target load, before and after. */
export function sidesView({ sides, profiles }: BeforeData): HTMLElement {
  const forms = sides.map(({ label, scenario }) => ({
    name: label,
    form: closedForm(resolvedMachine(scenario, profiles)),
  }));
  const [, , beforeTarget, afterTarget] = forms.map(({ form }) => useOf(form.resources, 'memory'));
  const [, , simulatedBefore] = sides;
  const { asked, accepted } = simulatedBefore.report.summary.connections;
  const numbers = table(sides, [
    { head: '', of: ({ label }) => label, kind: 'given' },
    { head: 'connections', of: ({ scenario }) => digits(scenario.workload.connections), kind: 'given' },
    { head: 'let in', of: ({ report }) => report.summary.connections.accepted, kind: 'result' },
    { head: 'memory, MiB', of: ({ report }) => report.summary.memory.bytes / bytesPerMiB, kind: 'result' },
    {
      head: 'of the limit',
      of: ({ report }) => percent(useOf(report.summary.resources, 'memory')),
      kind: 'result',
    },
    { head: 'CPU, cores', of: ({ report }) => report.summary.cpu.cores, kind: 'result' },
    { head: 'p99, ms', of: ({ report }) => digits(report.summary.latencyMs.p99), kind: 'result' },
    { head: 'first limit', of: ({ report }) => report.summary.firstLimit, kind: 'result' },
  ]);
  return together(
    finding`The target load would take ${percent(beforeTarget)} of the memory limit with the old send buffer, and takes ${percent(afterTarget)} with the smaller one: ${percent(1 - afterTarget / beforeTarget)} less. Simulated, the old server lets ${digits(accepted)} of ${digits(asked)} clients in and refuses the rest.`,
    figure(partsFigure(memoryPartsOf(forms)), numbers),
    note`Costs are the source document's own (profile ${sides[0].report.profile ?? ''}); it gives a slot of the buffer a price, so that memory falls with the slots whether they are used or not.`,
  );
}

const useOf = (
  resources: readonly { readonly resource: string; readonly utilisation: number }[],
  name: string,
): number => resources.find(({ resource }) => resource === name)?.utilisation ?? 0;

/** Recorded live runs with another buffer or lookup than the usual. */
export function liveView({ live }: BeforeData): HTMLElement {
  if (live.length === 0)
    return note`No live run with another buffer or with the scan is on record yet; it appears here when it is.`;
  return table(live, [
    { head: 'recorded load', of: ({ name }) => name, kind: 'given' },
    { head: 'slots', of: ({ slots }) => digits(slots), kind: 'given' },
    { head: 'lookup', of: ({ lookup }) => lookup, kind: 'given' },
    { head: 'memory measured, MiB', of: ({ measured }) => measured.summary.memory.bytes / bytesPerMiB, kind: 'result' },
    { head: 'predicted', of: ({ predicted }) => predicted.summary.memory.bytes / bytesPerMiB, kind: 'result' },
    { head: 'dropped, measured', of: ({ measured }) => measured.summary.drops, kind: 'result' },
    { head: 'predicted', of: ({ predicted }) => predicted.summary.drops, kind: 'result' },
  ]);
}

export function lookupFields({ target }: BeforeData): Field[] {
  const number = { kind: 'number' } as const;
  return [
    {
      ...number,
      name: 'connections',
      label: 'Connections',
      unit: '',
      least: 1_000,
      most: 30_000,
      step: 1_000,
      start: target.workload.connections,
    },
    {
      ...number,
      name: 'channels',
      label: 'Channels, each client on one of them',
      unit: '',
      least: 1,
      most: 100,
      step: 1,
      start: 24,
    },
  ];
}

interface Timing {
  readonly lookup: string;
  readonly microsecondsPerBroadcast: number;
  readonly visits: number;
  readonly matches: number;
}

/** Broadcasts timed at most, and for how long at most: enough for a steady figure, not enough to be felt. */
const broadcastsMost = 400;
const timedMs = 60;
/** Room for the matches of one call. */
const matchesAtOnce = 512;

/** Times core's own scan and index here, in the reader's browser. */
function timed(lookup: string, subscriptions: Subscriptions, connections: number, channels: number): Timing {
  const names = Array.from({ length: channels }, (_unused, channel) => `token.${channel}`);
  for (let connection = 0; connection < connections; connection += 1) {
    subscriptions.addConnection(connection);
    subscriptions.subscribe(connection, names[connection % channels]);
  }
  const out = new Int32Array(matchesAtOnce);
  let matches = 0;
  const broadcast = (channel: string): void => {
    subscriptions.startMatch(channel);
    for (let found = subscriptions.nextMatches(out); found >= 0; found = subscriptions.nextMatches(out))
      matches += found;
  };
  for (const name of names) broadcast(name);
  matches = 0;
  const visitsBefore = subscriptions.visits;
  const startMs = performance.now();
  let broadcasts = 0;
  while (broadcasts < broadcastsMost && performance.now() - startMs < timedMs) {
    broadcast(names[broadcasts % channels]);
    broadcasts += 1;
  }
  const elapsedMs = performance.now() - startMs;
  return {
    lookup,
    microsecondsPerBroadcast: (elapsedMs * 1_000) / broadcasts,
    visits: (subscriptions.visits - visitsBefore) / broadcasts,
    matches: matches / broadcasts,
  };
}

export function lookupView(asked: FormValues, scenario: Scenario, profiles: readonly Profile[]): HTMLElement {
  const connections = Number(asked['connections']);
  const channels = Math.round(Number(asked['channels']));
  const scan = timed('scan over all connections', new LinearScan(connections), connections, channels);
  const index = timed('subscription index', new SubscriptionIndex(connections), connections, channels);
  const rows = [scan, index];
  const extra = Math.max(0, scan.microsecondsPerBroadcast - index.microsecondsPerBroadcast);
  const input = resolvedMachine(
    scenarioSchema.parse({ ...scenario, settings: { ...scenario.settings, WS_MAX_CONNECTIONS: connections } }),
    profiles,
  );
  const { ratePerSecond } = scenario.workload;
  const cores = closedForm(input, { connections }).resources[0].demand;
  const scanCores = (extra * ratePerSecond) / 1e6;
  const lead = finding`The scan visits ${digits(scan.visits)} connections for a message, the index ${digits(index.visits)}: ${digits(visitsRatio(connections, index.visits))} times fewer. Timed just now in this browser on core's own code, that is ${digits(scan.microsecondsPerBroadcast)} µs against ${digits(index.microsecondsPerBroadcast)} µs.`;
  lead.id = 'lookup';
  return together(
    lead,
    table(rows, [
      { head: '', of: ({ lookup }) => lookup, kind: 'given' },
      { head: 'connections visited', of: ({ visits }) => visits, kind: 'result' },
      { head: 'matched', of: ({ matches }) => matches, kind: 'result' },
      { head: 'µs for a broadcast, here', of: (row) => row.microsecondsPerBroadcast, kind: 'result' },
    ]),
    note`So at ${ratePerSecond} messages/s the scan would add ${digits(scanCores)} cores to the ${digits(cores)} that the load takes in all (profile ${input.profile.name}): fewer visits are not CPU saved in the same measure, because writing to sockets is where the time goes.`,
  );
}

/** Memory by the number of slots, for any number of connections. */
export function bufferFields({ target }: BeforeData): Field[] {
  const slots = Number(beforeOptimisationValues['WS_SEND_BUFFER_SLOTS']);
  const number = { kind: 'number' } as const;
  return [
    {
      ...number,
      name: 'slots',
      label: 'Slots of a send buffer',
      unit: 'messages',
      least: 16,
      most: 4_096,
      step: 16,
      start: slots,
    },
    {
      ...number,
      name: 'clients',
      label: 'Clients',
      unit: '',
      least: 1_000,
      most: 30_000,
      step: 1_000,
      start: target.workload.connections,
    },
  ];
}

export function bufferView(asked: FormValues, target: Scenario, profiles: readonly Profile[]): HTMLElement {
  const connections = Number(asked['clients']);
  const rows = profiles.map((profile) => {
    const input = resolvedMachine(
      scenarioSchema.parse({
        ...target,
        profile: profile.name,
        settings: { ...target.settings, WS_SEND_BUFFER_SLOTS: Math.round(Number(asked['slots'])) },
      }),
      profiles,
    );
    const form = closedForm(input, { connections });
    const memory = form.resources.find(({ resource }) => resource === 'memory');
    return { profile: profile.name, form, bytes: memory?.demand ?? 0, share: memory?.utilisation ?? 0 };
  });
  const lead = finding`${connections} clients with ${Math.round(Number(asked['slots']))} slots each take ${percent(rows[0].share)} of the memory limit as the document prices a slot (${rows[0].profile}).`;
  lead.id = 'buffer';
  return together(
    lead,
    table(rows, [
      { head: 'profile', of: ({ profile }) => profile, kind: 'given' },
      { head: 'memory, MiB', of: ({ bytes }) => bytes / bytesPerMiB, kind: 'result' },
      { head: 'of the limit', of: ({ share }) => percent(share), kind: 'result' },
    ]),
    note`This project's server keeps messages once and gives a buffer integers into them, growing it as it fills: an empty slot costs it nothing, so the number of slots decides what a slow client may miss, not what memory an idle one takes.`,
  );
}
