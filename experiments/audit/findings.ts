import type { AuditedClaim } from './audit.ts';
import { number } from '../format/quantities.ts';

/** What a buyer should know before the rest: one wrong or dangerous promise, the right number, and how to see it. */
export interface Finding {
  readonly title: string;
  readonly text: string;
  readonly commands: readonly string[];
}

/** Claims whose figures the findings quote. */
const quoted = [
  'cost-egress',
  'cost-instance',
  'msg25-per-conn',
  'upgrade-166',
  'e4-25k-100',
  'rate-rec-tcp',
  'rate-reason-burst',
  'cpu-rate-linearity',
  'cpu25-cores',
  'monthly-cost',
  'env-mem-86',
  'maxconn-memory',
  'price-ratio',
  'rate-covers-250',
  'rate-reason-loop',
  'js-ackwait-equals-maxage',
  'ramp8-cpu',
  'opt1-9-6',
] as const;
type Quoted = (typeof quoted)[number];

const target = 'experiments/scenarios/e2-standard-2-12k.yaml';

/** The ten findings, with figures from the audit itself. @param rows of an audit that holds all claims quoted here */
export function findings(rows: readonly AuditedClaim[]): Finding[] {
  const row = (id: Quoted): AuditedClaim => {
    const found = rows.find((one) => one.id === id);
    if (found === undefined) throw new Error(`the findings need the claim ${id}`);
    return found;
  };
  const value = (id: Quoted): number => Number(row(id).recomputed);
  const claimed = (id: Quoted): string => number(Number(row(id).claimed));
  const right = (id: Quoted): string => shown(Number(row(id).right?.value));
  const other = (id: Quoted, what: string): number => figureOf(row(id).otherwise, what, id);
  const run = (id: Quoted, what: string): number => figureOf(row(id).shownBy, what, id);
  const id = (claim: Quoted): string => `audit --id ${claim}`;
  return [
    {
      title: `Traffic costs about $${thousands(value('cost-egress'))} a month, not $${claimed('cost-egress')}`,
      text: `12,000 clients at 25 messages/s are 150 MB/s all month. At list prices for internet egress that is ${number(Math.round(value('cost-egress') / value('cost-instance')))} times the price of the machine; only traffic that stays inside the cloud escapes it.`,
      commands: [id('cost-egress'), `predict ${target}`],
    },
    {
      title: `Either every client gets 25 messages/s, or the index saves CPU; not both`,
      text: `The saving of 93 % rests on 500 subscribers a channel. Then each client gets ${shown(value('msg25-per-conn'))} of 25 messages/s. With full fan-out, by which network and CPU are counted, the index saves ${shown(run('msg25-per-conn', 'of the visits that the index saves'))} % of the visits.`,
      commands: [
        id('msg25-per-conn'),
        `predict ${target} --set workload.channels=120 --set workload.subscriptionsPerClient=5`,
      ],
    },
    {
      title: `The next machine carries ${shown(value('upgrade-166'))} messages/s to 12,000, not ${claimed('upgrade-166')}`,
      text: `Twice the network card, twice the rate. 25,000 clients at 100 messages/s, promised for it as well, need ${shown(value('e4-25k-100'))} Gbps of its 4; it can do ${right('e4-25k-100')}.`,
      commands: [id('upgrade-166'), id('e4-25k-100')],
    },
    {
      title: '35 messages/s leave no reserve on the network',
      text: `The 16 % that are left are what headers take: ${other('rate-rec-tcp', 'Gbps on the wire').toFixed(3)} of 2 Gbps on the wire, before TLS. A burst of 100 overflows empty send buffers after ${shown(value('rate-reason-burst'))} s, or ${shown(run('rate-reason-burst', 'until the first drop at 100 messages/s, with headers'))} s with headers.`,
      commands: [id('rate-rec-tcp'), id('rate-reason-burst'), `predict ${target} --set workload.ratePerSecond=35`],
    },
    {
      title: `100 messages/s take ${shown(value('cpu-rate-linearity'))} or ${claimed('cpu-rate-linearity')} cores: two laws that exclude each other`,
      text: `By ${claimed('cpu25-cores')} cores at 25 messages/s, 100 take ${shown(value('cpu-rate-linearity'))}, ${shown(other('cpu-rate-linearity', '% of the limit'))} % of the limit: beyond refusing clients and pausing the bus. By ${claimed('cpu-rate-linearity')} at 100, 25 take ${shown(value('cpu25-cores'))}. The figures at 25 and 35 are without the optimisations, that at 100 is with them.`,
      commands: [id('cpu-rate-linearity'), id('ramp8-cpu')],
    },
    {
      title: `Memory is at ${shown(value('env-mem-86'))} or ${shown(other('env-mem-86', '10^6'))} %, not ${claimed('env-mem-86')}`,
      text: `GiB and thousands of MB are divided by each other. In one unit ${shown(value('maxconn-memory'))} connections fit (or ${shown(other('maxconn-memory', '10^6'))}), not ${claimed('maxconn-memory')}. And the smaller buffers save ${shown(value('opt1-9-6'))} GB, not ${claimed('opt1-9-6')}: two pairs of figures per connection are in use.`,
      commands: [id('env-mem-86'), id('maxconn-memory'), id('opt1-9-6')],
    },
    {
      title: 'A message that is not answered is never delivered again',
      text: `Ack wait and age limit of the stream are both 30 s, so a message expires when it would come again: ${shown(run('js-ackwait-equals-maxage', 'ack wait = age limit'))} redeliveries, but ${shown(run('js-ackwait-equals-maxage', 'ack wait of 10 s'))} with an ack wait of ${right('js-ackwait-equals-maxage')} s.`,
      commands: [id('js-ackwait-equals-maxage')],
    },
    {
      title: 'The rate cap makes the loop of NAKs that it is to prevent',
      text: `Ten tokens offer ${shown(value('rate-covers-250'))} messages/s to a cap of 100: ${shown(other('rate-covers-250', 'share NAKed'))} % are handed back for as long as it lasts, ${shown(run('rate-reason-loop', 'NAKs per message'))} times a message, and expire.`,
      commands: [id('rate-covers-250'), id('rate-reason-loop')],
    },
    {
      title: 'The first gate of the ramp-up fails at 100 messages/s',
      text: `8,000 clients take ${shown(value('ramp8-cpu'))} % CPU by the document’s 1.23 cores at 100, and the gate asks for less than ${claimed('ramp8-cpu')}: it trips at ${number(Math.floor(other('ramp8-cpu', 'trips')))} clients. At 25 and 35 messages/s it passes, but then the later gates test nothing.`,
      commands: [
        id('ramp8-cpu'),
        `ramp ${target} --set workload.ratePerSecond=100 --set machine=loopback-2 --set settings.WS_CPU_LIMIT=1.9`,
      ],
    },
    {
      title: `The machine costs $${value('monthly-cost').toFixed(2)} a month on the public list, not $${claimed('monthly-cost')}`,
      text: `The document has about half of it, and prices the larger machines at ${shown(other('price-ratio', '4 against 2'))} and ${shown(other('price-ratio', '8 against 2'))} times the small one for ${shown(value('price-ratio'))} and 4 times the size. With consistent prices a thousand connections cost about the same on each, so the case for staying small falls away, and with it the $2.00.`,
      commands: [id('monthly-cost'), id('price-ratio')],
    },
  ];
}

function figureOf(
  figures: readonly { readonly what: string; readonly value: number | string }[],
  what: string,
  id: string,
): number {
  const found = figures.find((figure) => figure.what.includes(what));
  if (found === undefined) throw new Error(`the findings need "${what}" of the claim ${id}`);
  return Number(found.value);
}

/** Three or four digits that matter; whole numbers as they are. */
function shown(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 100) return number(Math.round(value));
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

const thousands = (value: number): string => number(Math.round(value / 100) * 100);

export const claimsInFindings: readonly string[] = quoted;
