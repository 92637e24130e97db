import { activeTasks } from '../overload/admission.ts';
import { firstLimit } from '../closed-form/first-limit.ts';
import { evaluateHealth } from '../overload/health.ts';
import type { LatencyHistogram } from './latency-histogram.ts';
import { closeReasonNames, dropReasonNames, nakReasonNames, refusalReasonNames } from '../base/outcomes.ts';
import type { ResolvedScenario } from '../experiment/resolve-scenario.ts';
import type { Interval, ResourceUse, RunReport } from '../experiment/run-report.ts';
import { connectionsAsked, offeredRates } from '../experiment/workload-shape.ts';
import { bitsPerByte, hoursPerMonth, nanosecondsPerSecond } from '../base/units.ts';

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
  /** null where it is not known. */
  readonly kernelMemoryBytes: number | null;
  readonly connections: number;
  readonly published: number;
  readonly offered: number;
  readonly sent: number;
  readonly received: number;
  readonly writes: number;
  readonly bytes: number;
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
    this.#maxMemoryBytes = Math.max(this.#maxMemoryBytes, sample.memoryBytes);
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
      latencyP50Ms: rounded(latency.percentile(50)),
      latencyP99Ms: rounded(latency.percentile(99)),
    });
    this.#previous = sample;
  }

  /** @param latency of the messages received within the window */
  report(kind: 'predicted' | 'measured', last: Sample, latency: LatencyHistogram, accounts: FinalAccounts): RunReport {
    const { scenario, machine, settings, profile } = this.#input;
    const start = this.#start ?? last;
    const end = this.#end ?? last;
    const seconds = (end.atNs - start.atNs) / nanosecondsPerSecond;
    const perSecond = (from: number, to: number): number => rounded((to - from) / seconds);
    const cores = (from: number, to: number): number => rounded((to - from) / nanosecondsPerSecond / seconds);
    const serverCores = cores(cpuOf(start), cpuOf(end));
    const kernelCores = cores(start.kernelNs, end.kernelNs);
    const payloadBitsPerSecond = perSecond(start.bytes, end.bytes) * bitsPerByte;
    const sent = end.sent - start.sent;
    const offered = end.offered - start.offered;
    // What the scenario asks for: clients that were refused or cut off, and messages that were not taken from the bus, do
    // not make the demand smaller.
    const { warmUpSeconds, durationSeconds } = scenario.workload;
    const window = { fromSeconds: warmUpSeconds, untilSeconds: durationSeconds };
    const wanted = offeredRates(scenario.workload, { connections: connectionsAsked(scenario) }, window);
    // A saturated resource shows its limit as its use: demand is what the asked load would have taken.
    const asked = Math.max(offered, wanted.deliveriesPerSecond * seconds);
    const askedFactor = sent > 0 && asked > sent * (1 + windowNoise) ? asked / sent : 1;
    const tasks = activeTasks(end.connections, settings.workerPoolSize);
    const resources: ResourceUse[] = [
      use('cpu', serverCores, serverCores * askedFactor, machine.cpuLimitCores, 'cores'),
      use('memory', end.memoryBytes, end.memoryBytes, machine.memoryLimitBytes, 'bytes'),
      use('connections', end.connections, connectionsAsked(scenario), settings.connectionsMax, 'connections'),
      use('tasks', tasks, tasks, settings.tasksMax, 'tasks'),
    ];
    if (machine.networkBitsPerSecond !== null) {
      const demand = Math.max(payloadBitsPerSecond, wanted.payloadBytesPerSecond * bitsPerByte);
      resources.splice(2, 0, use('network', payloadBitsPerSecond, demand, machine.networkBitsPerSecond, 'bit/s'));
    }
    const health = evaluateHealth(
      {
        cpuCores: serverCores,
        memoryBytes: end.memoryBytes,
        connections: end.connections,
        tasks,
        networkBitsPerSecond: payloadBitsPerSecond,
        natsConnected: !this.#busLost,
      },
      { ...settings, networkBitsPerSecond: machine.networkBitsPerSecond },
    );
    const { shards } = accounts;
    const droppedByReason = byName(
      dropReasonNames,
      shards.map((shard) => shard.droppedByReason),
    );
    const totals = {
      offered: sumOf(shards.map(({ offered: count }) => count)),
      sent: sumOf(shards.map(({ sent: count }) => count)),
      replayed: sumOf(shards.map(({ replayed: count }) => count)),
      queued: sumOf(shards.map(({ queued: count }) => count)),
      dropped: sumOf(Object.values(droppedByReason)),
    };
    const drops = end.dropped - start.dropped;
    return {
      schemaVersion: 1,
      provenance: { kind, commit: '', date: '', host: '', runtime: '' },
      scenario,
      profile: kind === 'predicted' ? profile.name : null,
      seed: scenario.seed,
      intervals: this.#intervals,
      summary: {
        windowSeconds: seconds,
        firstLimit: firstLimit(resources).first.resource,
        resources,
        cpu: {
          cores: serverCores,
          userCores: rounded(serverCores - kernelCores),
          kernelCores,
          mainCores: cores(start.mainNs, end.mainNs),
          shardCores: end.shardNs.map((ns, shard) => cores(start.shardNs[shard], ns)),
          loadClientCores:
            end.loadClientNs === null || start.loadClientNs === null
              ? null
              : cores(start.loadClientNs, end.loadClientNs),
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
        },
        network: {
          payloadBitsPerSecond,
          wireBitsPerSecond: perSecond(start.wireBytes, end.wireBytes) * bitsPerByte,
          limitBitsPerSecond: machine.networkBitsPerSecond,
        },
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
        drops,
        naks: end.naks - start.naks,
        latencyMs: {
          count: Math.round(latency.count * (accounts.latencyScale ?? 1)),
          mean: rounded(latency.mean),
          p50: rounded(latency.percentile(50)),
          p90: rounded(latency.percentile(90)),
          p99: rounded(latency.percentile(99)),
          max: rounded(latency.max),
        },
        health: health.status,
        clients: accounts.clients,
        usdPerMonth: machine.usdPerHour === null ? null : rounded(machine.usdPerHour * hoursPerMonth),
        ledger: {
          offered: totals.offered,
          sent: totals.sent,
          droppedByReason,
          queued: totals.queued,
          replayed: totals.replayed,
          received: accounts.received,
          inTransit: accounts.inTransit,
          lostWithConnection: accounts.lost,
          unknown: accounts.unknown,
          busMessages: accounts.intake.busMessages,
          busAcknowledged: accounts.intake.acknowledged,
          busNakedByReason: byName(nakReasonNames, [accounts.intake.nakedByReason]),
          busWaiting: accounts.stream.pendingMessages,
          busExpired: accounts.stream.expiredUnacknowledged,
          balanced:
            totals.offered === totals.sent + totals.dropped + totals.queued &&
            totals.sent + totals.replayed === accounts.received + accounts.inTransit + accounts.lost + accounts.unknown,
        },
      },
    };
  }
}

function use(
  resource: ResourceUse['resource'],
  used: number,
  demand: number,
  limit: number,
  unit: string,
): ResourceUse {
  return { resource, used: rounded(used), demand: rounded(demand), limit, unit, utilisation: rounded(demand / limit) };
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
