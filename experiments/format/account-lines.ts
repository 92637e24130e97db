import { clientsLost, messagesLost, type RunReport, type Summary } from '#core';
import { number } from './quantities.ts';

/** `slow-client 12,000, idle 3`: reasons that happened. */
export const reasonsText = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${reason} ${number(count)}`)
    .join(', ');

const inBrackets = (text: string): string => (text === '' ? '' : ` (${text})`);

/** How many clients were asked for and what became of them. */
export function clientsText(summary: Summary): string {
  const { asked, open, refusedByReason, closedByReason } = summary.connections;
  const { refused, closedByServer } = clientsLost(summary);
  const closed = inBrackets(reasonsText(closedByReason));
  return `${number(asked)} asked, ${number(open)} open at the end of the window, ${number(refused)} refused${inBrackets(reasonsText(refusedByReason))}, ${number(closedByServer)} disconnected by the server${closed}`;
}

/** What was published and delivered, and each loss by its name. */
export function messagesText(summary: Summary): string {
  const { dropped, expired, lostWithConnections } = messagesLost(summary);
  const losses = [
    ...(dropped > 0 ? [`${number(dropped)} dropped (${reasonsText(summary.ledger.droppedByReason)})`] : []),
    ...(expired > 0 ? [`${number(expired)} expired in the stream, each owed to all its subscribers`] : []),
    ...(lostWithConnections > 0 ? [`${number(lostWithConnections)} lost with connections`] : []),
  ];
  const naks = summary.naks === 0 ? '' : `, ${number(summary.naks)} handed back to the bus`;
  return `${number(Math.round(summary.publishedPerSecond))}/s published, ${number(Math.round(summary.receivedPerSecond))}/s delivered to clients${naks}; lost: ${losses.join(', ') || 'none'}`;
}

/** A latency, rounded as a person reads it; the exact one is in --json. */
export const milliseconds = (value: number | null): string =>
  value === null ? '-' : `${value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 1 : 0 })} ms`;

/** Percentiles, or that there are none. */
export function latencyText({ latencyMs }: Summary): string {
  if (latencyMs.count === 0 || latencyMs.p99 === null) return 'no value: no message was received';
  const { p50, p90, p99, max } = latencyMs;
  return `p50 ${milliseconds(p50)}, p90 ${milliseconds(p90)}, p99 ${milliseconds(p99)}, max ${milliseconds(max)}`;
}

/** A sum that is right as printed: what is zero is left out on both sides. */
function sumText(given: readonly Term[], found: readonly Term[]): string {
  const side = (terms: readonly Term[]): string => {
    const some = terms.filter(([, count], index) => index === 0 || count > 0);
    return some.map(([name, count]) => `${number(count)} ${name}`).join(' + ');
  };
  return `${side(given)} = ${side(found)}`;
}
type Term = readonly [name: string, count: number];

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Where each delivery went: both sides of the account's two laws, added. */
export function deliveriesAccount({ ledger }: Summary): string {
  const { offered, replayed, received, droppedByReason, queued, inTransit, lostWithConnection, unknown } = ledger;
  return sumText(
    [
      ['offered', offered],
      ['replayed', replayed],
    ],
    [
      ['received', received],
      ['dropped', total(droppedByReason)],
      ['queued', queued],
      ['in transit', inTransit],
      ['lost with connections', lostWithConnection],
      ['unknown', unknown],
    ],
  );
}

/** Where each message of the bus went; null where what was published is not known to the last one. */
export function busAccount({ summary: { ledger }, intervals }: RunReport): string | null {
  const published = intervals.reduce((sum, interval) => sum + interval.published, 0);
  const { busAcknowledged, busWaiting, busExpired } = ledger;
  if (published !== busAcknowledged + busWaiting + busExpired) return null;
  return sumText(
    [['published', published]],
    [
      ['taken by the server', busAcknowledged],
      ['waiting', busWaiting],
      ['expired', busExpired],
    ],
  );
}
