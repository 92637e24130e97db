import { activeTasks } from '../overload/admission.ts';
import { closedForm } from '../closed-form/closed-form.ts';
import { firstLimit } from '../closed-form/first-limit.ts';
import { egressTermsOf, egressUsdPerMonth } from '../experiment/prices.ts';
import { evaluateHealth } from '../overload/health.ts';
import type { LatencyHistogram } from './latency-histogram.ts';
import { closeReasonNames, dropReasonNames, nakReasonNames, refusalReasonNames } from '../base/outcomes.ts';
import type { ResolvedScenario } from '../experiment/resolve-scenario.ts';
import type {
  Interval,
  LedgerReport,
  ResourceName,
  ResourceUse,
  RunReport,
  Summary,
} from '../experiment/run-report.ts';
import type { Scenario } from '../experiment/scenario.ts';
import { clientGroupsOf, connectionsAsked, type OfferedRates, offeredRates } from '../experiment/workload-shape.ts';
import { bitsPerByte, hoursPerMonth, nanosecondsPerSecond } from '../base/units.ts';
import { verdictOf } from './verdict.ts';

/** Running totals of a run at one moment. */
export interface Sample {
  readonly atNs: number;
  readonly mainNs: number;
  readonly shardNs: readonly number[];
  readonly kernelNs: number;
  readonly loadClientNs: number | null;
  /** Garbage collections of the event loops, and how long these stood still for them. */
  readonly collectionPauses: number;
  readonly collectionNs: number;
  readonly memoryBytes: number;
  /** Of sockets and what waits in their queues; null where it is not known. */
  readonly kernelMemoryBytes: number | null;
  /** Messages given to sockets that no client has taken, and messages waiting in the stream; null where nobody knows. */
  readonly inTransit: number | null;
  readonly busWaiting: number | null;
  readonly connections: number;
  readonly published: number;
  readonly offered: number;
  readonly sent: number;
  readonly received: number;
  readonly writes: number;
  readonly bytes: number;
  /** Crossed the network card, headers included. */
  readonly wireBytes: number;
  readonly dropped: number;
  readonly naks: number;
  readonly queued: number;
  /** Whether the message bus is within reach; absent is yes. */
  readonly busConnected?: boolean;
}

/** Accounts of the whole run, at its end; counters are indexed by reason (`outcomes`). */
export interface FinalAccounts {
  readonly received: number;
  readonly clients: RunReport['summary']['clients'];
  readonly lost: number;
  readonly unknown: number;
  readonly inTransit: number;
  readonly shards: readonly {
    readonly offered: number;
    readonly sent: number;
    readonly replayed: number;
    readonly queued: number;
    readonly droppedByReason: ArrayLike<number>;
    readonly closedByReason: ArrayLike<number>;
  }[];
  readonly intake: {
    readonly busMessages: number;
    readonly acknowledged: number;
    readonly nakedByReason: ArrayLike<number>;
  };
  readonly stream: { readonly pendingMessages: number; readonly expiredUnacknowledged: number };
  readonly refusedByReason: readonly ArrayLike<number>[];
  readonly accepted: number;
  readonly throttledSeconds: number;
  /** Messages that one recorded latency stands for; 1 unless a scale model was simulated. */
  readonly latencyScale?: number;
}

/** By so much what is sent in a window differs from what was asked in it, without anything being short. */
const windowNoise = 0.02;

const cpuOf = (sample: Sample): number => sample.shardNs.reduce((total, ns) => total + ns, sample.mainNs);

/** Turns samples of running totals into a `RunReport`, for a simulated and for a live run alike. */
export class Recorder {
  #input: ResolvedScenario;
  #intervals: Interval[] = [];
  #previous: Sample | null = null;
  #start: Sample | null = null;
  #end: Sample | null = null;
  #maxMemoryBytes = 0;
  #maxKernelBytes = 0;
  #maxTotalMemoryBytes = 0;
  /** Whether the bus was out of reach at any time since the window began: a mean would hide it. */
  #busLost = false;

  constructor(input: ResolvedScenario) {
    this.#input = input;
  }

  windowStarted(sample: Sample): void {
    this.#start = sample;
    this.#busLost = sample.busConnected === false;
  }
  windowEnded(sample: Sample): void {
    this.#end = sample;
  }

  /** Deliveries per second since the last interval ended. */
  deliveriesPerSecond(sent: number, nowNs: number): number {
    const previous = this.#previous;
    if (previous === null || nowNs <= previous.atNs) return 0;
    return ((sent - previous.sent) * nanosecondsPerSecond) / (nowNs - previous.atNs);
  }

  interval(sample: Sample, latency: LatencyHistogram): void {
    const before = this.#previous;
    const since = (field: keyof Sample): number =>
      Number(sample[field]) - (before === null ? 0 : Number(before[field]));
    const seconds = since('atNs') / nanosecondsPerSecond;
    const kernelBytes = sample.kernelMemoryBytes ?? 0;
    this.#maxMemoryBytes = Math.max(this.#maxMemoryBytes, sample.memoryBytes);
    this.#maxKernelBytes = Math.max(this.#maxKernelBytes, kernelBytes);
    this.#maxTotalMemoryBytes = Math.max(this.#maxTotalMemoryBytes, sample.memoryBytes + kernelBytes);
    const loopNs = [sample.mainNs, ...sample.shardNs].map(
      (ns, loop) => ns - (before === null ? 0 : [before.mainNs, ...before.shardNs][loop]),
    );
    if (this.#end === null && sample.busConnected === false) this.#busLost = true;
    this.#intervals.push({
      atSeconds: sample.atNs / nanosecondsPerSecond,
      connections: sample.connections,
      cpuCores: rounded((cpuOf(sample) - (before === null ? 0 : cpuOf(before))) / nanosecondsPerSecond / seconds),
      memoryBytes: sample.memoryBytes,
      published: since('published'),
      sent: since('sent'),
      received: since('received'),
      writes: since('writes'),
      payloadBytes: since('bytes'),
      dropped: since('dropped'),
      naks: since('naks'),
      queued: sample.queued,
      ...(sample.inTransit === null ? {} : { inTransit: sample.inTransit }),
      ...(sample.busWaiting === null ? {} : { busWaiting: sample.busWaiting }),
      wireBytes: Math.round(since('wireBytes')),
      loopCores: rounded(Math.max(...loopNs) / nanosecondsPerSecond / seconds),
      latencyP50Ms: latency.count === 0 ? null : rounded(latency.percentile(50)),
      latencyP99Ms: latency.count === 0 ? null : rounded(latency.percentile(99)),
    });
    this.#previous = sample;
  }

  /** @param latency of the messages received within the window, and of those that are still owed at its end */
  report(kind: 'predicted' | 'measured', last: Sample, latency: LatencyHistogram, accounts: FinalAccounts): RunReport {
    const { scenario, settings, machine, profile, transfer } = this.#input;
    const start = this.#start ?? last;
    const end = this.#end ?? last;
    const seconds = (end.atNs - start.atNs) / nanosecondsPerSecond;
    const perSecond = (from: number, to: number): number => rounded((to - from) / seconds);
    const cores = (from: number, to: number): number => rounded((to - from) / nanosecondsPerSecond / seconds);
    const serverCores = cores(cpuOf(start), cpuOf(end));
    const kernelCores = cores(start.kernelNs, end.kernelNs);
    const mainCores = cores(start.mainNs, end.mainNs);
    const shardCores = end.shardNs.map((ns, shard) => cores(start.shardNs[shard], ns));
    const payloadBitsPerSecond = perSecond(start.bytes, end.bytes) * bitsPerByte;
    const wireBitsPerSecond = perSecond(start.wireBytes, end.wireBytes) * bitsPerByte;
    const { warmUpSeconds, durationSeconds } = scenario.workload;
    const window = { fromSeconds: warmUpSeconds, untilSeconds: durationSeconds };
    const wanted = offeredRates(scenario.workload, { connections: connectionsAsked(scenario) }, window);
    const resources = this.#resources(
      kind,
      wanted,
      { start, end, seconds },
      {
        cpu: serverCores,
        'event-loop': Math.max(mainCores, ...shardCores),
        network: wireBitsPerSecond,
        memory: end.memoryBytes + (end.kernelMemoryBytes ?? 0),
        descriptors: end.connections,
        connections: end.connections,
        'bus-rate': perSecond(start.published, end.published),
        'broadcast-rate': perSecond(start.published, end.published),
        tasks: activeTasks(end.connections, settings.workerPoolSize),
      },
    );
    const health = evaluateHealth(
      {
        cpuCores: serverCores,
        memoryBytes: end.memoryBytes,
        connections: end.connections,
        tasks: activeTasks(end.connections, settings.workerPoolSize),
        networkBitsPerSecond: wireBitsPerSecond,
        natsConnected: !this.#busLost,
        loopCores: [cores(start.mainNs, end.mainNs), ...end.shardNs.map((ns, at) => cores(start.shardNs[at] ?? 0, ns))],
      },
      { ...settings, networkBitsPerSecond: machine.networkBitsPerSecond },
    );
    const { shards } = accounts;
    const ledger = ledgerOf(accounts);
    const percentile = (percent: number): number | null =>
      latency.count === 0 ? null : rounded(latency.percentile(percent));
    const summary: Omit<Summary, 'verdict'> = {
      windowSeconds: seconds,
      firstLimit: firstLimit(resources).first.resource,
      resources,
      cpu: {
        cores: serverCores,
        userCores: rounded(serverCores - kernelCores),
        kernelCores,
        mainCores,
        shardCores,
        loadClientCores:
          end.loadClientNs === null || start.loadClientNs === null ? null : cores(start.loadClientNs, end.loadClientNs),
        throttledSeconds: rounded(accounts.throttledSeconds),
        garbageCollection: {
          pausesPerSecond: perSecond(start.collectionPauses, end.collectionPauses),
          cores: cores(start.collectionNs, end.collectionNs),
        },
      },
      memory: {
        bytes: end.memoryBytes,
        maxBytes: Math.max(this.#maxMemoryBytes, end.memoryBytes),
        perConnectionBytes: end.connections > 0 ? Math.round(end.memoryBytes / end.connections) : 0,
        kernelBytes: end.kernelMemoryBytes,
        kernelMaxBytes: end.kernelMemoryBytes === null ? null : Math.max(this.#maxKernelBytes, end.kernelMemoryBytes),
      },
      network: { payloadBitsPerSecond, wireBitsPerSecond, limitBitsPerSecond: machine.networkBitsPerSecond },
      connections: {
        asked: connectionsAsked(scenario),
        accepted: accounts.accepted,
        open: end.connections,
        refusedByReason: byName(refusalReasonNames, accounts.refusedByReason),
        closedByReason: byName(
          closeReasonNames,
          shards.map((shard) => shard.closedByReason),
        ),
      },
      publishedPerSecond: perSecond(start.published, end.published),
      sentPerSecond: perSecond(start.sent, end.sent),
      receivedPerSecond: perSecond(start.received, end.received),
      writesPerSecond: perSecond(start.writes, end.writes),
      drops: end.dropped - start.dropped,
      naks: end.naks - start.naks,
      latencyMs: {
        count: Math.round(latency.count * (accounts.latencyScale ?? 1)),
        mean: latency.count === 0 ? null : rounded(latency.mean),
        p50: percentile(50),
        p90: percentile(90),
        p99: percentile(99),
        max: latency.count === 0 ? null : rounded(latency.max),
      },
      health: health.status,
      clients: accounts.clients,
      usdPerMonth: machine.usdPerHour === null ? null : rounded(machine.usdPerHour * hoursPerMonth),
      cost: costOf(this.#input, resources, wireBitsPerSecond),
      ledger,
    };
    const verdict = verdictOf({
      summary,
      intervals: this.#intervals,
      windowStartSeconds: start.atNs / nanosecondsPerSecond,
      windowEndSeconds: end.atNs / nanosecondsPerSecond,
      deliveriesPerSecond: wanted.deliveriesPerSecond,
      fanOut: wanted.fanOut,
      stalledClients: stalledClients(scenario),
    });
    return {
      schemaVersion: 1,
      provenance: { kind, commit: '', date: '', host: '', runtime: '' },
      scenario,
      profile: kind === 'predicted' ? profile.name : null,
      ...(kind === 'predicted' && transfer.low !== transfer.high ? { transfer } : {}),
      seed: scenario.seed,
      intervals: this.#intervals,
      summary: { ...summary, verdict },
    };
  }

  /** Every resource of the scenario: what was used, at the mean and at the worst interval, and what the load asks for. */
  #resources(
    kind: 'predicted' | 'measured',
    wanted: OfferedRates,
    { start, end, seconds }: { readonly start: Sample; readonly end: Sample; readonly seconds: number },
    used: Readonly<Record<ResourceName, number>>,
  ): ResourceUse[] {
    const { scenario } = this.#input;
    const sent = end.sent - start.sent;
    const asked = Math.max(end.offered - start.offered, wanted.deliveriesPerSecond * seconds);
    // A measured run has no profile to ask: what was used, and what the deliveries that it did not make would have taken.
    const askedFactor = sent > 0 && asked > sent * (1 + windowNoise) ? asked / sent : 1;
    const peaks = this.#peaks(start, end);
    const load = { connections: connectionsAsked(scenario), ratePerSecond: this.#ratePerSecond(wanted) };
    return closedForm(this.#input, load).resources.map((byForm) => {
      const { resource, limit, unit } = byForm;
      const peak = peaks[resource];
      const isTaken = kind === 'measured' && (resource === 'cpu' || resource === 'event-loop' || resource === 'memory');
      const demand = isTaken ? used[resource] * (resource === 'memory' ? 1 : askedFactor) : byForm.demand;
      return {
        resource,
        used: rounded(used[resource]),
        ...(peak === undefined ? {} : { peak: rounded(Math.max(peak, used[resource])) }),
        demand: rounded(demand),
        ...(isTaken || byForm.demandLow === undefined || byForm.demandHigh === undefined
          ? {}
          : { demandLow: rounded(byForm.demandLow), demandHigh: rounded(byForm.demandHigh) }),
        limit,
        ...(byForm.usable === undefined ? {} : { usable: byForm.usable }),
        unit,
        utilisation: rounded(demand / limit),
      };
    });
  }

  /** The scenario's rate as the window has it: a day curve's mean, in the terms of `ratePerSecond`. */
  #ratePerSecond(wanted: OfferedRates): number {
    const whole = offeredRates(this.#input.scenario.workload);
    const { ratePerSecond } = this.#input.scenario.workload;
    return whole.publishedPerSecond === 0
      ? ratePerSecond
      : (ratePerSecond * wanted.publishedPerSecond) / whole.publishedPerSecond;
  }

  #peaks(start: Sample, end: Sample): Partial<Record<ResourceName, number>> {
    const [from, until] = [start.atNs / nanosecondsPerSecond, end.atNs / nanosecondsPerSecond];
    const rows = this.#intervals.filter(({ atSeconds }) => atSeconds > from && atSeconds <= until);
    const largest = (pick: (row: Interval, beforeSeconds: number) => number): number | undefined => {
      let most: number | undefined;
      for (let index = 1; index < rows.length; index += 1) {
        most = Math.max(most ?? -Infinity, pick(rows[index], rows[index - 1].atSeconds));
      }
      return most;
    };
    return {
      cpu: largest(({ cpuCores }) => cpuCores),
      'event-loop': largest(({ loopCores = 0 }) => loopCores),
      network: largest(({ wireBytes = 0, atSeconds }, before) => (wireBytes * bitsPerByte) / (atSeconds - before)),
      memory: this.#maxTotalMemoryBytes,
      connections: largest(({ connections }) => connections),
    };
  }
}

/** Clients that the scenario makes stop reading for a while or for good. */
function stalledClients({ workload, faults }: Scenario): number {
  const groups = clientGroupsOf(workload);
  const share = groups.reduce((sum, group) => sum + group.share * group.stalledShare, 0);
  const stalls = faults.filter((fault) => fault.kind === 'clients-stall');
  return Math.ceil(
    workload.connections *
      Math.min(
        1,
        stalls.reduce((sum, fault) => sum + fault.share, share),
      ),
  );
}

/** What the load costs a month: egress by what it asks of the wire, and what of that the card can carry. */
function costOf(
  { scenario, machine }: ResolvedScenario,
  resources: readonly ResourceUse[],
  wireBitsPerSecond: number,
): Summary['cost'] {
  const network = resources.find(({ resource }) => resource === 'network');
  const bits = network === undefined ? wireBitsPerSecond : Math.min(network.demand, network.limit);
  const terms = egressTermsOf(machine, scenario.egress);
  return {
    computeUsdPerMonth: machine.usdPerHour === null ? null : rounded(machine.usdPerHour * hoursPerMonth),
    egressUsdPerMonth: rounded(egressUsdPerMonth(bits / bitsPerByte, terms)),
    egress: scenario.egress,
    source: terms.source,
  };
}

function ledgerOf(accounts: FinalAccounts): LedgerReport {
  const { shards } = accounts;
  const droppedByReason = byName(
    dropReasonNames,
    shards.map((shard) => shard.droppedByReason),
  );
  const offered = sumOf(shards.map(({ offered: count }) => count));
  const sent = sumOf(shards.map(({ sent: count }) => count));
  const replayed = sumOf(shards.map(({ replayed: count }) => count));
  const queued = sumOf(shards.map(({ queued: count }) => count));
  const dropped = sumOf(Object.values(droppedByReason));
  const { received, inTransit, lost, unknown } = accounts;
  return {
    offered,
    sent,
    droppedByReason,
    queued,
    replayed,
    received,
    inTransit,
    lostWithConnection: lost,
    unknown,
    busMessages: accounts.intake.busMessages,
    busAcknowledged: accounts.intake.acknowledged,
    busNakedByReason: byName(nakReasonNames, [accounts.intake.nakedByReason]),
    busWaiting: accounts.stream.pendingMessages,
    busExpired: accounts.stream.expiredUnacknowledged,
    balanced: offered === sent + dropped + queued && sent + replayed === received + inTransit + lost + unknown,
  };
}

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

function byName(names: readonly string[], counters: readonly ArrayLike<number>[]): Record<string, number> {
  const result: Record<string, number> = {};
  names.forEach((name, index) => {
    result[name] = counters.reduce((sum, counter) => sum + counter[index], 0);
  });
  return result;
}

/** Six digits after the point: enough for every reader, and no trailing noise in a diff. */
function rounded(value: number): number {
  return Math.round(value * 1_000_000) / 1_000_000;
}
