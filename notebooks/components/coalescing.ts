import { closedForm, type Profile, type Scenario, scenarioSchema } from '#core';
import { type Frontier, frontierFigure } from '#charts';
import type { CoalescingData, CoalescingLoad } from '../data/coalescing.ts';
import { digits, figure, finding, note, percent, table, together } from './elements.ts';
import type { ChoiceField, Field } from './form.ts';
import { resolvedMachine } from './the-machine.ts';

export const loadChoices = ({ loads }: CoalescingData): ChoiceField['choices'] =>
  loads.map(({ load }) => ({ value: load, label: `${load} messages/s` }));

export const loadNamed = ({ loads }: CoalescingData, name: string): CoalescingLoad =>
  loads.find(({ load }) => load === name) ?? loads[0];

/** Latency against CPU: the twin's way, and what was measured at the same load. */
export function frontierView(chosen: CoalescingLoad, { peers }: CoalescingData): HTMLElement {
  const { load, points, measured } = chosen;
  const frontier: Frontier = {
    load,
    predicted: points.map((point) => ({ ...point, name: `${point.intervalMs} ms` })),
    measured,
  };
  return together(
    figure(
      frontierFigure(frontier),
      together(
        table(
          points,
          [
            { head: 'flush interval, ms', of: ({ intervalMs }) => digits(intervalMs), kind: 'given' },
            { head: 'µs for a message', of: ({ microsecondsPerMessage }) => microsecondsPerMessage, kind: 'result' },
            { head: 'writes/s', of: ({ writesPerSecond }) => writesPerSecond, kind: 'result' },
            { head: 'p50, ms', of: ({ p50Ms }) => p50Ms, kind: 'result' },
            { head: 'p99, ms', of: ({ p99Ms }) => p99Ms, kind: 'result' },
          ],
          { caption: 'Predicted' },
        ),
        table(
          measured,
          [
            { head: 'server', of: ({ name }) => name, kind: 'given' },
            { head: 'µs for a message', of: ({ microsecondsPerMessage }) => microsecondsPerMessage, kind: 'result' },
            { head: 'p50, ms', of: ({ p50Ms }) => p50Ms, kind: 'result' },
            { head: 'p99, ms', of: ({ p99Ms }) => p99Ms, kind: 'result' },
          ],
          { caption: 'Measured' },
        ),
      ),
    ),
    peers === null
      ? note`Other servers have not been measured yet; their points appear here when they are on record.`
      : note`Servers measured side by side in one run, ${peers.date}, ${peers.measuredOn}: ${peers.method}. Clients and servers share that machine.`,
  );
}

/** Sentences that lead the page. */
export function coalescingFinding({ load, points, measured }: CoalescingLoad): HTMLElement {
  const [single] = points;
  const merged = points.reduce((least, one) =>
    one.microsecondsPerMessage < least.microsecondsPerMessage ? one : least,
  );
  const ours = measured.find(({ name }) => name === 'ours');
  const plain = measured.find(({ name }) => name === 'plain');
  return together(
    finding`At ${load} messages/s a message costs ${digits(single.microsecondsPerMessage)} µs when each is written by itself (p99 ${digits(single.p99Ms)} ms), and ${digits(merged.microsecondsPerMessage)} µs when writes merge for ${digits(merged.intervalMs)} ms (p99 ${digits(merged.p99Ms)} ms).`,
    ours === undefined || plain === undefined
      ? null
      : finding`Measured beside it, a plain loop over all clients takes ${digits(plain.microsecondsPerMessage)} µs a message, this project's server ${digits(ours.microsecondsPerMessage)}: ${digits(plain.microsecondsPerMessage / ours.microsecondsPerMessage)} times less CPU, for a p99 of ${digits(ours.p99Ms)} ms instead of ${digits(plain.p99Ms)}.`,
  );
}

/** What a reader may change in the closed form of merging. */
export function flushFields({ loads }: CoalescingData): Field[] {
  const number = { kind: 'number' } as const;
  const { workload } = loads[0].scenario;
  return [
    { ...number, name: 'flush', label: 'Flush interval', unit: 'ms', least: 0, most: 300, step: 1, start: 100 },
    {
      ...number,
      name: 'rate',
      label: 'Messages to each client',
      unit: 'per second',
      least: 1,
      most: 200,
      step: 1,
      start: workload.ratePerSecond,
    },
    {
      ...number,
      name: 'connections',
      label: 'Connections',
      unit: '',
      least: 100,
      most: 20_000,
      step: 100,
      start: workload.connections,
    },
  ];
}

/** The closed form of merging, for any load: messages in a write, writes saved, CPU. */
export function mergingView(
  base: Scenario,
  asked: Readonly<Record<string, unknown>>,
  profiles: readonly Profile[],
): HTMLElement {
  const at = (flushMs: number): ReturnType<typeof closedForm> =>
    closedForm(
      resolvedMachine(
        scenarioSchema.parse({
          ...base,
          settings: {
            ...base.settings,
            WS_FLUSH_INTERVAL: `${flushMs}ms`,
            WS_MAX_CONNECTIONS: Number(asked['connections']),
          },
          workload: {
            ...base.workload,
            connections: Number(asked['connections']),
            ratePerSecond: Number(asked['rate']),
          },
        }),
        profiles,
      ),
    );
  const merged = at(Number(asked['flush']));
  const single = at(0);
  const cores = ({ resources }: ReturnType<typeof closedForm>): number => resources[0].demand;
  const lead = finding`A write then carries ${digits(merged.deliveriesPerSecond / merged.writesPerSecond)} messages: ${digits(merged.writesPerSecond)} writes a second instead of ${digits(single.writesPerSecond)}, ${digits(cores(merged))} cores instead of ${digits(cores(single))}. That saves ${percent(1 - cores(merged) / cores(single))} of the CPU.`;
  lead.id = 'merging';
  return lead;
}
