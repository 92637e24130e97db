import {
  activeTasks,
  bytesPerMiB,
  type CpuPoint,
  cpuCoresFromAnchor,
  egressUsd,
  gigabytesPerMonth,
  machineOffers,
  memoryTotal,
  hoursPerMonth,
  nextPowerOfTwo,
  payloadBitsPerSecond,
  percentAtConnections,
  rateMaxByNetwork,
  sendsPerSecond,
  tasksLimitFor,
  usdPerThousandConnections,
  visitsSavedShare,
  workersFor,
} from '#core';
import type { InputName, Inputs } from './inputs.ts';

/** How a claim's number comes about: in words for the reader, as project code for the machine. */
export interface Formula {
  readonly words: string;
  readonly of: (given: Inputs) => number;
  /** Inputs that project code reads by itself, beside those that `of` reads. */
  readonly alsoReads: readonly InputName[];
}

export const formula = (words: string, of: Formula['of'], alsoReads: readonly InputName[] = []): Formula => ({
  words,
  of,
  alsoReads,
});

export const percentOf = (part: number, whole: number): number => (part / whole) * 100;
export const percentSaved = (before: number, after: number): number => (1 - after / before) * 100;

/** The value of one input, as it is. */
export const stated = (name: InputName): Formula => formula('as stated elsewhere', (given) => given[name]);

type Rate = 'rateConfigured' | 'rateRecommended' | 'rateForbidden' | 'rateCap';

// Connections and price

export const connectionGain = formula('target / baseline - 1', ({ connections, connectionsBefore }) =>
  percentOf(connections - connectionsBefore, connectionsBefore),
);
const e2Offer = machineOffers.find(({ machine }) => machine.name === 'e2-standard-2');
/** What the public list asks for an hour of the document's machine, about twice what the document says. */
export const listUsdPerHour = formula('public list price, us-central1', () => e2Offer?.listUsdPerHour ?? Number.NaN);
export const listUsdPerMonth = formula(
  'hours of a month x public list price',
  () => (e2Offer?.listUsdPerHour ?? Number.NaN) * hoursPerMonth,
  ['hoursPerMonth'],
);
export const instanceUsd = formula(
  'hours of a month x price per hour',
  ({ usdPerHour }) => usdPerHour * hoursPerMonth,
  ['hoursPerMonth'],
);
export const usdPerThousand = formula('price / thousand connections', ({ usdPerMonth, connections }) =>
  usdPerThousandConnections(usdPerMonth, connections),
);
export const usdPerThousandTotal = formula('all costs / thousand connections', ({ totalUsd, connections }) =>
  usdPerThousandConnections(totalUsd, connections),
);
export const usdSaved = formula(
  '1 - cost per thousand now / before, at the same price',
  ({ usdPerMonth, connections, connectionsBefore }) =>
    percentSaved(
      usdPerThousandConnections(usdPerMonth, connectionsBefore),
      usdPerThousandConnections(usdPerMonth, connections),
    ),
);
export const upgradeUsd = formula(
  'difference of the monthly prices',
  ({ usdPerMonth4, usdPerMonth }) => usdPerMonth4 - usdPerMonth,
);
/** Egress of the target load, all month, at list prices. */
export const targetEgressUsd = ({ connections, rateConfigured, messageBytes }: Inputs): number =>
  egressUsd(gigabytesPerMonth(connections, rateConfigured, messageBytes));
export const egressReads = [
  'hoursPerMonth',
  'egressUsdPerGigabyte1',
  'egressUsdPerGigabyte2',
  'egressUsdPerGigabyte3',
] as const satisfies readonly InputName[];

// Memory

/** Connections and index in the document's MB. */
export const memoryMb = ({ connections, mbPerConnection, indexMb }: Inputs): number =>
  memoryTotal(connections, mbPerConnection, indexMb / connections);
export const memoryPercent = formula('MB / limit, both in MiB', (given) =>
  percentOf(memoryMb(given), given.memoryLimitBytes / bytesPerMiB),
);
export const memoryPercentDecimal = formula('MB / limit, both in 10^6 bytes', (given) =>
  percentOf(memoryMb(given) * 1e6, given.memoryLimitBytes),
);
export const memoryPercentMixed = formula('thousands of MB / limit in GiB', (given) =>
  percentOf(memoryMb(given) / 1_000, given.memoryLimitGiB),
);
export const memoryReadings: readonly (readonly [string, Formula])[] = [
  ['if MB is 10^6 bytes', memoryPercentDecimal],
  ['as written: thousands of MB by GiB', memoryPercentMixed],
];
export const connectionsGb = formula(
  'connections x MB each / 1,000',
  ({ connections, mbPerConnection }) => memoryTotal(connections, mbPerConnection, 0) / 1_000,
);
export const connectionsGbBefore = formula(
  'connections x MB each before / 1,000',
  ({ connections, mbPerConnectionBefore }) => memoryTotal(connections, mbPerConnectionBefore, 0) / 1_000,
);
export const indexMbScaled = formula(
  'index of the baseline, by connections',
  ({ indexMbBefore, connections, connectionsBefore }) =>
    percentAtConnections(indexMbBefore, connections, connectionsBefore),
);
/** Memory of a ramp step in the document's mixed unit. */
export const gateMemoryPercent = (step: 'connectionsStep1' | 'connectionsStep2' | 'connections'): Formula =>
  formula('(connections + index) in thousands of MB / limit in GiB', (given) =>
    percentOf(memoryTotal(given[step], given.mbPerConnection, 0.001) / 1_000, given.memoryLimitGiB),
  );
export const memorySaved = formula('1 - after / before', ({ mbPerConnectionBefore, mbPerConnection }) =>
  percentSaved(mbPerConnectionBefore, mbPerConnection),
);
export const memorySavedOther = formula('1 - 0.3 MB / 1.1 MB', ({ mbPerConnectionOtherBefore, mbPerConnectionOther }) =>
  percentSaved(mbPerConnectionOtherBefore, mbPerConnectionOther),
);
export const slotsSaved = formula('1 - slots / slots before', ({ slotsBefore, slots }) =>
  percentSaved(slotsBefore, slots),
);

// CPU

export const cpuPercentAt25 = formula('cores / limit', ({ coresAt25, cpuLimitCores }) =>
  percentOf(coresAt25, cpuLimitCores),
);
/** CPU of a load on the machine before the optimisations, from its only measured point, which is taken for 100 messages/s. */
export const unoptimisedCores = (rate: Rate): Formula =>
  formula('cores of the baseline, not optimised, by connections and rate', (given) =>
    cpuCoresFromAnchor(
      {
        cores: (given.cpuLimitCores * given.cpuPercentBefore) / 100,
        connections: given.connectionsBefore,
        ratePerSecond: given.rateCap,
      },
      given.connections,
      given[rate],
    ),
  );
/** CPU law of the gates: the percentage at the target, by connections. */
export const gatePercent = (
  percent: 'cpuPercentAtCap' | 'cpuPercentAt25' | 'cpuPercentAt35',
  step: 'connectionsStep1' | 'connectionsStep2' | 'connectionsBefore' | 'connections',
): Formula =>
  formula('percentage at the target, by connections', (given) =>
    percentAtConnections(given[percent], given[step], given.connections),
  );

/** Exponent e of a law cores ~ rate^e through two points: 1 is proportional, below 1 a message costs less at a higher rate. */
export const scalingExponent = (from: CpuPoint, to: CpuPoint): number =>
  Math.log(to.cores / from.cores) / Math.log(to.ratePerSecond / from.ratePerSecond);

// Network

export const sends = (rate: Rate): Formula =>
  formula('connections x rate', (given) => sendsPerSecond(given.connections, given[rate]));
export const megabytesPerSecond = (rate: Rate): Formula =>
  formula('sends x bytes', (given) => (sendsPerSecond(given.connections, given[rate]) * given.messageBytes) / 1e6);
export const gbps = (rate: Rate): Formula =>
  formula(
    'sends x bytes x 8',
    (given) => payloadBitsPerSecond(sendsPerSecond(given.connections, given[rate]), given.messageBytes) / 1e9,
  );
export const networkPercent = (rate: Rate): Formula =>
  formula('payload / network card', (given) =>
    percentOf(
      payloadBitsPerSecond(sendsPerSecond(given.connections, given[rate]), given.messageBytes),
      given.networkBitsPerSecond,
    ),
  );
export const networkPercentOnWire = (rate: Rate): Formula =>
  formula('payload with headers / network card', (given) =>
    percentOf(
      payloadBitsPerSecond(sendsPerSecond(given.connections, given[rate]), given.wireBytes),
      given.networkBitsPerSecond,
    ),
  );
export const networkHeadroom = (rate: Rate): Formula =>
  formula('100 - payload / network card', (given) => 100 - networkPercent(rate).of(given));
export const networkOverload = formula('payload / network card', (given) => networkPercent('rateCap').of(given) / 100);
export const rateMax = formula(
  'network card / (connections x bytes x 8)',
  ({ networkBitsPerSecond, connections, messageBytes }) =>
    rateMaxByNetwork(networkBitsPerSecond, connections, messageBytes),
);
export const rateMaxOnWire = formula(
  'network card / (connections x bytes with headers x 8)',
  ({ networkBitsPerSecond, connections, wireBytes }) => rateMaxByNetwork(networkBitsPerSecond, connections, wireBytes),
);
export const rateMax4 = formula(
  'network card / (connections x bytes x 8)',
  ({ networkBitsPerSecond4, connections, messageBytes }) =>
    rateMaxByNetwork(networkBitsPerSecond4, connections, messageBytes),
);
export const rateMax4At25k = formula(
  'network card / (connections x bytes x 8)',
  ({ networkBitsPerSecond4, connections4, messageBytes }) =>
    rateMaxByNetwork(networkBitsPerSecond4, connections4, messageBytes),
);

// Work and tasks

export const visitsSavedPercent = (connections: 'connections' | 'connectionsBefore'): Formula =>
  formula(
    '1 - subscribers / connections',
    (given) => visitsSavedShare(given[connections], given.subscribersPerChannel) * 100,
  );
export const tasks = ({ connections, workers }: Inputs): number => activeTasks(connections, workers);
const tasksReads = ['tasksPerConnection', 'fixedTasks'] as const;
export const tasksActive = formula('2 x connections + workers + 13', tasks, tasksReads);
export const tasksLimit = formula('(2 x connections + workers + 13) x 1.2', (given) => tasksLimitFor(tasks(given)), [
  ...tasksReads,
  'tasksMargin',
]);
export const tasksLimitBefore = formula(
  '(2 x connections + workers + 13) x 1.2, baseline',
  ({ connectionsBefore, workersBefore }) => tasksLimitFor(activeTasks(connectionsBefore, workersBefore)),
  [...tasksReads, 'tasksMargin'],
);
export const workersRule = formula('max(32, connections / 40), up to a power of two', ({ connections }) =>
  nextPowerOfTwo(workersFor(connections)),
);
/** Rounded up to a whole multiple. */
export const multipleOf = (step: number, value: number): number => Math.ceil(value / step) * step;
