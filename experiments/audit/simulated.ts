import { LinearScan, secondsToNs, SubscriptionIndex, visitsPerSecond } from '#core';
import {
  deliveredPercent,
  type Evidence,
  type Figure,
  health,
  lost,
  memoryMb,
  perClient,
  publishedOf,
  sendsPerMessage,
  sumOf,
  utilisation,
} from './evidence.ts';
import { settings } from './inputs.ts';
import {
  broadcasts,
  burst,
  clientCount,
  firstDropSeconds,
  payloadAlone,
  redeliveriesUnanswered,
  visitsOf,
  visitsSavedPercent,
} from './mechanisms.ts';

const target = 'e2-standard-2-12k';
/** A steady load shows in 20 s what it shows in an hour. */
const short = ['workload.durationSeconds=20'];

interface Question {
  readonly what: string;
  readonly unit: string;
  readonly set: readonly string[];
  readonly figure: Figure;
  readonly file?: string;
  readonly scale?: number;
}

/** What the twin says of a scenario with some fields changed. */
function predicted({ what, unit, set, figure, file = target, scale }: Question): Evidence {
  const overrides = set.some((one) => one.startsWith('workload.durationSeconds=')) ? set : [...set, ...short];
  return {
    kind: 'simulation',
    what,
    unit,
    command: `predict experiments/scenarios/${file}.yaml ${overrides.map((one) => `--set ${quoted(one)}`).join(' ')}`,
    of: (lab) => figure(lab.simulated(file, overrides, { scale })),
  };
}

const quoted = (text: string): string => (/[\s{}[\]]/.test(text) ? `'${text}'` : text);

/** What core's own classes do, without a machine around them. */
const computed = (what: string, unit: string, of: () => number): Evidence => ({
  kind: 'simulation',
  what,
  unit,
  command: '',
  of,
});

const rate = (perSecond: number): string => `workload.ratePerSecond=${perSecond}`;
const clients = (count: number): string[] => [
  `workload.connections=${count}`,
  `settings.WS_MAX_CONNECTIONS=${count}`,
  `settings.WS_MAX_GOROUTINES=${3 * count}`,
];
/** CPU alone: no network card, memory enough. */
const cpuOnly = ['machine=loopback-2', 'settings.WS_CPU_LIMIT=1.9', 'settings.WS_MEMORY_LIMIT=17179869184'];
/** As the original writes: every message by itself, also when many wait. */
const oneMessagePerWrite = 'settings.WS_WRITE_BYTES=500';
const keepSlowClients = 'settings.WS_SLOW_CLIENT_POLICY=drop-oldest';
const uncapped = ['settings.WS_MAX_NATS_RATE=1000', 'settings.WS_MAX_BROADCAST_RATE=1000'];

/** The index's own case: 500 subscribers per channel; a window of whole rounds over the 120 channels. */
const subscriptions = [
  rate(25),
  'workload.channels=120',
  'workload.subscriptionsPerClient=5',
  'workload.durationSeconds=29',
];

/** 250 messages/s against a cap of 100, as the document's ten tokens would make them (R37). */
const nakLoop = [
  'profile=node-measured',
  'settings.JS_RATE_EXCEEDED=nak',
  'workload.connections=100',
  rate(250),
  'workload.durationSeconds=300',
];

export const simulated = {
  cpuPercentAt25: predicted({ what: 'CPU of the limit', unit: '%', set: [rate(25)], figure: utilisation('cpu') }),
  cpuPercentAt35: predicted({ what: 'CPU of the limit', unit: '%', set: [rate(35)], figure: utilisation('cpu') }),
  cpuPercentAtCap: predicted({
    what: 'CPU of the limit, if no network card were in the way',
    unit: '%',
    set: [rate(100), ...cpuOnly],
    figure: utilisation('cpu'),
  }),
  coresAtCap: predicted({
    what: 'CPU, if no network card were in the way',
    unit: 'cores',
    set: [rate(100), ...cpuOnly],
    figure: ({ summary }) => summary.cpu.cores,
  }),
  sentPerSecondAt25: predicted({
    what: 'messages sent',
    unit: '1/s',
    set: [rate(25)],
    figure: ({ summary }) => summary.sentPerSecond,
  }),
  networkPercentAt25: predicted({
    what: 'payload of the network card',
    unit: '%',
    set: [rate(25)],
    figure: utilisation('network'),
  }),
  networkWirePercentAt35: predicted({
    what: 'of the network card with headers',
    unit: '%',
    set: [rate(35)],
    figure: ({ summary: { network } }) => (network.wireBitsPerSecond / Number(network.limitBitsPerSecond)) * 100,
  }),
  deliveredShareAtCap: predicted({
    what: 'of 100 messages/s that reach a client',
    unit: '%',
    set: [rate(100), keepSlowClients, oneMessagePerWrite, 'workload.durationSeconds=30', 'workload.warmUpSeconds=15'],
    figure: deliveredPercent,
  }),
  network4PercentAt100: predicted({
    what: 'asked of 4 Gbps by 12,000 x 100 messages/s',
    unit: '%',
    set: ['machine=e2-standard-4', rate(100), keepSlowClients],
    figure: utilisation('network'),
  }),
  network4PercentAt166: predicted({
    what: 'asked of 4 Gbps by 12,000 x 166 messages/s',
    unit: '%',
    set: ['machine=e2-standard-4', rate(166), keepSlowClients, ...uncapped],
    figure: utilisation('network'),
  }),
  network4PercentAt25k: predicted({
    what: 'asked of 4 Gbps by 25,000 x 100 messages/s',
    unit: '%',
    set: ['machine=e2-standard-4', rate(100), keepSlowClients, ...clients(25_000)],
    figure: utilisation('network'),
  }),
  network8PercentAt40k: predicted({
    what: 'asked of 8 Gbps by 40,000 x 200 messages/s',
    unit: '%',
    set: ['machine=e2-standard-8', rate(200), keepSlowClients, ...uncapped, ...clients(40_000)],
    figure: utilisation('network'),
  }),
  memoryPercent: predicted({
    what: 'memory of the limit, MB = MiB',
    unit: '%',
    set: [rate(25)],
    figure: utilisation('memory'),
  }),
  memoryMbPerConnection: predicted({
    what: 'memory per connection by the document’s own law, index included',
    unit: 'MiB',
    set: [rate(25)],
    figure: memoryMb,
  }),
  healthAtTarget: predicted({ what: 'health at 12,000 of 12,000', unit: '', set: [rate(25)], figure: health }),
  healthAt35: predicted({
    what: 'health at 35 messages/s, with connections to spare',
    unit: '',
    set: [rate(35), 'settings.WS_MAX_CONNECTIONS=20000'],
    figure: health,
  }),
  healthInGap: predicted({
    what: 'health at 72 % CPU, for which the document has no level',
    unit: '',
    set: [rate(100), ...cpuOnly, ...clients(20_000), 'workload.connections=13350'],
    figure: health,
  }),
  perClientWithSubscriptions: predicted({
    what: 'messages per client, 120 channels of 500 subscribers, 25 messages/s',
    unit: '1/s',
    set: subscriptions,
    figure: perClient,
  }),
  sendsPerMessage: predicted({
    what: 'sends per message, 120 channels, 5 a client',
    unit: '',
    set: subscriptions,
    figure: sendsPerMessage,
  }),
  deliveredPerClientAtAverage: predicted({
    what: 'messages per client',
    unit: '1/s',
    set: [rate(5)],
    figure: perClient,
  }),
  deliveredPerClientAtPeak: predicted({
    what: 'messages per client',
    unit: '1/s',
    set: [rate(19.7)],
    figure: perClient,
  }),
  gateCpuAt100: predicted({
    what: 'CPU of the limit at 8,000 and 100 messages/s, if no network card were in the way',
    unit: '%',
    set: [rate(100), ...cpuOnly, 'workload.connections=8000'],
    figure: utilisation('cpu'),
  }),
  gateCpuAt25: predicted({
    what: 'CPU of the limit at 8,000 and 25 messages/s',
    unit: '%',
    set: [rate(25), 'workload.connections=8000'],
    figure: utilisation('cpu'),
  }),
  gateCpuAt35: predicted({
    what: 'CPU of the limit at 8,000 and 35 messages/s',
    unit: '%',
    set: [rate(35), 'workload.connections=8000'],
    figure: utilisation('cpu'),
  }),
  gateMemory: predicted({
    what: 'memory of the limit at 8,000, MB = MiB',
    unit: '%',
    set: [rate(25), 'workload.connections=8000'],
    figure: utilisation('memory'),
  }),
  dropsAt8000: predicted({
    what: 'messages lost at 8,000 and 25 messages/s',
    unit: 'messages',
    set: [rate(25), 'workload.connections=8000'],
    figure: lost,
  }),
  acceptedPercent: predicted({
    what: 'connections accepted',
    unit: '%',
    set: [rate(25)],
    figure: ({ summary: { connections } }) => (connections.accepted / connections.asked) * 100,
  }),
  openAfterTest: predicted({
    what: 'connections open after 1,800 s at 25 messages/s',
    unit: 'connections',
    set: [rate(25), 'workload.durationSeconds=1800'],
    figure: ({ summary }) => summary.connections.open,
    // Nothing here depends on the grain of single clients, and the test is long.
    scale: 240,
  }),
  egressUsdAt25: predicted({
    what: 'internet egress of this load, all month',
    unit: 'USD/month',
    set: [rate(25)],
    figure: ({ summary }) => summary.cost?.egressUsdPerMonth ?? 0,
  }),
  refusedAboveReject: predicted({
    what: 'clients that come back above 75 % CPU and are refused',
    unit: 'connections',
    set: [
      rate(100),
      ...cpuOnly,
      ...clients(14_500),
      'faults=[{kind: reconnect-storm, atSeconds: 8, reconnectAfterSeconds: 3, share: 0.04}]',
    ],
    figure: ({ summary }) => summary.connections.refusedByReason['cpu'],
  }),
  pausedShare: predicted({
    what: 'of the messages that are delivered while CPU stands above 80 %',
    unit: '%',
    set: [rate(100), ...cpuOnly, ...clients(15_500)],
    figure: deliveredPercent,
  }),
  queueOverflow: predicted({
    what: 'of the messages lost at 150 messages/s to one worker with a queue of one job, CPU to spare',
    unit: '%',
    set: [
      rate(150),
      ...cpuOnly,
      ...uncapped,
      'settings.WS_WORKER_POOL_SIZE=1',
      'settings.WS_WORKER_QUEUE_SIZE=1',
      'settings.WS_SHARD_INBOX=1',
    ],
    figure: ({ summary: { ledger } }) => (ledger.droppedByReason['inbox-full'] / ledger.offered) * 100,
  }),
  redeliveredPercent: predicted({
    what: 'of the deliveries from the bus that are handed back',
    unit: '%',
    set: nakLoop,
    figure: ({ summary: { ledger } }) => {
      const naks = sumOf(ledger.busNakedByReason);
      return (naks / (naks + ledger.busAcknowledged)) * 100;
    },
  }),
  naksPerMessage: predicted({
    what: 'NAKs per message published, redelivered at once',
    unit: '',
    set: [...nakLoop, 'settings.JS_NAK_DELAY=0s'],
    figure: ({ summary: { ledger } }) => sumOf(ledger.busNakedByReason) / publishedOf(ledger),
  }),
  expiredShare: predicted({
    what: 'of the messages that expire in the stream undelivered, in five minutes',
    unit: '%',
    set: nakLoop,
    figure: ({ summary: { ledger } }) => (ledger.busExpired / publishedOf(ledger)) * 100,
  }),
  burstSecondsAsCounted: {
    kind: 'simulation',
    what: 'until the first drop at 100 messages/s, as the document counts: no headers, no socket buffer',
    unit: 's',
    command: '',
    of: (lab) => firstDropSeconds(lab, 'payload alone', payloadAlone),
  } satisfies Evidence,
  burstSeconds: {
    kind: 'simulation',
    what: 'until the first drop at 100 messages/s, with headers and 16 KiB of socket buffer',
    unit: 's',
    command: `predict experiments/scenarios/${target}.yaml ${burst(8)
      .map((one) => `--set ${one}`)
      .join(' ')}`,
    of: (lab) => firstDropSeconds(lab),
  } satisfies Evidence,
  workersDifference: {
    kind: 'simulation',
    what: 'CPU that 500 workers take more than 512',
    unit: 'cores',
    command: `predict experiments/scenarios/${target}-node.yaml --set settings.WS_WORKER_POOL_SIZE=500 ${short.map((one) => `--set ${one}`).join(' ')}`,
    of: (lab) => {
      const cores = (workers: number): number =>
        lab.simulated(`${target}-node`, [`settings.WS_WORKER_POOL_SIZE=${workers}`, ...short]).summary.cpu.cores;
      return cores(500) - cores(512);
    },
  } satisfies Evidence,
  redeliveriesAfterAckWait: computed(
    'redeliveries of a message that is never answered, ack wait = age limit',
    'deliveries',
    () => redeliveriesUnanswered(settings.ackWaitNs),
  ),
  redeliveriesAfterShortAckWait: computed('the same with an ack wait of 10 s', 'deliveries', () =>
    redeliveriesUnanswered(secondsToNs(10)),
  ),
  visitsByScan: computed('visits by the scan, 60 broadcasts/s', '1/s', () =>
    visitsPerSecond(broadcasts, visitsOf(new LinearScan(clientCount), 120, 5)),
  ),
  visitsByIndex: computed('visits by the index, 60 broadcasts/s', '1/s', () =>
    visitsPerSecond(broadcasts, visitsOf(new SubscriptionIndex(clientCount), 120, 5)),
  ),
  visitsSaved: computed('of the visits that the index saves with 500 subscribers per channel', '%', () =>
    visitsSavedPercent(120, 5),
  ),
  visitsSavedFullFanOut: computed('of the visits that the index saves when everybody follows every channel', '%', () =>
    visitsSavedPercent(1, 1),
  ),
} as const satisfies Record<string, Evidence>;
