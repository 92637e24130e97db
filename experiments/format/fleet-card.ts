import { egressUsd, hoursPerMonth, type RunReport } from '#core';
import type { FleetReport, FleetServers } from '#sim';
import { amount, number } from './capacity-card.ts';

/** A fleet's answer as text: its servers by kind, the account over all of them, and what goes over the network. */
export function fleetCard(report: FleetReport, title: string): string {
  const { account, groups } = report;
  const monthSeconds = hoursPerMonth * 3_600;
  const egress = egressUsd((report.payloadBitsPerSecond / 8 / 1e9) * monthSeconds);
  const lines = [
    title,
    `${number(report.connections)} clients on ${report.servers} servers; one simulated client stands for ${report.scale}, one server of each kind for all of its kind`,
    '',
    ...groups.map(groupLine),
    '',
    `account       ${account.balanced ? 'balanced' : 'NOT BALANCED'}: ${number(account.owed)} deliveries owed`,
    ...(
      [
        ['received', account.received],
        ['missed', account.missed],
        ['dropped', account.dropped],
        ['refused', account.refused],
        ['not back yet', account.away],
        ['under way', account.underWay],
        ['lost with connection', account.lostWithConnection],
        ['never taken', account.neverTaken],
      ] as const
    ).map(([name, count]) => `  ${name.padEnd(22)}${number(count).padStart(22)}`),
    `moved         ${number(account.clientsMoved)} clients, ${number(account.clientsRecovered)} of them recovered all; ${number(account.recovered)} deliveries came from the history, ${number(account.interrupted)} were interrupted`,
    `NATS cluster  ${amount(report.natsPayloadBitsPerSecond, 'bit/s')} out, one copy of each message a server`,
    `network       ${amount(report.payloadBitsPerSecond, 'bit/s')} payload in all`,
    `first limit   ${report.firstLimit}; p99 ${number(report.latencyP99Ms)} ms at the most`,
    ...(report.usdPerMonth === null
      ? []
      : [
          `cost          $${number(Math.round(report.usdPerMonth))} a month for the machines; internet egress of this load, all month: $${number(Math.round(egress))}`,
        ]),
  ];
  return `${lines.join('\n')}\n`;
}

function groupLine({ role, count, connections, joined, report }: FleetServers): string {
  const { summary } = report;
  const kind = `${String(count).padStart(5)} ${role === 'lost' ? 'lost' : 'live'}`;
  const clients = `${number(connections)} clients${joined === 0 ? '' : ` + ${number(joined)}`}`;
  if (role === 'lost') return `${kind}  ${clients}`;
  return `${kind}  ${clients.padEnd(24)}${uses(summary)}, p99 ${number(summary.latencyMs.p99)} ms`;
}

const uses = ({ resources }: RunReport['summary']): string =>
  resources.map(({ resource, utilisation }) => `${resource} ${Math.round(utilisation * 100)} %`).join(', ');
