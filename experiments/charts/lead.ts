import { type Answer, firstLimit, type HeldRange, type RunReport } from '#core';
import { clientsText, latencyText, messagesText } from '../format/account-lines.ts';
import { costText, transferText } from '../format/cost-text.ts';
import { rounded } from '../format/quantities.ts';
import { shareText } from '../format/resource-table.ts';
import { furtherReasons, verdictText } from '../format/verdict-lines.ts';

/** What the page of a run begins with: the verdict, then the figures that decide. */
export function runLead(report: RunReport, answer: Answer | null): string[] {
  const { summary } = report;
  const { first, second } = firstLimit(summary.resources);
  const cost = costText(summary);
  const transfer = transferText(report);
  return [
    `${capital(verdictText(summary.verdict))}.`,
    ...furtherReasons(summary.verdict).map((reason) => `And ${reason}.`),
    `Clients: ${clientsText(summary)}.`,
    `Messages: ${messagesText(summary)}.`,
    `First limit: ${first.resource} at ${shareText(first)} of what may be used${second === null ? '' : `, then ${second.resource} at ${shareText(second)}`}.`,
    `Latency: ${latencyText(summary)}.`,
    ...(answer === null ? [] : [heldText(answer)]),
    ...(cost === null ? [] : [`Cost: ${cost}.`]),
    ...(transfer === null ? [] : [`CPU costs ${transfer}.`]),
  ];
}

/** What the machine holds by closed form, caps of the configuration aside, with the range of its costs. */
export const heldText = ({ connections, ratePerSecond }: Answer): string =>
  `By closed form, which knows no queue, the machine holds ${range(connections)} connections at this rate, or ${range(ratePerSecond)} messages/s with these connections.`;

const range = ({ byMachine, least, most }: HeldRange): string => {
  if (byMachine.load === Infinity) return 'any number of';
  const around = least === most ? '' : ` (${rounded(least)} to ${rounded(most)})`;
  return `${rounded(byMachine.load)}${around}`;
};

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
