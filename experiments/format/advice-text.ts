import type { Advice, Alternative, Recommendation } from '../planner/advise.ts';
import { reasonText } from '../planner/objectives.ts';
import type { SustainedTest } from '../planner/sustained.ts';
import { number } from './quantities.ts';

const cheaperShown = 8;
const dearerShown = 4;

const dollars = (value: number): string =>
  `$${value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

/** The advice as a buyer reads it: what to take, how sure that is, what it was assumed for, and why nothing else. */
export function adviceText(advice: Advice): string {
  const { chosen, nextBest, likely, overBudget, hopeless } = advice;
  const lines = [...assumptions(advice), ''];
  if (hopeless.length > 0) {
    lines.push(
      'no machine holds this: even with few clients',
      ...hopeless.map((reason) => `  ${reasonText(reason)}`),
      '',
    );
  } else if (chosen !== null) lines.push(...recommended(`take ${nameOf(chosen)}`, chosen, advice), '');
  else if (overBudget !== null) {
    lines.push(
      `nothing within $${number(advice.need.budgetUsd)} a month surely holds this; the cheapest that does is ${dollars(overBudget.usdMissing)} above it`,
      ...(likely === null ? recommended(nameOf(overBudget), overBudget, advice) : [nameOf(overBudget)]),
      '',
    );
  } else lines.push(`nothing on the list surely holds this with up to ${advice.need.serversMost} servers`, '');
  if (likely !== null) {
    const [p99Low, p99High] = [p99Text(likely.verification.low), p99Text(likely.verification.high)];
    lines.push(
      `likely: ${nameOf(likely)}`,
      `              holds in the expected case, not in the worst case: p99 ${p99Low} in the best case, ${p99Text(likely.verification.middle)} expected, ${p99High} in the worst case; measure before you buy`,
      `              in the worst case: ${likely.verification.high.reasons.map(reasonText).join('; ')}`,
      ...details(likely, advice),
      '',
    );
  }
  if (nextBest !== null) lines.push(...recommended(`next best: ${nameOf(nextBest)}`, nextBest, advice), '');
  lines.push(...alternatives(advice));
  if (advice.budgetSpent) lines.push('the budget of simulations is spent: what comes later in price was not tried');
  return `${lines.join('\n')}\n`;
}

function assumptions({ need }: Advice): string[] {
  const { connections, ratePerSecond, messageBytes, p99Ms, budgetUsd, growth, spare, egress } = need;
  const asked = [
    `${number(connections)} clients x ${number(ratePerSecond)} messages/s of ${number(messageBytes)} B, p99 below ${number(p99Ms)} ms`,
    ...(budgetUsd === null ? [] : [`up to $${number(budgetUsd)} a month${egress === null ? ' for compute' : ''}`]),
    ...(growth === 0 ? [] : [`${number(growth * 100)} % growth`]),
    ...(spare === 0 ? [] : [`${spare} spare`]),
  ];
  return [
    asked.join(', '),
    `assumed       ${need.arrivals === 'poisson' ? 'messages at random moments (Poisson)' : 'messages at equal distances'}, clients ${number(need.roundTripMs)} ms away (round trip), profile ${need.profile}, prices of the ${need.prices === 'list' ? 'public lists' : 'source document'}${need.regions === null ? '' : `, ${need.regions.join(' and ')}`}${egress === null ? ', egress not ranked' : `, egress to ${egress === 'cdn' ? 'a CDN' : egress} ranked`}`,
  ];
}

function nameOf({ candidate, verification }: Recommendation): string {
  const { offer, servers, spare, connectionsPerServer, usd } = candidate;
  const all = servers + spare;
  const fleet =
    all === 1
      ? ''
      : `, ${number(connectionsPerServer)} clients each${spare === 0 ? '' : ` while ${spare} of them ${spare === 1 ? 'is' : 'are'} away`}, behind a balancer on one NATS cluster`;
  return `${all === 1 ? 'one' : all} ${offer.machine.name} (${offer.provider})${fleet}, WS_FLUSH_INTERVAL=${verification.flushIntervalMs}ms: ${dollars(usd)} a month`;
}

function recommended(first: string, one: Recommendation, advice: Advice): string[] {
  const { low, high } = one.verification;
  const range = low.summary === high.summary ? p99Text(high) : `${p99Text(low)} to ${p99Text(high)}`;
  return [
    first,
    `certainty     holds in the best and in the worst case: p99 ${range}, nobody refused, nothing lost, no queue grows`,
    ...details(one, advice),
  ];
}

function details(one: Recommendation, { need }: Advice): string[] {
  const { candidate, verification, egressUsdPerMonth, diskUsdPerMonth } = one;
  const { transfer, offer, rankedUsd } = candidate;
  const resources = (verification.middle.summary ?? verification.high.summary)?.resources ?? [];
  const use = (name: string): string => {
    const found = resources.find(({ resource }) => resource === name);
    if (found === undefined) return '';
    const percent = (value: number): string => String(Math.round((value / (found.usable ?? found.limit)) * 100));
    const { demandLow = found.demand, demandHigh = found.demand } = found;
    const [from, to] = [percent(demandLow), percent(demandHigh)];
    return `${name} ${from === to ? from : `${from} to ${to}`} %`;
  };
  return [
    `demand        ${['cpu', 'event-loop', 'network', 'memory']
      .map(use)
      .filter((text) => text !== '')
      .join(', ')} of what may be used`,
    `CPU scaling   costs x ${transfer.low.toFixed(2)} to ${transfer.high.toFixed(2)}: ${transfer.basis}`,
    `beside it     disk ${dollars(diskUsdPerMonth)}, ${need.egress ?? 'internet'} egress of this load all month $${number(Math.round(egressUsdPerMonth))}${need.egress === null ? '' : `; together ${dollars(rankedUsd)} of compute and egress`}`,
    `sources       ${offer.sources.join('; ')}`,
  ];
}

const p99Text = ({ summary }: SustainedTest): string =>
  summary?.latencyMs.p99 === undefined || summary.latencyMs.p99 === null
    ? 'not known'
    : `${number(Math.round(summary.latencyMs.p99))} ms`;

function alternatives({ alternatives: all }: Advice): string[] {
  const cheaper = all.filter(({ kind }) => kind !== 'dearer');
  const dearer = all.filter(({ kind }) => kind === 'dearer');
  const lines: string[] = [];
  if (cheaper.length > 0) {
    lines.push('does not hold, nearest first', ...cheaper.slice(0, cheaperShown).map(alternativeLine));
    if (cheaper.length > cheaperShown) lines.push(`  and ${cheaper.length - cheaperShown} more machines`);
  }
  if (dearer.length > 0) {
    lines.push('dearer', ...dearer.slice(0, dearerShown).map(alternativeLine));
    if (dearer.length > dearerShown) lines.push(`  and ${dearer.length - dearerShown} more machines`);
  }
  return lines;
}

function alternativeLine({ machine, servers, usd, reasons, share, basis, kind }: Alternative): string {
  const head = `  ${`${servers} x ${machine}`.padEnd(20)}${dollars(usd).padStart(11)}`;
  if (kind === 'dearer') return head;
  const fast = share !== null && share.low <= 1 && share.high > 1;
  const text = reasons.map(reasonText).join('; ') || 'does not hold with fewer clients either';
  return `${head}  ${basis === 'simulation' ? 'simulated: ' : ''}${text} in the worst case${fast ? '; fits in the best case' : ''}`;
}
