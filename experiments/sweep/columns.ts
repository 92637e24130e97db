import { firstLimit, type ResourceUse, type Summary } from '#core';
import type { SweepRow } from './point.ts';

type Cell = string | number | boolean | null;

/** A figure of a point as a column of `points.csv`; the unit is in the name, shares are of the limit. */
export interface SweepColumn {
  readonly name: string;
  readonly of: (summary: Summary) => Cell;
}

const useOf = (summary: Summary, name: ResourceUse['resource']): number | null =>
  summary.resources.find(({ resource }) => resource === name)?.utilisation ?? null;
const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

export const sweepColumns: readonly SweepColumn[] = [
  { name: 'firstLimit', of: ({ resources }) => firstLimit(resources).first.resource },
  { name: 'firstLimitUtilisation', of: ({ resources }) => firstLimit(resources).first.utilisation },
  { name: 'secondLimit', of: ({ resources }) => firstLimit(resources).second?.resource ?? null },
  { name: 'secondLimitUtilisation', of: ({ resources }) => firstLimit(resources).second?.utilisation ?? null },
  { name: 'cpuCores', of: ({ cpu }) => cpu.cores },
  { name: 'cpuUtilisation', of: (summary) => useOf(summary, 'cpu') },
  { name: 'memoryBytes', of: ({ memory }) => memory.bytes },
  { name: 'memoryUtilisation', of: (summary) => useOf(summary, 'memory') },
  { name: 'networkPayloadBitsPerSecond', of: ({ network }) => network.payloadBitsPerSecond },
  { name: 'networkWireBitsPerSecond', of: ({ network }) => network.wireBitsPerSecond },
  { name: 'networkUtilisation', of: (summary) => useOf(summary, 'network') },
  { name: 'connectionsOpen', of: ({ connections }) => connections.open },
  { name: 'connectionsRefused', of: ({ connections }) => sumOf(connections.refusedByReason) },
  { name: 'connectionsClosed', of: ({ connections }) => sumOf(connections.closedByReason) },
  { name: 'sentPerSecond', of: ({ sentPerSecond }) => sentPerSecond },
  { name: 'receivedPerSecond', of: ({ receivedPerSecond }) => receivedPerSecond },
  { name: 'writesPerSecond', of: ({ writesPerSecond }) => writesPerSecond },
  { name: 'dropsMessages', of: ({ drops }) => drops },
  { name: 'naksMessages', of: ({ naks }) => naks },
  { name: 'latencyP50Ms', of: ({ latencyMs }) => latencyMs.p50 },
  { name: 'latencyP90Ms', of: ({ latencyMs }) => latencyMs.p90 },
  { name: 'latencyP99Ms', of: ({ latencyMs }) => latencyMs.p99 },
  { name: 'health', of: ({ health }) => health },
  { name: 'usdPerMonth', of: ({ usdPerMonth }) => usdPerMonth },
  { name: 'ledgerBalanced', of: ({ ledger }) => ledger.balanced },
];

/** All points as comma-separated values (RFC 4180, with line feeds): index, the varied fields, the figures. */
export function csvOf(rows: readonly SweepRow[]): string {
  const paths = Object.keys(rows[0]?.fields ?? {});
  const lines = [['index', ...paths, ...sweepColumns.map(({ name }) => name)].map(cell).join(',')];
  for (const { index, fields, summary } of rows) {
    const cells = [index, ...paths.map((path) => fields[path]), ...sweepColumns.map(({ of }) => of(summary))];
    lines.push(cells.map(cell).join(','));
  }
  return `${lines.join('\n')}\n`;
}

function cell(value: Cell): string {
  const text = value === null ? '' : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
