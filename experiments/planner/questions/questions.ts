/** A question of somebody who buys machines, how it is asked, and the same by hand. */
export interface Question {
  readonly question: string;
  /** After `npm run -s fanout --`; `--json` is added. */
  readonly command: string;
  /** Where the answer stands in the command's JSON: a path, with `[resource=cpu]` for an element of a list. */
  readonly answer: string;
  readonly unit: string;
  /** The hand calculation as one would write it down, and what it gives. */
  readonly arithmetic: string;
  readonly byHand: () => number;
  /** Largest distance from the hand calculation, in percent of it; 0 is equal to the digit. */
  readonly tolerancePercent: number;
  /** Cheap enough for every test run. */
  readonly isFast?: true;
}

const node = 'experiments/scenarios/e2-standard-2-12k-node.yaml';
const document = 'experiments/scenarios/e2-standard-2-12k.yaml';
const short = '--scale auto --set workload.durationSeconds=20';
/** Far enough below the CPU's threshold that the flush interval does not stretch. */
const half = `${short} --set workload.connections=6000`;
const demand = (resource: string): string => `summary.resources[resource=${resource}].demand`;
const limit = (resource: string): string => `summary.resources[resource=${resource}].limit`;

const hoursPerMonth = 730;
const secondsPerMonth = hoursPerMonth * 3_600;
/** 20 IP, 32 TCP and 38 Ethernet with preamble and gap; 4 B are a WebSocket frame's header from 126 B on. */
const packet = 90;
const frame = 4;
const segment = 1_448;

/** Wire bytes a second of clients whose writes each carry `messages` of `bytes`. */
function wire(clients: number, rate: number, bytes: number, messages: number): number {
  const stream = messages * (bytes + frame);
  return clients * (rate / messages) * (stream + Math.ceil(stream / segment) * packet);
}

/** 100 ms and the timer's millisecond: at 25 messages/s a write takes floor(25 x 0.101) + 1 = 3 of them. */
const perWrite = (rate: number, intervalMs: number): number => Math.floor((rate * (intervalMs + 1)) / 1_000) + 1;

const gcpEgress = (bytesPerSecond: number): number => {
  const gigabytes = (bytesPerSecond * secondsPerMonth) / 1e9;
  return 1_000 * 0.12 + 9_000 * 0.11 + (gigabytes - 10_000) * 0.08;
};

export const questions: readonly Question[] = [
  {
    question: 'What does an e2-standard-2 cost a month?',
    command: `predict ${node} ${short}`,
    answer: 'summary.usdPerMonth',
    unit: 'USD',
    arithmetic: '$0.06701 an hour x 730 h',
    byHand: () => 0.06701 * hoursPerMonth,
    tolerancePercent: 0.01,
    isFast: true,
  },
  {
    question: 'What does a t2d-standard-4 cost a month?',
    command: `predict ${node} ${short} --set machine=t2d-standard-4`,
    answer: 'summary.usdPerMonth',
    unit: 'USD',
    arithmetic: '$0.169 an hour x 730 h',
    byHand: () => 0.169 * hoursPerMonth,
    tolerancePercent: 0.01,
  },
  {
    question: 'How many bits a second do 6,000 clients at 25 messages/s put on the wire?',
    command: `predict ${node} ${half}`,
    answer: demand('network'),
    unit: 'bit/s',
    arithmetic: '6,000 x 25/3 writes/s x (3 x 504 + 2 x 90) B x 8',
    byHand: () => wire(6_000, 25, 500, 3) * 8,
    tolerancePercent: 1,
    isFast: true,
  },
  {
    question: 'And when every message is written by itself?',
    command: `predict ${node} ${short} --set settings.WS_FLUSH_INTERVAL=0s --set workload.connections=2000`,
    answer: demand('network'),
    unit: 'bit/s',
    arithmetic: '2,000 x 25 writes/s x (504 + 90) B x 8',
    byHand: () => wire(2_000, 25, 500, 1) * 8,
    tolerancePercent: 1,
  },
  {
    question: 'And with messages of 8 KB?',
    command: `predict ${node} ${short} --set workload.messageBytes=8000 --set workload.connections=1000 --set workload.ratePerSecond=5`,
    answer: demand('network'),
    unit: 'bit/s',
    arithmetic: '1,000 x 5 writes/s x (8,004 + 6 x 90) B x 8',
    byHand: () => wire(1_000, 5, 8_000, 1) * 8,
    tolerancePercent: 1,
  },
  {
    question: 'What is the bill for egress to the internet, 6,000 clients at 25 messages/s all month?',
    command: `predict ${node} ${half}`,
    answer: 'summary.cost.egressUsdPerMonth',
    unit: 'USD',
    arithmetic: 'wire bytes x 2,628,000 s; 1 TB at $0.12, 9 TB at $0.11, the rest at $0.08 a GB',
    byHand: () => gcpEgress(wire(6_000, 25, 500, 3)),
    tolerancePercent: 1,
  },
  {
    question: 'And between zones of a region?',
    command: `predict ${node} ${half} --set egress=internal`,
    answer: 'summary.cost.egressUsdPerMonth',
    unit: 'USD',
    arithmetic: 'wire bytes x 2,628,000 s x $0.01 a GB',
    byHand: () => ((wire(6_000, 25, 500, 3) * secondsPerMonth) / 1e9) * 0.01,
    tolerancePercent: 1,
  },
  {
    question: 'How many cores may an e2-standard-2 give the server?',
    command: `predict ${node} ${short}`,
    answer: limit('cpu'),
    unit: 'cores',
    arithmetic: '2 vCPU x 95 %',
    byHand: () => 2 * 0.95,
    tolerancePercent: 0,
  },
  {
    question: 'How much memory is left for the server on an e2-standard-4?',
    command: `predict ${node} ${short} --set machine=e2-standard-4`,
    answer: limit('memory'),
    unit: 'bytes',
    arithmetic: '16 GiB x 7/8',
    byHand: () => 16 * 2 ** 30 * (7 / 8),
    tolerancePercent: 0,
  },
  {
    question: 'How many deliveries a second do 12,000 clients at 25 messages/s ask for?',
    command: `predict ${document} ${short} --set settings.WS_FLUSH_INTERVAL=0s`,
    answer: 'summary.sentPerSecond',
    unit: 'messages/s',
    arithmetic: '12,000 x 25',
    byHand: () => 12_000 * 25,
    tolerancePercent: 1,
  },
  {
    question: 'How many, when each client takes 2 of 10 channels?',
    command: `predict ${node} ${short} --set workload.channels=10 --set workload.subscriptionsPerClient=2 --set workload.connections=2000`,
    answer: 'summary.sentPerSecond',
    unit: 'messages/s',
    arithmetic: '2,000 x 25 x 2/10',
    byHand: () => (2_000 * 25 * 2) / 10,
    tolerancePercent: 2,
  },
  {
    question: 'How many writes a second, when writes are merged over 100 ms?',
    command: `predict ${node} ${short} --set workload.connections=2000`,
    answer: 'summary.writesPerSecond',
    unit: 'writes/s',
    arithmetic: '2,000 x 25/3: a write takes the messages of 101 ms, and the first',
    byHand: () => (2_000 * 25) / perWrite(25, 100),
    tolerancePercent: 2,
  },
  {
    question: 'How late is the slowest 1 % at 1 message/s, with clients 200 ms away?',
    command: `predict ${node} ${short} --set workload.connections=50 --set workload.ratePerSecond=1 --set workload.client.roundTripMs=200`,
    answer: 'summary.latencyMs.p99',
    unit: 'ms',
    arithmetic: 'half of the round trip, 100 ms: nothing waits at this load',
    byHand: () => 100,
    tolerancePercent: 5,
    isFast: true,
  },
  {
    question: 'How many clients may connect, as the scenario is set?',
    command: `predict ${node} ${short}`,
    answer: limit('connections'),
    unit: 'clients',
    arithmetic: 'WS_MAX_CONNECTIONS of the source document',
    byHand: () => 12_000,
    tolerancePercent: 0,
  },
  {
    question: 'How many clients does a server with room for 5,000 hold at 1 message/s?',
    command: `capacity ${node} --find connections --set settings.WS_MAX_CONNECTIONS=5000 --set workload.ratePerSecond=1`,
    answer: 'load',
    unit: 'clients',
    arithmetic: 'the cap: CPU and card are far from full',
    byHand: () => 5_000,
    tolerancePercent: 0,
  },
  {
    question: 'What rate does a server take that caps it at 100 messages/s, for 10 clients?',
    command: `capacity ${node} --find rate --set workload.connections=10 --set machine=t2d-standard-4`,
    answer: 'load',
    unit: 'messages/s',
    arithmetic: 'WS_MAX_NATS_RATE; more would expire in the stream',
    byHand: () => 100,
    tolerancePercent: 2,
  },
  {
    question: 'How many clients fit the card of an e2-standard-2 at 25 messages/s, by closed form?',
    command: `capacity ${document} --find connections --set settings.WS_FLUSH_INTERVAL=0s --set settings.WS_MAX_CONNECTIONS=5000 --set workload.ratePerSecond=25 --set machine.networkBitsPerSecond=500000000`,
    answer: 'closedForm.byMachine.load',
    unit: 'clients',
    arithmetic: '0.5 Gbit/s / (25 x (504 + 90) B x 8)',
    byHand: () => 5e8 / (25 * (504 + packet) * 8),
    tolerancePercent: 1,
  },
  {
    question: 'What does the cheapest machine for 1,000 clients cost with three spare ones beside it?',
    command: 'advise --connections 1000 --rate 1 --spare 3 --regions us-central1',
    answer: 'chosen.candidate.usd',
    unit: 'USD',
    arithmetic: '(1 + 3) x $0.06701 x 730 h: the cheapest machine holds 1,000 clients',
    byHand: () => 4 * 0.06701 * hoursPerMonth,
    tolerancePercent: 0.01,
  },
  {
    question: 'How many clients does each server get with 20 % growth?',
    command: 'advise --connections 1000 --rate 1 --growth 20%',
    answer: 'chosen.candidate.connectionsPerServer',
    unit: 'clients',
    arithmetic: '1,000 x 1.2 on one server',
    byHand: () => 1_200,
    tolerancePercent: 0,
  },
  {
    question: 'Which AWS machine is the cheapest for 1,000 clients?',
    command: 'advise --connections 1000 --rate 1 --regions us-east-1',
    answer: 'chosen.candidate.usd',
    unit: 'USD',
    arithmetic: 'c7i.large: $0.08925 x 730 h',
    byHand: () => 0.08925 * hoursPerMonth,
    tolerancePercent: 0.01,
  },
  {
    question: 'How much is missing when $40 a month are there for 1,000 clients?',
    command: 'advise --connections 1000 --rate 1 --budget 40',
    answer: 'overBudget.usdMissing',
    unit: 'USD',
    arithmetic: '$0.06701 x 730 h - $40',
    byHand: () => 0.06701 * hoursPerMonth - 40,
    tolerancePercent: 0.1,
  },
  {
    question: 'What round trip is assumed when nobody says one?',
    command: 'advise --connections 1000 --rate 1',
    answer: 'need.roundTripMs',
    unit: 'ms',
    arithmetic: 'stated in the answer',
    byHand: () => 40,
    tolerancePercent: 0,
  },
  {
    question: 'Who is refused when 13,000 ask a server for 12,000?',
    command: `predict ${node} ${short} --set workload.connections=13000 --set workload.ratePerSecond=1`,
    answer: 'summary.connections.refusedByReason.connections',
    unit: 'clients',
    arithmetic: '13,000 - 12,000',
    byHand: () => 1_000,
    tolerancePercent: 2,
  },
  {
    question: 'How many times too small is a card of 2 Gbit/s for 4,000 clients at 166 messages/s of 500 B, unmerged?',
    command: `predict ${document} ${short} --set settings.WS_FLUSH_INTERVAL=0s --set workload.connections=4000 --set workload.ratePerSecond=166`,
    answer: 'summary.resources[resource=network].utilisation',
    unit: 'of the card',
    arithmetic: '4,000 x 166 x (504 + 90) B x 8 / 2e9',
    byHand: () => (wire(4_000, 166, 500, 1) * 8) / 2e9,
    tolerancePercent: 1,
  },
  {
    question: 'How many messages does a client miss in an outage of the bus of 10 s that the stream outlives?',
    command: `predict ${node} --scale auto --set workload.connections=500 --set workload.durationSeconds=40 --set 'faults=[{kind: bus-outage, atSeconds: 10, durationSeconds: 10}]'`,
    answer: 'summary.ledger.busExpired',
    unit: 'messages',
    arithmetic: '0: the stream keeps 30 s',
    byHand: () => 0,
    tolerancePercent: 0,
  },
];
