import {
  bitsPerByte,
  clientGroupsOf,
  closedForm,
  egressTermsOf,
  egressUsdPerMonth,
  machineOffers,
  type MachineOffer,
  monthlyComputeUsd,
  nanosecondsPerMillisecond,
  offeredRates,
  publishRateFor,
  type ResolvedScenario,
  type Transfer,
  transferTo,
  withCostFactor,
  withMachine,
} from '#core';
import { connectionsWithGrowth, type Need, regionOf } from './need.ts';
import { type Objectives, objectivesOf, type Reason } from './objectives.ts';
import { sized } from './sizing.ts';
import { overloaded } from './sustained.ts';

/** An end of a transfer's range, or its middle: how dear operations are on the machine. */
export type End = keyof Pick<Transfer, 'low' | 'middle' | 'high'>;

/** One way to meet the need: servers of one kind behind a balancer, all on one NATS cluster. */
export interface Candidate {
  readonly offer: MachineOffer;
  /** Servers that carry the need; `spare` ones come on top. */
  readonly servers: number;
  readonly spare: number;
  readonly connectionsPerServer: number;
  /** Compute, a month, spare servers included. */
  readonly usd: number;
  /** Compute, and egress where the need counts it: what is ranked and what the budget is for. */
  readonly rankedUsd: number;
  readonly transfer: Transfer;
}

/** Intervals that a choice is made from: an operator's round numbers. */
const intervalsMs = [400, 300, 250, 200, 150, 125, 100, 75, 50, 40, 30, 20, 10, 5, 0] as const;
/** `FlushPolicy` waits for the timer's millisecond too. */
const timerMs = 1;
/** Share of what the round trip leaves of the p99 that the interval takes: the rest is for queues. */
const intervalShare = 0.75;

/** Largest one-way delay of any kind of client. */
export const longestWayMs = ({ scenario }: ResolvedScenario): number =>
  Math.max(...clientGroupsOf(scenario.workload).map(({ roundTripMs }) => roundTripMs / 2));

/**
 * Flush intervals that can meet the p99: the preferred one first, then the shorter ones, then those that leave less room.
 * Empty where the way to the clients alone takes as long.
 * @param drainMs that a broadcast takes to reach its last client, where that is known
 */
export function intervalsFor(need: Pick<Need, 'p99Ms' | 'flushIntervalMs' | 'base'>, drainMs = 0): number[] {
  const leftMs = need.p99Ms - longestWayMs(need.base) - drainMs;
  if (need.flushIntervalMs !== null) return [need.flushIntervalMs];
  const possible = intervalsMs.filter((interval) => interval + timerMs < leftMs);
  const roomy = possible.filter((interval) => interval <= leftMs * intervalShare);
  return [...roomy, ...possible.filter((interval) => !roomy.includes(interval)).toReversed()];
}

/** Milliseconds from the first to the last write of a message: its clients on one event loop, one after the other. */
export function drainMsOf(input: ResolvedScenario): number {
  const { cpu, writesPerSecond } = closedForm(input);
  const coresPerWrite = (cpu.writeUserCores + cpu.writeKernelCores) / writesPerSecond;
  const { fanOut } = offeredRates(input.scenario.workload);
  return writesPerSecond === 0 ? 0 : (coresPerWrite * fanOut * millisecondsPerSecond) / input.scenario.shards;
}
const millisecondsPerSecond = 1_000;
/** Of a broadcast's clients, those that a p99 counts; and a little less, because it is to bound a simulation from below. */
const drainShare = 0.9;

export const objectivesFor = ({ p99Ms }: Pick<Need, 'p99Ms'>): Objectives => objectivesOf([`latencyMs.p99<${p99Ms}`]);

/** Offers that the need allows, each with its transfer. */
export const offersFor = ({ regions }: Need): MachineOffer[] =>
  machineOffers.filter((offer) => regions === null || regions.includes(regionOf(offer)));

/** The need on `servers` of an offer. */
export function candidateOf(need: Need, offer: MachineOffer, servers: number): Candidate {
  const connectionsPerServer = Math.ceil(connectionsWithGrowth(need) / servers);
  const usd = monthlyComputeUsd(offer, need.prices) * (servers + need.spare);
  const candidate = {
    offer,
    servers,
    spare: need.spare,
    connectionsPerServer,
    usd,
    rankedUsd: usd,
    transfer: transferTo(offer, need.base.measuredProfile),
  };
  if (need.egress === null) return candidate;
  const [intervalMs = 0] = intervalsFor(need);
  return { ...candidate, rankedUsd: usd + egressUsdOf(need, candidate, intervalMs) };
}

/** A month's egress of the whole need, on wire bytes, by the machine's provider. */
export function egressUsdOf(
  need: Need,
  { offer, servers, connectionsPerServer }: Pick<Candidate, 'offer' | 'servers' | 'connectionsPerServer'>,
  intervalMs: number,
): number {
  const input = serverScenario(need, offer, connectionsPerServer, { intervalMs, end: 'middle' });
  const wire = closedForm(input).resources.find(({ resource }) => resource === 'network');
  const terms = egressTermsOf(offer.machine, need.egress ?? input.scenario.egress);
  return egressUsdPerMonth((servers * (wire?.demand ?? 0)) / bitsPerByte, terms);
}

/** The base scenario on one server of an offer, under its share of the need, with writes merged over an interval. */
export function serverScenario(
  need: Need,
  offer: MachineOffer,
  connections: number,
  { intervalMs, end }: { readonly intervalMs: number; readonly end: End },
): ResolvedScenario {
  const { base } = need;
  const { machine } = offer;
  const { workload } = base.scenario;
  const ratePerSecond = publishRateFor({ ...workload, messageBytes: need.messageBytes }, need.ratePerSecond);
  const intervalNs = intervalMs * nanosecondsPerMillisecond;
  const scenario = {
    ...base.scenario,
    machine: machine.name,
    loadOnSameMachine: false,
    shards: machine.vcpus,
    settings: { ...base.scenario.settings, ...intervalSettings(intervalMs), WS_SHARDS: machine.vcpus },
    workload: { ...workload, connections, ratePerSecond, messageBytes: need.messageBytes },
  };
  const settings = {
    ...base.settings,
    cpuLimitCores: machine.cpuLimitCores,
    memoryLimitBytes: machine.memoryLimitBytes,
    shards: machine.vcpus,
    flushIntervalNs: intervalNs,
    flushIntervalMaxNs: intervalNs,
  };
  const placed = sized(withMachine({ ...base, scenario, settings }, machine));
  return end === 'middle' ? placed : withCostFactor(placed, placed.transfer[end]);
}

/** The interval may not stretch under load: it was chosen for the p99, and CPU is planned for it. */
export const intervalSettings = (intervalMs: number): Record<string, string> => ({
  WS_FLUSH_INTERVAL: `${intervalMs}ms`,
  WS_FLUSH_INTERVAL_MAX: `${intervalMs}ms`,
});

/** Why a candidate cannot hold by closed form, whatever a simulation says; empty where it may. */
export function refutedByClosedForm(
  need: Need,
  candidate: Pick<Candidate, 'offer' | 'connectionsPerServer'>,
  at: { readonly intervalMs: number; readonly end: End },
): Reason[] {
  const judged = serverScenario(need, candidate.offer, candidate.connectionsPerServer, at);
  const reasons = overloaded(judged, objectivesFor(need));
  if (reasons.length > 0) return reasons;
  const drainMs = drainMsOf(judged) * drainShare + longestWayMs(need.base);
  if (drainMs >= need.p99Ms) {
    return [
      {
        what: 'p99 latency',
        found: `${Math.round(drainMs)} ms or more until a message is written to its ${Math.round(candidate.connectionsPerServer).toLocaleString('en-US')} clients`,
        accepted: `below ${need.p99Ms} ms`,
        sinceSeconds: null,
      },
    ];
  }
  const edge = dearerRateBelow(need.ratePerSecond, at.intervalMs, judged.scenario.workload.arrivals);
  if (edge === null) return [];
  return overloaded(
    serverScenario({ ...need, ratePerSecond: edge }, candidate.offer, candidate.connectionsPerServer, at),
    objectivesFor(need),
  );
}

/**
 * Regular messages fill writes in whole numbers, so that a little less can need more writes: just below k messages an
 * interval, k - 1 go along. Who holds a rate holds every smaller one, therefore this one too; null where there is none.
 */
export function dearerRateBelow(
  ratePerSecond: number,
  intervalMs: number,
  arrivals: 'regular' | 'poisson',
): number | null {
  if (arrivals === 'poisson' || intervalMs === 0) return null;
  const waitSeconds = (intervalMs + timerMs) / 1_000;
  const along = Math.floor(ratePerSecond * waitSeconds);
  return along < 1 ? null : (along / waitSeconds) * (1 - 1e-9);
}

/** The fewest servers of an offer that the closed form allows at an end; null where even the most are too few. */
export function fewestServers(need: Need, offer: MachineOffer, end: End): number | null {
  const intervals = intervalsFor(need);
  const fits = (servers: number): boolean =>
    intervals.some(
      (intervalMs) => refutedByClosedForm(need, candidateOf(need, offer, servers), { intervalMs, end }).length === 0,
    );
  if (intervals.length === 0 || !fits(need.serversMost)) return null;
  let above = need.serversMost;
  let below = 0;
  while (above - below > 1) {
    const middle = Math.floor((above + below) / 2);
    if (fits(middle)) above = middle;
    else below = middle;
  }
  return above;
}
