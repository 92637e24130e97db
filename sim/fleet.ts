import { assert, type Fault, hoursPerMonth, offeredRates, type ResolvedScenario, type RunReport } from '#core';
import type { SimulationProgress } from './world/simulate-options.ts';
import { simulate } from './world/twin.ts';

/** Servers that are alike in all that matters, of which one was simulated. */
export interface FleetServers {
  readonly role: 'lost' | 'survivor';
  readonly count: number;
  /** Clients of each from the start, and those that came from a lost server. */
  readonly connections: number;
  readonly joined: number;
  readonly report: RunReport;
}

/** Every message for every client of the fleet, over the whole run; deliveries. */
export interface FleetAccount {
  /** Messages published x clients. */
  readonly owed: number;
  readonly received: number;
  /** Of `received`, what clients of a lost server got from another one's history. */
  readonly recovered: number;
  /** Not in the history any more when its client came back. */
  readonly missed: number;
  readonly dropped: number;
  /** For clients that no server took back, and for those that were not back yet when the run ended. */
  readonly refused: number;
  readonly away: number;
  /** Queued or on the way at the end, and what connections that ended took along for good. */
  readonly underWay: number;
  readonly lostWithConnection: number;
  /** In the stream, or expired there, before a server took it. */
  readonly neverTaken: number;
  /** Queued or on the way when a server died; beside the account, because other servers give it again or it is missed. */
  readonly interrupted: number;
  readonly clientsMoved: number;
  readonly clientsRecovered: number;
  /** owed is the sum of the rest, and each server's own ledger balances. */
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
  readonly sinceSequence: number | null;
  count: number;
}

const connectionsKeptUsually = 500;

/**
 * Simulates a fleet: servers behind a balancer that spreads clients evenly, on one stream. Servers that have the same number
 * of clients from the start and get the same number of a lost server's are alike but for chance, so one of each kind is
 * simulated, in the scale model, and counts for all: their load is the same stream, message by message.
 *
 * Clients of a lost server return to the others at the balancer's rate, each with the sequence it has: as many as the lost
 * server's clients had received in all, spread as evenly as whole messages allow.
 */
export function simulateFleet(input: ResolvedScenario, options: SimulateFleetOptions = {}): FleetReport {
  const { fleet, workload } = input.scenario;
  assert(fleet !== null, 'the scenario has no fleet');
  const { servers, lost } = fleet;
  const scale = scaleOf(workload.connections, servers, options.connectionsKept ?? connectionsKeptUsually);
  const units = Math.round(workload.connections / scale);
  const unitsOf = (server: number): number => Math.floor(units / servers) + (server < units % servers ? 1 : 0);
  const lostServers = lost?.servers ?? 0;
  const lostPlans = grouped(
    Array.from({ length: lostServers }, (_, server) => ({
      connections: unitsOf(server),
      joined: 0,
      sinceSequence: null,
    })),
  );
  const groups: FleetServers[] = [];
  let planned = lostPlans.length + 1;
  const run = (role: FleetServers['role'], { connections, joined, sinceSequence, count }: Plan): FleetServers => {
    const scenario = oneServer(input, connections * scale, joined * scale, sinceSequence, role);
    const index = groups.length;
    const report = simulate(scenario, {
      scale,
      onProgress: (progress) => options.onProgress?.(index, Math.max(planned, index + 1), progress),
    });
    const group = { role, count, connections: connections * scale, joined: joined * scale, report };
    groups.push(group);
    return group;
  };
  const deaths = lostPlans.map((plan) => run('lost', plan));
  const returning = dealt(deaths, scale);
  const survivors = Array.from({ length: servers - lostServers }, (_, index) => unitsOf(lostServers + index));
  const plans = grouped(spread(survivors, returning));
  planned = lostPlans.length + plans.length;
  for (const plan of plans) run('survivor', plan);
  return reportOf(input, scale, units * scale, groups);
}

/** A divisor of the connections that leaves about so many simulated ones a server; without one, the nearest number. */
function scaleOf(connections: number, servers: number, kept: number): number {
  const wanted = Math.max(1, Math.round(connections / servers / kept));
  for (let scale = wanted; scale >= Math.max(1, wanted / 2); scale -= 1) {
    if (connections % scale === 0) return scale;
  }
  return wanted;
}

/** Returning clients, one entry each: the sequence up to which it has everything. */
function dealt(deaths: readonly FleetServers[], scale: number): number[] {
  const sequences: number[] = [];
  for (const { count, connections, report } of deaths) {
    const { ledger } = report.summary;
    const clients = connections / scale;
    const had = (ledger.received + droppedForGood(ledger)) / scale;
    const least = Math.floor(had / clients);
    const withOneMore = had - least * clients;
    for (let server = 0; server < count; server += 1) {
      for (let client = 0; client < clients; client += 1) sequences.push(client < withOneMore ? least + 1 : least);
    }
  }
  return sequences.sort((left, right) => right - left);
}

/** The balancer gives each survivor its share of those that return; those with fewer clients get the odd ones. */
function spread(survivors: readonly number[], returning: readonly number[]): Omit<Plan, 'count'>[] {
  const each = Math.floor(returning.length / survivors.length);
  const odd = returning.length % survivors.length;
  let next = 0;
  return [...survivors]
    .sort((left, right) => left - right)
    .map((connections, index) => {
      const joined = each + (index < odd ? 1 : 0);
      const theirs = returning.slice(next, next + joined);
      next += joined;
      const total = theirs.reduce((sum, sequence) => sum + sequence, 0);
      return { connections, joined, sinceSequence: joined === 0 ? null : total / joined };
    });
}

function grouped(plans: readonly Omit<Plan, 'count'>[]): Plan[] {
  const groups: Plan[] = [];
  for (const plan of plans) {
    const alike = groups.find(
      ({ connections, joined, sinceSequence }) =>
        connections === plan.connections && joined === plan.joined && sinceSequence === plan.sinceSequence,
    );
    if (alike === undefined) groups.push({ ...plan, count: 1 });
    else alike.count += 1;
  }
  return groups;
}

/** One server of the fleet by itself: its clients, its part of the ramp, and what happens to it. */
function oneServer(
  input: ResolvedScenario,
  connections: number,
  joined: number,
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

function reportOf(
  input: ResolvedScenario,
  scale: number,
  connections: number,
  groups: readonly FleetServers[],
): FleetReport {
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
    connections,
    scale,
    groups,
    account: accountOf(connections, scale, groups, total),
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

const publishedBy = ({ report }: FleetServers): number =>
  report.intervals.reduce((sum, { published }) => sum + published, 0);

const refusedBy = ({ report }: FleetServers): number =>
  Object.values(report.summary.connections.refusedByReason).reduce((sum, count) => sum + count, 0);

/** Mean sequence up to which those that joined had everything. */
function sinceOf({ report }: FleetServers): number {
  const { faults } = report.scenario as ResolvedScenario['scenario'];
  const join = faults.find(({ kind }) => kind === 'clients-join');
  return join?.kind === 'clients-join' ? (join.sinceSequence ?? 0) : 0;
}

/** Messages after their sequence for the clients that were on their way back: those that come in later, the last. */
function awayOf(group: FleetServers, published: number, scale: number): number {
  const back = (group.report.summary.clients?.reconnected ?? 0) + refusedBy(group);
  const away = group.joined - back;
  if (away <= 0) return 0;
  const since = sinceOf(group);
  const sequences = group.joined * since - Math.floor((back / scale) * since) * scale;
  return away * published - sequences;
}

function accountOf(
  connections: number,
  scale: number,
  groups: readonly FleetServers[],
  total: (pick: (group: FleetServers) => number) => number,
): FleetAccount {
  const published = publishedBy(groups[0]);
  assert(
    groups.every((group) => publishedBy(group) === published),
    () => `the servers of a fleet heard different streams: ${groups.map(publishedBy).join(', ')} messages`,
  );
  const isSurvivor = ({ role }: FleetServers): boolean => role === 'survivor';
  const ledgerOf = ({ report }: FleetServers): RunReport['summary']['ledger'] => report.summary.ledger;
  const closedCount = (group: FleetServers): number => ledgerOf(group).droppedByReason['connection-closed'] ?? 0;
  const account = {
    owed: published * connections,
    received: total((group) => ledgerOf(group).received),
    recovered: total((group) => ledgerOf(group).replayed),
    missed: total(({ report }) => report.summary.clients?.missingSequences ?? 0),
    dropped: total((group) => droppedForGood(ledgerOf(group)) + (isSurvivor(group) ? closedCount(group) : 0)),
    refused: total((group) => refusedBy(group) * (published - sinceOf(group))),
    away: total((group) => awayOf(group, published, scale)),
    underWay: total((group) => (isSurvivor(group) ? ledgerOf(group).queued + ledgerOf(group).inTransit : 0)),
    lostWithConnection: total((group) => (isSurvivor(group) ? ledgerOf(group).lostWithConnection : 0)),
    neverTaken: total((group) =>
      isSurvivor(group)
        ? (ledgerOf(group).busWaiting + ledgerOf(group).busExpired) * group.report.summary.connections.open
        : 0,
    ),
    interrupted: total((group) =>
      isSurvivor(group) ? 0 : closedCount(group) + ledgerOf(group).lostWithConnection + ledgerOf(group).inTransit,
    ),
    clientsMoved: total(({ joined }) => joined),
    clientsRecovered: total(({ report }) => report.summary.clients?.recovered ?? 0),
  };
  const { received, missed, dropped, refused, away, underWay, lostWithConnection, neverTaken } = account;
  const accounted = received + missed + dropped + refused + away + underWay + lostWithConnection + neverTaken;
  return {
    ...account,
    balanced: Math.abs(account.owed - accounted) < 0.5 && groups.every((group) => ledgerOf(group).balanced),
  };
}
