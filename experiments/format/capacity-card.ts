import { bytesPerMiB, firstLimit, type RunReport, type ResourceUse } from '#core';

/** The capacity card as text for a terminal: each resource against its limit, what breaks first, and what it costs. */
export function capacityCard(report: RunReport, title: string): string {
  const { summary } = report;
  const { first, second } = firstLimit(summary.resources);
  const { connections, latencyMs, ledger } = summary;
  const refused = sum(connections.refusedByReason);
  const lines = [
    title,
    `${report.provenance.kind}${report.profile === null ? '' : ` by profile ${report.profile}`}, seed ${report.seed}, window ${number(summary.windowSeconds)} s`,
    '',
    row('resource', 'used', 'demand', 'limit', 'demand/limit'),
    ...summary.resources.map((use) =>
      row(
        use.resource,
        amount(use.used, use.unit),
        amount(use.demand, use.unit),
        amount(use.limit, use.unit),
        percent(use),
      ),
    ),
    '',
    `first limit   ${first.resource} at ${percent(first)}${second === null ? '' : `, then ${second.resource} at ${percent(second)}`}`,
    `connections   ${number(connections.open)} open of ${number(connections.asked)} asked, ${number(refused)} refused`,
    `messages      ${number(summary.sentPerSecond)}/s sent in ${number(summary.writesPerSecond)} writes/s, ${number(summary.drops)} dropped, ${number(summary.naks)} NAKed`,
    `latency       p50 ${number(latencyMs.p50)} ms, p90 ${number(latencyMs.p90)} ms, p99 ${number(latencyMs.p99)} ms, max ${number(latencyMs.max)} ms`,
    `network       ${amount(summary.network.payloadBitsPerSecond, 'bit/s')} payload, ${amount(summary.network.wireBitsPerSecond, 'bit/s')} on the wire`,
    `health        ${summary.health}`,
    `ledger        ${ledger.balanced ? 'balanced' : 'NOT BALANCED'}: ${number(ledger.offered)} offered, ${number(ledger.received)} received, ${number(sum(ledger.droppedByReason))} dropped`,
  ];
  if (summary.usdPerMonth !== null) {
    lines.push(
      `cost          $${summary.usdPerMonth.toFixed(2)} a month for the machine; internet egress of this load, all month: $${number(Math.round(summary.cost?.egressUsdPerMonth ?? 0))}`,
    );
  }
  if (summary.usdPerMonth === null && summary.network.limitBitsPerSecond !== null) {
    lines.push('cost          unknown: the machine has no price (machine.usdPerHour)');
  }
  return `${lines.join('\n')}\n`;
}

/** A number with thousands separators and at most two digits after the point; a dash where there is no value. */
export const number = (value: number | null): string =>
  value === null ? '-' : value.toLocaleString('en-US', { maximumFractionDigits: 2 });

/** A quantity in the unit a person reads. */
export function amount(value: number, unit: string, digits: (value: number) => string = number): string {
  if (unit === 'bytes') return `${digits(value / bytesPerMiB)} MiB`;
  if (unit === 'bit/s') return value >= 1e9 ? `${digits(value / 1e9)} Gbit/s` : `${digits(value / 1e6)} Mbit/s`;
  return `${digits(value)} ${unit}`;
}

const percent = ({ utilisation }: ResourceUse): string => `${(utilisation * 100).toFixed(1)} %`;
const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);
const row = (name: string, ...cells: string[]): string =>
  name.padEnd(13) +
  cells
    .map((cell) => cell.padStart(20))
    .join('')
    .trimEnd();
