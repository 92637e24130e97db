import { type Interval, type ResourceUse, shareOfUsable, type Summary } from '../experiment/run-report.ts';
import { limitingResources } from '../closed-form/first-limit.ts';
import { type BacklogGrowth, backlogGrowth } from './backlog-growth.ts';

export type Verdict = NonNullable<Summary['verdict']>;
type Reason = Verdict['reasons'][number];

/** Largest p99 of a load that holds, unless somebody asks for another: half a second, as websocket-bench states capacity. */
export const p99MsDefault = 500;

/** Clients that the server turned away or threw out; what clients did themselves does not count. */
export interface ClientsLost {
  readonly refused: number;
  readonly closedByServer: number;
}

/** Deliveries owed and not made, whatever the name of the loss. */
export interface MessagesLost {
  readonly dropped: number;
  /** Bus messages that left the stream before they were taken; each is owed to all its subscribers. */
  readonly expired: number;
  readonly lostWithConnections: number;
}

/** Reasons to close a connection that speak of a server that cannot cope; the others are the client's doing or an operator's. */
const closedByOverload = new Set(['slow-client', 'control-overflow', 'internal', 'ping-timeout']);

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

export function clientsLost({ connections }: Pick<Summary, 'connections'>): ClientsLost {
  const closed = Object.entries(connections.closedByReason).filter(([reason]) => closedByOverload.has(reason));
  return { refused: sumOf(connections.refusedByReason), closedByServer: sumOf(Object.fromEntries(closed)) };
}

export function messagesLost({ ledger }: Pick<Summary, 'ledger'>): MessagesLost {
  return {
    dropped: sumOf(ledger.droppedByReason),
    expired: ledger.busExpired,
    lostWithConnections: ledger.lostWithConnection,
  };
}

/** What a verdict rests on. */
export interface VerdictBasis {
  readonly intervals: readonly Interval[];
  readonly summary: Omit<Summary, 'verdict'>;
  /** Intervals up to here are ramp and warm-up. */
  readonly windowStartSeconds: number;
  readonly windowEndSeconds: number;
  readonly deliveriesPerSecond: number;
  readonly fanOut: number;
  /** Clients that the scenario itself makes stop reading: that the server gives up on these speaks for it. */
  readonly stalledClients: number;
  readonly p99Ms?: number;
}

/**
 * Whether a load holds: nobody refused or thrown out, nothing lost, no resource asked for more than it has, no queue that
 * grows, and p99 below its objective. Reasons are in that order: clients first, then messages, then resources, then latency.
 */
export function verdictOf(basis: VerdictBasis): Verdict {
  const { summary, intervals, windowStartSeconds, windowEndSeconds, p99Ms = p99MsDefault } = basis;
  const inWindow = intervals.filter(
    ({ atSeconds }) => atSeconds > windowStartSeconds && atSeconds <= windowEndSeconds + 1e-9,
  );
  const growth = backlogGrowth(inWindow, basis);
  const lost = clientsLost(summary);
  const onlyStalled = basis.stalledClients > 0 && lost.closedByServer <= basis.stalledClients;
  const reasons = [
    ...refusalReasons(lost),
    ...(onlyStalled ? [] : [...closeReasons(lost, intervals), ...dropReasons(summary, intervals)]),
    ...expiryReasons(summary),
    ...limitingResources(summary.resources)
      .filter((use) => shareOfUsable(use) > 1)
      .map(resourceReason),
    ...memoryReasons(summary, intervals),
    ...backlogReasons(growth),
    ...latencyReasons(summary, inWindow, p99Ms),
  ];
  return { holds: reasons.length === 0, reasons };
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const first = (intervals: readonly Interval[], matches: (interval: Interval) => boolean): number | null =>
  intervals.find(matches)?.atSeconds ?? null;

const refusalReasons = ({ refused }: ClientsLost): Reason[] =>
  refused > 0 ? [{ what: 'clients refused', found: whole(refused), accepted: 'none', sinceSeconds: null }] : [];

function closeReasons({ closedByServer }: ClientsLost, intervals: readonly Interval[]): Reason[] {
  if (closedByServer === 0) return [];
  const fell = intervals.find(({ connections }, index) => index > 0 && connections < intervals[index - 1].connections);
  return [
    {
      what: 'clients disconnected by the server',
      found: whole(closedByServer),
      accepted: 'none',
      sinceSeconds: fell?.atSeconds ?? null,
    },
  ];
}

function dropReasons(summary: VerdictBasis['summary'], intervals: readonly Interval[]): Reason[] {
  const { dropped } = messagesLost(summary);
  if (dropped === 0) return [];
  const sinceSeconds = first(intervals, (interval) => interval.dropped > 0);
  return [{ what: 'messages dropped', found: whole(dropped), accepted: 'none', sinceSeconds }];
}

function expiryReasons(summary: VerdictBasis['summary']): Reason[] {
  const { expired } = messagesLost(summary);
  if (expired === 0) return [];
  return [{ what: 'messages expired in the stream', found: whole(expired), accepted: 'none', sinceSeconds: null }];
}

const resourceReason = ({ resource, utilisation, limit, usable = limit }: ResourceUse): Reason => ({
  what: `${resource} demand`,
  found: `${(utilisation * 100).toFixed(1)} % of its limit`,
  accepted: `at most ${((usable / limit) * 100).toFixed(0)} %`,
  sinceSeconds: null,
});

/** What a run really held, where it was more than the closed form asks for: queues are memory too. */
function memoryReasons({ resources }: VerdictBasis['summary'], intervals: readonly Interval[]): Reason[] {
  const memory = resources.find(({ resource }) => resource === 'memory');
  if (memory === undefined || shareOfUsable(memory) > 1 || (memory.peak ?? 0) <= memory.limit) return [];
  return [
    {
      what: 'memory in use',
      found: `${(((memory.peak ?? 0) / memory.limit) * 100).toFixed(1)} % of its limit`,
      accepted: '100 % at most',
      sinceSeconds: first(intervals, ({ memoryBytes }) => memoryBytes > memory.limit),
    },
  ];
}

const backlogReasons = ({ grows, growthSeconds }: BacklogGrowth): Reason[] =>
  grows
    ? [
        {
          what: 'backlog',
          found: `grew by ${growthSeconds.toFixed(2)} s of deliveries`,
          accepted: 'does not grow',
          sinceSeconds: null,
        },
      ]
    : [];

function latencyReasons(
  { latencyMs }: VerdictBasis['summary'],
  inWindow: readonly Interval[],
  p99Ms: number,
): Reason[] {
  const accepted = `below ${whole(p99Ms)} ms`;
  if (latencyMs.p99 === null) {
    return [{ what: 'p99 latency', found: 'no message was received', accepted, sinceSeconds: null }];
  }
  if (latencyMs.p99 < p99Ms) return [];
  const sinceSeconds = first(inWindow, ({ latencyP99Ms }) => latencyP99Ms !== null && latencyP99Ms >= p99Ms);
  return [{ what: 'p99 latency', found: `${whole(latencyMs.p99)} ms`, accepted, sinceSeconds }];
}
