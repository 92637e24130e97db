import { firstLimit, type RunReport } from '#core';
import { busAccount, clientsText, deliveriesAccount, latencyText, messagesText } from './account-lines.ts';
import { costText, transferText } from './cost-text.ts';
import { noPaint, type Paint } from './paint.ts';
import { amount, number } from './quantities.ts';
import { capsText, resourceTable, shareText } from './resource-table.ts';
import { reportOrigin, scenarioTitle } from './scenario-title.ts';
import { labelled, wrapped } from './text-layout.ts';
import { verdictLines } from './verdict-lines.ts';

/**
 * The capacity card as text for a terminal of 80 columns: whether the load holds, what clients and messages were lost, each
 * resource against what may be used of it, and what it costs.
 */
export function capacityCard(report: RunReport, title?: string, paint: Paint = noPaint): string {
  const { summary } = report;
  const { first, second } = firstLimit(summary.resources);
  const cost = costText(summary);
  const transfer = transferText(report);
  const bus = busAccount(report);
  const lines = [
    ...verdictLines(summary.verdict, paint),
    ...wrapped(title ?? scenarioTitle(report.scenario)).map(paint.strong),
    reportOrigin(report),
    '',
    ...labelled('clients', clientsText(summary)),
    ...labelled('messages', messagesText(summary)),
    '',
    ...resourceTable(summary.resources, paint),
    '',
    `first limit   ${first.resource} at ${shareText(first)}${second === null ? '' : `, then ${second.resource} at ${shareText(second)}`}`,
    ...labelled('caps', capsText(summary.resources, paint)),
    ...labelled('latency', latencyText(summary)),
    ...labelled('network', networkText(summary)),
    `health        ${summary.health}`,
    ...labelled(
      'ledger',
      `${summary.ledger.balanced ? 'balanced' : paint.bad('NOT BALANCED')}: ${deliveriesAccount(summary)}`,
    ),
    ...(bus === null ? [] : labelled('bus', bus)),
    ...(cost === null ? [] : labelled('cost', cost)),
    ...(cost === null || summary.cost === null ? [] : labelled('prices', summary.cost.source)),
    ...(transfer === null ? [] : labelled('CPU costs', transfer)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Each figure by the place at which it was counted. */
function networkText({ network, sentPerSecond, writesPerSecond, receivedPerSecond }: RunReport['summary']): string {
  const written = `written to sockets ${amount(network.payloadBitsPerSecond, 'bit/s')} of payload (${number(Math.round(sentPerSecond))} messages/s in ${number(Math.round(writesPerSecond))} writes/s)`;
  return `${written}; on the wire ${amount(network.wireBitsPerSecond, 'bit/s')}; received ${number(Math.round(receivedPerSecond))} messages/s`;
}
