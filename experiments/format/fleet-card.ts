import { egressTermsOf, egressUsdPerMonth, firstLimit, machines, type Scenario } from '#core';
import type { FleetReport, FleetServers } from '#sim';
import { milliseconds, reasonsText } from './account-lines.ts';
import { noPaint, type Paint } from './paint.ts';
import { amount, counted, number, usd } from './quantities.ts';
import { shareText } from './resource-table.ts';
import { aligned, labelled, wrapped } from './text-layout.ts';
import { furtherReasons, verdictText } from './verdict-lines.ts';

/** A fleet's answer as text: whether it holds, its servers by kind, the account over all of them, and what it costs. */
export function fleetCard(report: FleetReport, title: string, paint: Paint = noPaint): string {
  const { account, groups } = report;
  const lines = [
    ...fleetVerdict(report, paint),
    ...wrapped(title).map(paint.strong),
    ...wrapped(
      `${counted(report.connections, 'client')} on ${counted(report.servers, 'server')}; one simulated client stands for ${report.scale}, one server of each kind for all of its kind`,
    ),
    '',
    ...aligned([
      ['kind, servers', 'clients', 'open', 'first limit', 'p99'],
      ...groups.map((group, index) => groupRow(group, index + 1)),
    ]),
    ...groups.flatMap((group, index) => lossesOf(group, index + 1)),
    '',
    `account       ${account.balanced ? 'balanced' : paint.bad('NOT BALANCED')}: ${number(account.owed)} deliveries owed =`,
    ...aligned(accountRows(report)).map((line) => `  ${line}`),
    ...labelled(
      'moved',
      `${counted(account.clientsMoved, 'client')}, ${number(account.clientsRecovered)} of them recovered all; ${number(account.recovered)} deliveries came from the history, ${number(account.interrupted)} were interrupted`,
    ),
    ...labelled(
      'network',
      `written to sockets ${amount(report.payloadBitsPerSecond, 'bit/s')} of payload in all, on the wire ${amount(wireBitsPerSecond(report), 'bit/s')}; out of the NATS cluster ${amount(report.natsPayloadBitsPerSecond, 'bit/s')}, one copy of each message a server`,
    ),
    `latency       p99 ${milliseconds(report.latencyP99Ms)} on the slowest server`,
    ...costLines(report),
  ];
  return `${lines.join('\n')}\n`;
}

/** The fleet holds when each server that lives does; a server that died is no verdict on the others. */
function fleetVerdict({ groups }: FleetReport, paint: Paint): string[] {
  const failing = groups.filter(({ role, report }) => role !== 'lost' && report.summary.verdict?.holds === false);
  if (failing.length === 0) return [paint.good('holds')];
  const [{ report }] = failing;
  const { verdict } = report.summary;
  const serversOf = (some: readonly FleetServers[]): number => some.reduce((sum, { count }) => sum + count, 0);
  const where = `on ${number(serversOf(failing))} of ${counted(serversOf(groups.filter(({ role }) => role !== 'lost')), 'server')}`;
  return [
    ...wrapped(`${verdictText(verdict)}, ${where}`).map(paint.bad),
    ...furtherReasons(verdict).flatMap((text) => wrapped(`and ${text}`, 76).map((line) => `  ${line}`)),
  ];
}

function groupRow({ role, count, connections, joined, report: { summary } }: FleetServers, kind: number): string[] {
  const clients = `${number(connections)}${joined === 0 ? '' : ` + ${number(joined)}`}`;
  if (role === 'lost') return [`${kind}, ${count} lost`, clients, '-', '-', '-'];
  const { first } = firstLimit(summary.resources);
  return [
    `${kind}, ${count} live`,
    clients,
    number(summary.connections.open),
    `${first.resource} ${shareText(first)}`,
    milliseconds(summary.latencyMs.p99),
  ];
}

/** Why clients of a living server were turned away or thrown out. */
function lossesOf({ role, report }: FleetServers, kind: number): string[] {
  const { refusedByReason, closedByReason } = report.summary.connections;
  const texts = [
    ['refused', reasonsText(refusedByReason)],
    ['closed', reasonsText(closedByReason)],
  ].filter(([, text]) => text !== '');
  if (role === 'lost' || texts.length === 0) return [];
  return labelled('', `each of kind ${kind}: ${texts.map((pair) => pair.join(' by ')).join('; ')}`);
}

/** Terms of the account; what is zero is left out. */
const accountRows = ({ account }: FleetReport): string[][] =>
  (
    [
      ['received', account.received],
      ['missed', account.missed],
      ['dropped', account.dropped],
      ['refused', account.refused],
      ['not back yet', account.away],
      ['under way', account.underWay],
      ['lost with connections', account.lostWithConnection],
      ['never taken', account.neverTaken],
      ['after a client left', account.gone],
    ] as const
  )
    .filter(([name, count]) => name === 'received' || count !== 0)
    .map(([name, count]) => [name, number(count)]);

const living = ({ groups }: FleetReport): FleetServers[] => groups.filter(({ role }) => role !== 'lost');
const wireBitsPerSecond = (report: FleetReport): number =>
  living(report).reduce((sum, { count, report: { summary } }) => sum + count * summary.network.wireBitsPerSecond, 0);

function costLines(report: FleetReport): string[] {
  const { usdPerMonth, groups } = report;
  if (usdPerMonth === null) return [];
  const { machine, egress } = groups[0].report.scenario as Scenario;
  const priced = typeof machine === 'string' ? machines.find(({ name }) => name === machine) : undefined;
  const terms = egressTermsOf(priced ?? { name: '' }, egress);
  // The tiers of the price are of the fleet's whole traffic, not of a server's.
  const traffic = egressUsdPerMonth(wireBitsPerSecond(report) / 8, terms);
  return [
    ...labelled(
      'cost',
      `${usd(usdPerMonth)} machines + ${usd(traffic)} ${egress} egress of this load, all month = ${usd(usdPerMonth + traffic)} a month`,
    ),
    ...labelled('prices', terms.source),
  ];
}
