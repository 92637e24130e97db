import { activeTasks } from '../overload/admission.ts';
import { coldWriteNs, coresOf, deliveryCostAt } from './cpu-cost.ts';
import { type MemoryParts, memoryParts } from './memory-cost.ts';
import type { ResolvedScenario } from '../experiment/resolve-scenario.ts';
import type { ResourceUse } from '../experiment/run-report.ts';
import { type LoadVariation, offeredRates } from '../experiment/workload-shape.ts';
import { bitsPerByte, nanosecondsPerMillisecond, nanosecondsPerSecond } from '../base/units.ts';

/**
 * A scenario's demands in closed form: what a steady load asks of each resource, without a simulation. It knows of no
 * queueing, latency, faults or drops; for those there is the simulator, which it agrees with below saturation.
 */
export interface ClosedForm {
  readonly deliveriesPerSecond: number;
  readonly writesPerSecond: number;
  /** cpu, memory, network (where the machine has a card), connections, tasks. */
  readonly resources: readonly ResourceUse[];
  readonly memory: MemoryParts;
  /** Cores by what takes them. */
  readonly cpu: {
    readonly mainCores: number;
    readonly broadcastCores: number;
    readonly deliveryCores: number;
    readonly writeUserCores: number;
    readonly writeKernelCores: number;
    readonly backgroundCores: number;
  };
}

type Resource = ResourceUse['resource'];

export function closedForm(input: ResolvedScenario, variation: LoadVariation = {}): ClosedForm {
  const { scenario, machine, settings, profile } = input;
  const offered = offeredRates(scenario.workload, variation);
  const connections = variation.connections ?? scenario.workload.connections;
  const { publishedPerSecond: ratePerSecond, deliveriesPerSecond, payloadBytesPerSecond: bytesPerSecond } = offered;
  const { shards } = scenario;
  const writesPerSecond =
    connections *
    offered.clientClasses.reduce(
      (sum, { share, deliveriesPerSecond: rate }) => sum + share * writesPerClient(rate, settings.flushIntervalNs),
      0,
    );
  const broadcastsPerSecond = ratePerSecond * shards;
  const visitsPerSecond = settings.subscriptionLookup === 'scan' ? connections * ratePerSecond : deliveriesPerSecond;
  const rates = {
    shards,
    busMessagesPerSecond: ratePerSecond,
    broadcastsPerSecond,
    visitsPerSecond,
    deliveriesPerSecond,
    writesPerSecond,
    connections,
    bytesPerSecond,
    acceptsPerSecond: offered.replacementsPerSecond,
  };
  const deliveryExtraNs = deliveryCostAt(profile, ratePerSecond);
  const cores = coresOf(profile, rates) + (deliveriesPerSecond * deliveryExtraNs) / nanosecondsPerSecond;
  const { cpu } = profile;
  const coldNs = coldWriteNs(cpu, (connections * nanosecondsPerSecond) / writesPerSecond);
  const coresFor = (ns: number): number => ns / nanosecondsPerSecond;
  const memory = memoryParts(profile, {
    shards,
    connections,
    slotsPerConnection: settings.sendBufferSlots,
    subscriptions: offered.subscriptions,
    bufferBytes: 0,
    retainedBytes: retainedBytes(input, ratePerSecond),
    deliveriesPerSecond,
  });
  const memoryBytes = Object.values(memory).reduce((sum, bytes) => sum + bytes, 0);
  const use = (resource: Resource, demand: number, limit: number, unit: string): ResourceUse => ({
    resource,
    used: Math.min(demand, limit),
    demand,
    limit,
    unit,
    utilisation: demand / limit,
  });
  return {
    deliveriesPerSecond,
    writesPerSecond,
    memory,
    cpu: {
      mainCores: coresFor(ratePerSecond * cpu.perBusMessageNs),
      broadcastCores: coresFor(broadcastsPerSecond * cpu.perBroadcastNs + visitsPerSecond * cpu.perVisitNs),
      deliveryCores: coresFor(deliveriesPerSecond * (cpu.perDeliveryNs + deliveryExtraNs)),
      writeUserCores: coresFor(writesPerSecond * cpu.perWriteUserNs),
      writeKernelCores: coresFor(
        writesPerSecond * (cpu.perWriteKernelNs + coldNs) + bytesPerSecond * cpu.perByteKernelNs,
      ),
      backgroundCores: coresFor(cpu.perSecondNs),
    },
    resources: [
      use('cpu', cores, machine.cpuLimitCores, 'cores'),
      use('memory', memoryBytes, machine.memoryLimitBytes, 'bytes'),
      ...(machine.networkBitsPerSecond === null
        ? []
        : [use('network', bytesPerSecond * bitsPerByte, machine.networkBitsPerSecond, 'bit/s')]),
      use('connections', connections, settings.connectionsMax, 'connections'),
      use('tasks', activeTasks(connections, settings.workerPoolSize), settings.tasksMax, 'tasks'),
    ],
  };
}

/** Messages kept for recovery and, with the embedded bus, in the stream, once both are as old as they get (R33). */
function retainedBytes({ settings, scenario }: ResolvedScenario, ratePerSecond: number): number {
  const { messageBytes } = scenario.workload;
  const kept = (ageNs: number, bytesMost: number): number =>
    Math.min((ageNs / nanosecondsPerSecond) * ratePerSecond * messageBytes, bytesMost);
  const stream = settings.natsUrl === null ? kept(settings.streamMaxAgeNs, settings.streamMaxBytes) : 0;
  return kept(settings.historyAgeNs, settings.historyBytesMax) + stream;
}

/**
 * Socket writes per second to one client that messages reach at equal distances: the first message queued waits for the
 * interval, and for the timer's millisecond, and takes along all that come meanwhile (`FlushPolicy`).
 */
export function writesPerClient(ratePerClient: number, flushIntervalNs: number): number {
  if (flushIntervalNs === 0) return ratePerClient;
  const waitSeconds = (flushIntervalNs + nanosecondsPerMillisecond) / nanosecondsPerSecond;
  return ratePerClient / (Math.floor(ratePerClient * waitSeconds) + 1);
}

/** Where the search for a limit ends: beyond any load that a scenario accepts. */
const loadMost = 100_000_000;

/**
 * The largest load, in connections or in messages per second, at which a resource is used to `utilisation` of its limit
 * or less; 0 where even the smallest load is too much, Infinity where the resource does not depend on it.
 */
export function largestLoad(
  input: ResolvedScenario,
  of: keyof LoadVariation,
  resource: Resource,
  utilisation = 1,
): number {
  const fits = (load: number): boolean => {
    const found = closedForm(input, { [of]: load }).resources.find((one) => one.resource === resource);
    return found === undefined || found.utilisation <= utilisation;
  };
  if (fits(loadMost)) return Infinity;
  // Connections are whole; a rate is found to a thousandth.
  const grain = of === 'connections' ? 1 : 0.001;
  let below = 0;
  let above = Math.round(loadMost / grain);
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2);
    if (fits(middle * grain)) below = middle;
    else above = middle;
  }
  return below * grain;
}
