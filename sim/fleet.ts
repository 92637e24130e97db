import {
  apportioned,
  assert,
  type Fault,
  followsAllChannels,
  hoursPerMonth,
  offeredRates,
  type ResolvedScenario,
  type RunReport,
} from '#core';
import type { SimulationProgress } from './world/simulate-options.ts';
import type { ServerAccount } from './world/client-accounts.ts';
import { simulateServer } from './world/simulate.ts';

/** Servers that are alike in all that matters, of which one was simulated. */
export interface FleetServers {
  readonly role: 'lost' | 'survivor';
  readonly count: number;
  /** Clients of each from the start, and those that came from a lost server. */
  readonly connections: number;
  readonly joined: number;
  readonly report: RunReport;
  /** Of one of them, in deliveries of the scale model. */
  readonly account: ServerAccount;
}

/**
 * Every message for every client of the fleet, over the whole run; whole deliveries. Where clients follow a part of the
 * channels only, it speaks of what servers matched with them: nobody can say what those were owed who were not there.
 */
export interface FleetAccount {
  /** Messages published x clients. */
  readonly owed: number;
  readonly received: number;
  /** Of `received`, what clients of a lost server got from another one's history. */
  readonly recovered: number;
  /** Not in the history any more when its client came back, or not given again before the run or the connection ended. */
  readonly missed: number;
  readonly dropped: number;
  /** For clients that no server took in, and for those that were not back yet when the run ended. */
  readonly refused: number;
  readonly away: number;
  /** Queued or on the way at the end, and what connections that ended took along for good. */
  readonly underWay: number;
  readonly lostWithConnection: number;
  /** In the stream, or expired there, before a server took it; or taken, and not broadcast when the run ended. */
  readonly neverTaken: number;
  /** After the connection of a client that did not come back, with what was queued for it. */
  readonly gone: number;
  /** Queued or on the way when a server died or a client left and came back; beside the account: it is given again or missed. */
  readonly interrupted: number;
  readonly clientsMoved: number;
  readonly clientsRecovered: number;
  /** owed is the sum of the rest, for each kind of server as it was simulated, and each server's own ledger balances. */
  readonly balanced: boolean;
}

export interface FleetReport {
  readonly schemaVersion: 1;
  readonly kind: 'fleet';
  readonly servers: number;
  readonly connections: number;
  /** Connections that one simulated connection stands for. */
  readonly scale: number;
  readonly groups: readonly FleetServers[];
  readonly account: FleetAccount;
  /** Payload that leaves the NATS cluster: one copy of each message to each server that lives. */
  readonly natsPayloadBitsPerSecond: number;
  readonly payloadBitsPerSecond: number;
  /** Worst over the groups. */
  /** Of the servers that live, the worst; null where nothing was delivered. */
  readonly latencyP99Ms: number | null;
  readonly firstLimit: string;
  readonly usdPerMonth: number | null;
}

export interface SimulateFleetOptions {
  /** Simulated connections of one server, about; more of them take longer and show a finer grain. */
  readonly connectionsKept?: number;
  /** Told of each group as it goes. */
  readonly onProgress?: (group: number, groups: number, progress: SimulationProgress) => void;
}

interface Plan {
  readonly connections: number;
  readonly joined: number;
  count: number;
}

const connectionsKeptUsually = 500;

/**
 * Simulates a fleet: servers behind a balancer that spreads clients evenly, on one stream. Servers that have the same number
 * of clients from the start and get the same number of a lost server's are alike but for chance, so one of each kind is
 * simulated, in the scale model, and counts for all: their load is the same stream, message by message.
 *
 * Clients of a lost server return to the others at the balancer's rate, each with the sequence that it has: what the lost
 * servers' clients had received in all, spread as evenly as whole messages allow.
 */
export function simulateFleet(input: ResolvedScenario, options: SimulateFleetOptions = {}): FleetReport {
  const { fleet, workload } = input.scenario;
  assert(fleet !== null, 'the scenario has no fleet');
  const { servers, lost } = fleet;
  const scale = scaleOf(workload.connections, servers, options.connectionsKept ?? connectionsKeptUsually);
  const clientsOf = (server: number): number =>
    Math.floor(workload.connections / servers) + (server < workload.connections % servers ? 1 : 0);
  const lostServers = lost?.servers ?? 0;
  const lostPlans = grouped(
    Array.from({ length: lostServers }, (_, server) => ({ connections: clientsOf(server), joined: 0 })),
  );
  const survivors = Array.from({ length: servers - lostServers }, (_, index) => clientsOf(lostServers + index));
  const moved = lostPlans.reduce((sum, { connections, count }) => sum + connections * count, 0);
  const plans = grouped(spread(survivors, moved));
  const groups: FleetServers[] = [];
  const run = (role: FleetServers['role'], plan: Plan, sinceSequence: number | null): void => {
    const index = groups.length;
    const { report, account } = simulateServer(oneServer(input, plan, sinceSequence, role), {
      scale,
      onProgress: (progress) => options.onProgress?.(index, lostPlans.length + plans.length, progress),
    });
    groups.push({ role, ...plan, report, account });
  };
  for (const plan of lostPlans) run('lost', plan, null);
  const had = groups.reduce((sum, group) => sum + group.count * hadBy(group), 0);
  for (const plan of plans) run('survivor', plan, plan.joined === 0 ? null : had / moved);
  return reportOf(input, scale, had, groups);
}

/** A divisor of the connections that leaves about so many simulated ones a server; without one, the nearest number. */
function scaleOf(connections: number, servers: number, kept: number): number {
  const wanted = Math.max(1, Math.round(connections / servers / kept));
  for (let scale = wanted; scale >= Math.max(1, wanted / 2); scale -= 1) {
    if (connections % scale === 0) return scale;
  }
  return wanted;
}

/** What the clients of a lost server had of its messages when it died; whole deliveries. */
const hadBy = ({ report }: FleetServers): number =>
  report.summary.ledger.received + droppedForGood(report.summary.ledger);

/** The balancer gives each survivor its share of those that return; those with fewer clients get the odd ones. */
function spread(survivors: readonly number[], moved: number): Omit<Plan, 'count'>[] {
  const each = Math.floor(moved / survivors.length);
  const odd = moved % survivors.length;
  return [...survivors]
    .sort((left, right) => left - right)
    .map((connections, index) => ({ connections, joined: each + (index < odd ? 1 : 0) }));
}

function grouped(plans: readonly Omit<Plan, 'count'>[]): Plan[] {
  const groups: Plan[] = [];
  for (const plan of plans) {
    const alike = groups.find(({ connections, joined }) => connections === plan.connections && joined === plan.joined);
    if (alike === undefined) groups.push({ ...plan, count: 1 });
    else alike.count += 1;
  }
  return groups;
}

/** One server of the fleet by itself: its clients, its part of the ramp, and what happens to it. */
function oneServer(
  input: ResolvedScenario,
  { connections, joined }: Plan,
  sinceSequence: number | null,
  role: FleetServers['role'],
): ResolvedScenario {
  const { scenario } = input;
  const { fleet, workload } = scenario;
  assert(fleet !== null, 'the scenario has no fleet');
  const { servers, lost } = fleet;
  const faults: Fault[] = [...scenario.faults];
  if (lost !== null && role === 'lost') faults.push({ kind: 'server-lost', atSeconds: lost.atSeconds });
  if (lost !== null && joined > 0) {
    faults.push({
      kind: 'clients-join',
      atSeconds: lost.atSeconds + lost.awaySeconds,
      connections: joined,
      ratePerSecond: lost.returnConnectionsPerSecond / (servers - lost.servers),
      sinceSequence,
    });
  }
  const rampConnectionsPerSecond = workload.rampConnectionsPerSecond / servers;
  return {
    ...input,
    scenario: { ...scenario, fleet: null, faults, workload: { ...workload, connections, rampConnectionsPerSecond } },
  };
}

/** Dropped by a policy: what its connection took along is somebody else's to give again, or lost with it. */
function droppedForGood({ droppedByReason }: RunReport['summary']['ledger']): number {
  const { 'connection-closed': _, ...others } = droppedByReason;
  return Object.values(others).reduce((sum, count) => sum + count, 0);
}

function reportOf(input: ResolvedScenario, scale: number, had: number, groups: readonly FleetServers[]): FleetReport {
  const { fleet, workload } = input.scenario;
  assert(fleet !== null, 'the scenario has no fleet');
  const total = (pick: (group: FleetServers) => number): number =>
    groups.reduce((sum, group) => sum + pick(group) * group.count, 0);
  const living = groups.filter(({ role }) => role === 'survivor');
  const worst = living.reduce((most, group) => (demandOf(group) > demandOf(most) ? group : most));
  const usd = input.machine.usdPerHour;
  const { publishedPerSecond, messageBytes } = offeredRates(workload);
  return {
    schemaVersion: 1,
    kind: 'fleet',
    servers: fleet.servers,
    connections: workload.connections,
    scale,
    groups,
    account: followsAllChannels(workload) ? accountOf(workload.connections, had, groups) : matchedAccount(groups),
    natsPayloadBitsPerSecond: living.reduce((sum, { count }) => sum + count, 0) * publishedPerSecond * messageBytes * 8,
    payloadBitsPerSecond: total(({ role, report }) =>
      role === 'lost' ? 0 : report.summary.network.payloadBitsPerSecond,
    ),
    latencyP99Ms: largestOf(living.map(({ report }) => report.summary.latencyMs.p99)),
    firstLimit: worst.report.summary.firstLimit,
    usdPerMonth: usd === null ? null : usd * hoursPerMonth * fleet.servers,
  };
}

/** null where no server delivered anything. */
const largestOf = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
};

const demandOf = ({ report }: FleetServers): number =>
  Math.max(...report.summary.resources.map(({ utilisation }) => utilisation));

/** Terms of the account that a server's own account has too, beside what is owed. */
const terms = [
  'received',
  'missed',
  'dropped',
  'refused',
  'away',
  'underWay',
  'lostWithConnection',
  'neverTaken',
  'gone',
] as const;

function accountOf(connections: number, had: number, groups: readonly FleetServers[]): FleetAccount {
  const { published } = groups[0].account;
  assert(
    groups.every(({ account }) => account.published === published),
    () =>
      `the servers of a fleet heard different streams: ${groups.map(({ account }) => account.published).join(', ')}`,
  );
  const survivors = groups.filter(({ role }) => role === 'survivor');
  const total = (pick: (group: FleetServers) => number): number =>
    groups.reduce((sum, group) => sum + pick(group) * group.count, 0);
  const sums = new Float64Array(terms.length);
  // What the clients of lost servers had when these died; the survivors owe them the rest, shared by how many each took.
  for (const { role, count, report } of groups) {
    if (role !== 'lost') continue;
    sums[terms.indexOf('received')] += count * report.summary.ledger.received;
    sums[terms.indexOf('dropped')] += count * droppedForGood(report.summary.ledger);
  }
  const hadBySurvivors = apportioned(
    had,
    survivors.map(({ joined, count }) => joined * count),
  );
  let balanced = true;
  survivors.forEach(({ connections: own, joined, count, account, report }, index) => {
    const owed = count * (own + joined) * published - hadBySurvivors[index];
    // In the model's own deliveries nothing may be left over; what connections that end leave open went with them.
    balanced &&= Math.abs(account.rest) <= account.tolerance && report.summary.ledger.balanced;
    const model = { ...account, gone: account.gone + account.rest };
    balanced &&= terms.every((term) => model[term] >= 0);
    wholeParts(owed, model, report, count).forEach((part, term) => {
      sums[term] += part;
    });
  });
  const account = Object.fromEntries(terms.map((term, index) => [term, sums[index]])) as Record<
    (typeof terms)[number],
    number
  >;
  const owed = published * connections;
  const accounted = terms.reduce((sum, term) => sum + account[term], 0);
  return {
    owed,
    ...account,
    recovered: total(({ report }) => report.summary.ledger.replayed),
    interrupted: total(({ role, report, account: { interrupted } }) => {
      const { ledger } = report.summary;
      if (role === 'survivor') return interrupted;
      return (ledger.droppedByReason['connection-closed'] ?? 0) + ledger.lostWithConnection + ledger.inTransit;
    }),
    clientsMoved: total(({ joined }) => joined),
    clientsRecovered: total(recoveredBy),
    balanced: balanced && owed === accounted,
  };
}

/**
 * What `count` servers owed, by term, in whole deliveries. Where clients were left out, what the others got is what the
 * server's own report says, and the rest is for those.
 */
function wholeParts(
  owed: number,
  model: Record<(typeof terms)[number], number>,
  { summary: { ledger, connections } }: RunReport,
  count: number,
): number[] {
  const parts = terms.map((term) => Math.max(0, model[term]));
  const leftOut = model.refused + model.away;
  if (leftOut === 0) return apportioned(owed, parts);
  const factor = model.received === 0 ? 0 : ledger.received / model.received;
  const known: Partial<Record<(typeof terms)[number], number>> = {
    received: ledger.received,
    missed: Math.round(model.missed * factor),
    dropped: droppedForGood(ledger),
    underWay: ledger.queued + ledger.inTransit,
    lostWithConnection: ledger.lostWithConnection,
    neverTaken: Math.round(model.neverTaken * factor),
    gone: Math.round(model.gone * factor),
  };
  const rest = owed - count * Object.values(known).reduce((sum, part) => sum + part, 0);
  if (connections.open === 0 || rest < 0) return apportioned(owed, parts);
  const [refused, away] = apportioned(rest, [model.refused, model.away]);
  return terms.map((term) => {
    if (term === 'refused') return refused;
    return term === 'away' ? away : count * (known[term] ?? 0);
  });
}

/** Of those that came from a lost server; the model's clients stand for all in proportion. */
function recoveredBy({ joined, account }: FleetServers): number {
  if (account.joinedClients === 0) return 0;
  return Math.min(joined, Math.round((account.recoveredClients * joined) / account.joinedClients));
}

/** For clients of a part of the channels: what servers matched, by their own ledgers. */
function matchedAccount(groups: readonly FleetServers[]): FleetAccount {
  const total = (pick: (ledger: RunReport['summary']['ledger']) => number): number =>
    groups.reduce((sum, { count, report }) => sum + pick(report.summary.ledger) * count, 0);
  const owed = total(({ offered, replayed }) => offered + replayed);
  const account = {
    received: total(({ received }) => received),
    missed: 0,
    dropped: total(({ droppedByReason }) => Object.values(droppedByReason).reduce((sum, count) => sum + count, 0)),
    refused: 0,
    away: 0,
    underWay: total(({ queued, inTransit }) => queued + inTransit),
    lostWithConnection: total(({ lostWithConnection }) => lostWithConnection),
    neverTaken: 0,
    gone: 0,
  };
  const accounted = terms.reduce((sum, term) => sum + account[term], 0);
  return {
    owed,
    ...account,
    recovered: total(({ replayed }) => replayed),
    interrupted: 0,
    clientsMoved: 0,
    clientsRecovered: 0,
    balanced: owed === accounted && groups.every(({ report }) => report.summary.ledger.balanced),
  };
}
