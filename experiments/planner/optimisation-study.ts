import {
  bytesPerGiB,
  bytesPerMiB,
  channelsFor,
  closedForm,
  goDocumented,
  hoursPerMonth,
  largestLoad,
  resolveScenario,
  type ResolvedScenario,
  scenarioSchema,
  usdPerThousandConnections,
} from '#core';
import { simulate } from '#sim';
import { countVisits } from './visits.ts';

/** Send-buffer slots and subscription lookup: the document's two optimisations, each alone and both. */
export interface Variant {
  readonly name: string;
  readonly slots: number;
  readonly lookup: 'scan' | 'index';
}

export const variants: readonly Variant[] = [
  { name: 'before', slots: 2_048, lookup: 'scan' },
  { name: 'slots alone', slots: 512, lookup: 'scan' },
  { name: 'index alone', slots: 2_048, lookup: 'index' },
  { name: 'both', slots: 512, lookup: 'index' },
];

export interface VariantResult {
  readonly variant: Variant;
  readonly connections: number;
  /** What all clients would take, by closed form; a server that is full refuses the rest. */
  readonly memoryGiB: number;
  /** Simulated at 25 messages/s to every client: how many got in. */
  readonly accepted: number;
  readonly memoryPercent: number;
  readonly perConnectionMiB: number;
  readonly cpuPercent: number;
  readonly health: string;
  /** Clients that memory holds, by closed form. */
  readonly connectionsByMemory: number;
  /** Counted by core at the document's load (R66): 60 broadcasts/s, about 500 subscribers a channel. */
  readonly visitsPerSecond: number;
}

/** How far the index saves, by how many clients subscribe to a channel. */
export interface FanOutRow {
  readonly connections: number;
  readonly subscribersPerChannel: number;
  readonly visitsByScan: number;
  readonly visitsByIndex: number;
  readonly ratio: number;
  readonly savingPercent: number;
}

/** A figure of the document beside what the project finds. */
export interface Beside {
  readonly figure: string;
  readonly document: string;
  readonly found: string;
  readonly verdict: string;
}

export interface OptimisationStudy {
  readonly results: readonly VariantResult[];
  readonly fanOut: readonly FanOutRow[];
  readonly beside: readonly Beside[];
}

const broadcastsPerSecond = 60;
const channelsPerClient = 5;
const subscribersPerChannel = 500;
const sizes = [7_000, 12_000] as const;

function scenarioOf({ slots, lookup }: Variant, connections: number): ResolvedScenario {
  const resolution = resolveScenario(
    scenarioSchema.parse({
      shards: 2,
      settings: {
        WS_MAX_CONNECTIONS: connections,
        WS_SEND_BUFFER_SLOTS: slots,
        WS_SUBSCRIPTION_LOOKUP: lookup,
        WS_FLUSH_INTERVAL: '0s',
      },
      workload: { connections, durationSeconds: 6, warmUpSeconds: 2 },
    }),
    [goDocumented],
  );
  if (!resolution.ok) throw new Error(resolution.issues.map(({ message }) => message).join('; '));
  return resolution.resolved;
}

function resultOf(variant: Variant, connections: number, visitsPerSecond: number): VariantResult {
  const input = scenarioOf(variant, connections);
  const { summary } = simulate(input, { scale: 'auto' });
  const [memoryDemand] = closedForm(input).resources.filter(({ resource }) => resource === 'memory');
  const use = (name: string): number =>
    (summary.resources.find(({ resource }) => resource === name)?.utilisation ?? 0) * 100;
  return {
    variant,
    connections,
    memoryGiB: memoryDemand.demand / bytesPerGiB,
    accepted: summary.connections.accepted,
    memoryPercent: memoryDemand.utilisation * 100,
    // Without the index's share, as the document counts.
    perConnectionMiB: connectionMiB(input, connections),
    cpuPercent: use('cpu'),
    health: summary.health,
    connectionsByMemory: largestLoad(input, 'connections', 'memory'),
    visitsPerSecond,
  };
}

function connectionMiB(input: ResolvedScenario, connections: number): number {
  const { memory } = closedForm(input);
  return (memory.connectionBytes + memory.sendBufferBytes) / connections / bytesPerMiB;
}

function visitsPerSecondAt(
  connections: number,
  subscribers: number,
  lookup: Variant['lookup'],
  broadcasts: number,
): number {
  const perClient = subscribers === connections ? 1 : channelsPerClient;
  const channels = Math.round(channelsFor(connections, perClient, subscribers));
  const { visits } = countVisits({ connections, channels, channelsPerClient: perClient, broadcasts, lookup });
  return (visits / broadcasts) * broadcastsPerSecond;
}

/**
 * The optimisation study (R66, R74): memory, CPU and visits before and after, and where the savings vanish.
 * @param countedBroadcasts how many core runs to count visits; each visits as many, so fewer only count faster
 */
export function optimisationStudy(countedBroadcasts: number = broadcastsPerSecond): OptimisationStudy {
  const visitsAt = (connections: number, subscribers: number, lookup: Variant['lookup']): number =>
    visitsPerSecondAt(connections, subscribers, lookup, countedBroadcasts);
  const results = sizes.flatMap((connections) =>
    variants.map((variant) =>
      resultOf(variant, connections, visitsAt(connections, subscribersPerChannel, variant.lookup)),
    ),
  );
  const fanOut = sizes.flatMap((connections) =>
    [500, 0.1, 0.5, 1].map((share) => {
      const subscribers = share > 1 ? share : Math.round(connections * share);
      const visitsByScan = visitsAt(connections, subscribers, 'scan');
      const visitsByIndex = visitsAt(connections, subscribers, 'index');
      return {
        connections,
        subscribersPerChannel: subscribers,
        visitsByScan,
        visitsByIndex,
        ratio: visitsByScan / visitsByIndex,
        savingPercent: (1 - visitsByIndex / visitsByScan) * 100,
      };
    }),
  );
  return { results, fanOut, beside: besideDocument(results) };
}

function besideDocument(results: readonly VariantResult[]): Beside[] {
  const at = (name: string, connections: number): VariantResult => {
    const found = results.find((one) => one.variant.name === name && one.connections === connections);
    if (found === undefined) throw new Error(`no variant ${name}`);
    return found;
  };
  const [before7, both7, before12, both12] = [
    at('before', 7_000),
    at('both', 7_000),
    at('before', 12_000),
    at('both', 12_000),
  ];
  const change = (from: number, to: number): string => `${Math.round((to / from - 1) * 100)} %`;
  const gib = (value: number): string => `${value.toFixed(1)} GiB`;
  const impliedNs = ((0.6 - 0.38) * 1.9 * 1e9) / (before7.visitsPerSecond - both7.visitsPerSecond);
  const compute = 0.033 * hoursPerMonth;
  const per1K = (connections: number): string => `$${usdPerThousandConnections(compute, connections).toFixed(2)}`;
  return [
    {
      figure: 'memory a connection',
      document: '0.911 to 0.501 MB, -45 %',
      found: `${before7.perConnectionMiB.toFixed(3)} to ${both7.perConnectionMiB.toFixed(3)} MiB, ${change(before7.perConnectionMiB, both7.perConnectionMiB)}`,
      verdict: 'reproduced: all of it by the slots',
    },
    {
      figure: 'memory at 7,000',
      document: '6.4 to about 3.5 GB',
      found: `${gib(before7.memoryGiB)} to ${gib(both7.memoryGiB)}`,
      verdict: 'reproduced: 0.911 MB x 7,000 is 6.4 GB, and 6.2 GiB where MB is read as MiB',
    },
    {
      figure: 'memory at 12,000',
      document: '13.2 to 3.6 GB',
      found: `${gib(before12.memoryGiB)} (${before12.accepted.toLocaleString('en-US')} clients get in) to ${gib(both12.memoryGiB)}`,
      verdict: 'refuted: by its own 0.911 and 0.501 MB it is 10.9 to 6.0 GB',
    },
    {
      figure: 'CPU at 7,000',
      document: '60 to about 38 %',
      found: `${before7.cpuPercent.toFixed(1)} to ${both7.cpuPercent.toFixed(1)} % at 25 messages/s to all`,
      verdict: `not reproduced: its profile knows no cost of a visit; 22 points would need ${(impliedNs / 1_000).toFixed(1)} us for each visit saved at 60 broadcasts/s`,
    },
    {
      figure: 'visits/s at 12,000',
      document: '600K to 30K (720K in its formula)',
      found: `${before12.visitsPerSecond.toLocaleString('en-US')} to ${both12.visitsPerSecond.toLocaleString('en-US')}`,
      verdict: 'refuted for 600K: 60 x 12,000 is 720,000; the ratio is N/500 = 24',
    },
    {
      figure: 'visits/s at 7,000',
      document: '14 times fewer',
      found: `${before7.visitsPerSecond.toLocaleString('en-US')} to ${both7.visitsPerSecond.toLocaleString('en-US')}, ${(before7.visitsPerSecond / both7.visitsPerSecond).toFixed(0)} times`,
      verdict: 'reproduced',
    },
    {
      figure: 'clients that memory holds',
      document: '7,000 to 12,000, +71 %',
      found: `${before7.connectionsByMemory.toLocaleString('en-US')} to ${both7.connectionsByMemory.toLocaleString('en-US')}, +${change(before7.connectionsByMemory, both7.connectionsByMemory)}`,
      verdict: 'the ceiling grows more; 7,000 and 12,000 are where it is 90 and 84 % full',
    },
    {
      figure: 'compute for 1,000 clients',
      document: '$3.43 to $2.00',
      found: `${per1K(7_000)} to ${per1K(12_000)}`,
      verdict: 'reproduced within a cent: it rounds $24.09 to $24',
    },
  ];
}
