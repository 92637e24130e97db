import { activeTasks, cpuPercentAt, flushIntervalAt, loopRejectPercent } from '../overload/admission.ts';
import { coresOf, deliveryCostAt, mainThreadCoresOf } from './cpu-cost.ts';
import { type MemoryParts, memoryParts } from './memory-cost.ts';
import { transferredProfile } from '../experiment/transfer.ts';
import type { ResolvedScenario } from '../experiment/resolve-scenario.ts';
import { isCap, type ResourceUse, shareOfUsable } from '../experiment/run-report.ts';
import { type LoadVariation, type OfferedRates, offeredRates } from '../experiment/workload-shape.ts';
import { bitsPerByte, nanosecondsPerSecond } from '../base/units.ts';
import { writePattern } from './write-pattern.ts';

/**
 * The resource model: what a steady load asks of each resource if nothing stops it, without a simulation. Every command,
 * chart, notebook and the server's headroom read demands here, so that one question has one answer.
 *
 * It knows of no queueing, latency, faults or drops; for those there is the simulator, which it agrees with below saturation.
 */
export interface ClosedForm {
  readonly deliveriesPerSecond: number;
  readonly writesPerSecond: number;
  /** The interval that the load settles at: longer than the setting where CPU is short (`flushIntervalAt`). */
  readonly flushIntervalNs: number;
  /** In the order of `resourceNames`; resources that the scenario does not have are left out. */
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

/** Sockets, files and pipes of the server beside its clients' connections. */
const descriptorsOfItsOwn = 64;
/** Open files that a process of the shipped deployment may have (`server/deploy`, LimitNOFILE). */
const descriptorsMax = 1_048_576;

/** Of CPU and loops, what the profile gives at one load and flush interval. */
interface CpuDemand {
  readonly writesPerSecond: number;
  readonly wireBytesPerSecond: number;
  readonly cores: number;
  readonly loopCores: number;
  readonly parts: ClosedForm['cpu'];
}

/** @param ends also at the ends of the profile's transfer, as `demandLow` and `demandHigh`; searches do without */
export function closedForm(
  input: ResolvedScenario,
  variation: LoadVariation = {},
  { ends = true }: { readonly ends?: boolean } = {},
): ClosedForm {
  const { scenario, machine, settings, profile } = input;
  const offered = offeredRates(scenario.workload, variation);
  const connections = variation.connections ?? scenario.workload.connections;
  const { publishedPerSecond: ratePerSecond, deliveriesPerSecond } = offered;
  const { shards } = scenario;
  const cpu = settledDemand(input, variation);
  const { low, high } = input.transfer;
  const atEnd = (factor: number): CpuDemand => {
    const moved = { ...input, profile: transferredProfile(input.measuredProfile, factor) };
    return settledDemand(moved, variation);
  };
  const hasEnds = ends && low !== high;
  const atLow = hasEnds ? atEnd(low) : cpu;
  const atHigh = hasEnds ? atEnd(high) : cpu;
  const memory = memoryParts(profile, {
    shards,
    connections,
    slotsPerConnection: settings.sendBufferSlots,
    subscriptions: (offered.subscriptions * connections) / Math.max(1, connections),
    bufferBytes: 0,
    retainedBytes: retainedBytes(input, ratePerSecond),
    deliveriesPerSecond,
  });
  const kernelBytes = connections * profile.memory.perConnectionKernelBytes;
  const memoryBytes = Object.values(memory).reduce((sum, bytes) => sum + bytes, kernelBytes);
  const { writesPerSecond } = cpu;
  const use = (
    resource: Resource,
    demand: number,
    limit: number,
    unit: string,
    range?: readonly [low: number, high: number],
  ): ResourceUse => ({
    resource,
    used: Math.min(demand, limit),
    demand,
    limit,
    unit,
    utilisation: demand / limit,
    ...(range === undefined || range[0] === range[1] ? {} : { demandLow: range[0], demandHigh: range[1] }),
  });
  const wireBitsPerSecond = cpu.wireBytesPerSecond * bitsPerByte;
  return {
    deliveriesPerSecond,
    writesPerSecond,
    flushIntervalNs: cpu.flushIntervalNs,
    memory,
    cpu: cpu.parts,
    resources: [
      {
        ...use('cpu', cpu.cores, machine.cpuLimitCores, 'cores', [atLow.cores, atHigh.cores]),
        usable: usableCores(input),
      },
      {
        ...use('event-loop', cpu.loopCores, 1, 'cores', [atLow.loopCores, atHigh.loopCores]),
        usable: loopRejectPercent / 100,
      },
      ...(machine.networkBitsPerSecond === null
        ? []
        : [use('network', wireBitsPerSecond, machine.networkBitsPerSecond, 'bit/s')]),
      use('memory', memoryBytes, machine.memoryLimitBytes, 'bytes'),
      use('descriptors', connections + descriptorsOfItsOwn, descriptorsMax, 'descriptors'),
      use('connections', connections, settings.connectionsMax, 'connections'),
      use('bus-rate', ratePerSecond, settings.natsRateMaxPerSecond, 'messages/s'),
      use('broadcast-rate', ratePerSecond, settings.broadcastRateMaxPerSecond, 'messages/s'),
      ...(profile.provenance.kind === 'documented'
        ? [use('tasks', activeTasks(connections, settings.workerPoolSize), settings.tasksMax, 'tasks')]
        : []),
    ],
  };
}

/** Cores that a server uses before it refuses clients: its quota up to the reject threshold (R51). */
export const usableCores = ({ machine, settings }: Pick<ResolvedScenario, 'machine' | 'settings'>): number =>
  (machine.cpuLimitCores * settings.cpuRejectPercent) / 100;

function cpuDemand(input: ResolvedScenario, variation: LoadVariation, flushIntervalNs: number): CpuDemand {
  const { scenario, settings, profile } = input;
  const { shards, workload } = scenario;
  const offered = offeredRates(workload, variation);
  const connections = variation.connections ?? workload.connections;
  const { publishedPerSecond: ratePerSecond, deliveriesPerSecond, payloadBytesPerSecond: bytesPerSecond } = offered;
  const writes = writesOf(input, offered, flushIntervalNs);
  const writesPerSecond = connections * writes.perClientPerSecond;
  const broadcastsPerSecond = ratePerSecond * shards;
  const visitsPerSecond = settings.subscriptionLookup === 'scan' ? connections * ratePerSecond : deliveriesPerSecond;
  const rates = {
    shards,
    busMessagesPerSecond: ratePerSecond,
    broadcastsPerSecond,
    visitsPerSecond,
    deliveriesPerSecond,
    writesPerSecond,
    coldWritesPerSecond: connections * writes.coldPerClientPerSecond,
    bytesPerSecond,
    acceptsPerSecond: offered.replacementsPerSecond,
  };
  const deliveryExtraNs = deliveryCostAt(profile, ratePerSecond);
  const cores = coresOf(profile, rates) + (deliveriesPerSecond * deliveryExtraNs) / nanosecondsPerSecond;
  const { cpu } = profile;
  const coresFor = (ns: number): number => ns / nanosecondsPerSecond;
  const mainCores = mainThreadCoresOf(profile, rates);
  return {
    writesPerSecond,
    wireBytesPerSecond: connections * writes.wireBytesPerClientPerSecond,
    cores,
    // The busiest loop: a shard, of which all are alike, or the main thread.
    loopCores: Math.max(mainCores, (cores - mainCores) / shards),
    parts: {
      mainCores: coresFor(ratePerSecond * cpu.perBusMessageNs),
      broadcastCores: coresFor(broadcastsPerSecond * cpu.perBroadcastNs + visitsPerSecond * cpu.perVisitNs),
      deliveryCores: coresFor(deliveriesPerSecond * (cpu.perDeliveryNs + deliveryExtraNs)),
      writeUserCores: coresFor(writesPerSecond * cpu.perWriteUserNs),
      writeKernelCores: coresFor(
        writesPerSecond * cpu.perWriteKernelNs +
          rates.coldWritesPerSecond * cpu.perColdWriteNs +
          bytesPerSecond * cpu.perByteKernelNs,
      ),
      backgroundCores: coresFor(cpu.perSecondNs),
    },
  };
}

/** Means per client and second. */
interface ClientWrites {
  readonly perClientPerSecond: number;
  readonly wireBytesPerClientPerSecond: number;
  /** Writes, each counted by its share of a cold one's cost. */
  readonly coldPerClientPerSecond: number;
}

/** Where clients get equally many messages, which channels these are of decides how they come; else each class for itself. */
function writesOf(
  { scenario, settings, profile }: ResolvedScenario,
  { publishedPerSecond, clientClasses, messageBytes, fanOut }: OfferedRates,
  flushIntervalNs: number,
): ClientWrites {
  const { arrivals, channels, subscriptionsPerClient: subscriptions } = scenario.workload;
  const { coldWriteHalfNs, perWriteUserNs, perWriteKernelNs, perColdWriteNs, perBusMessageNs, perBroadcastNs } =
    profile.cpu;
  // Writes of one loop to all who got a message, one after the other. The next message joins those still ahead once it has
  // come through the main thread and its own broadcast.
  const writesNs = (fanOut / scenario.shards) * (perWriteUserNs + perWriteKernelNs + perColdWriteNs * burstColdShare);
  const burstNs = Math.max(0, writesNs - 2 * (perBusMessageNs + perBroadcastNs)) * burstOverlap[arrivals];
  const { writeBytesMax } = settings;
  const common = { arrivals, flushIntervalNs, messageBytes, writeBytesMax, coldWriteHalfNs, burstNs };
  let perClientPerSecond = 0;
  let wireBytesPerClientPerSecond = 0;
  let coldPerClientPerSecond = 0;
  for (const { share, deliveriesPerSecond } of clientClasses) {
    if (deliveriesPerSecond === 0) continue;
    const found = writePattern(
      clientClasses.length === 1
        ? { ...common, publishedPerSecond, channels, subscriptions }
        : { ...common, publishedPerSecond: deliveriesPerSecond, channels: 1, subscriptions: 1 },
    );
    const writes = (share * deliveriesPerSecond) / found.messagesPerWrite;
    perClientPerSecond += writes;
    wireBytesPerClientPerSecond += writes * found.wireBytesPerWrite;
    coldPerClientPerSecond += writes * found.coldShare;
  }
  return { perClientPerSecond, wireBytesPerClientPerSecond, coldPerClientPerSecond };
}

/** Share of a cold write's cost that a write of a burst pays, for the length of the burst alone. */
const burstColdShare = 0.3;
/**
 * Share of a burst in which a message that comes meanwhile still joins the writes ahead: its own broadcast takes turns with
 * them, slice by slice. Fitted to simulations of other seeds than the test's.
 */
const burstOverlap = { regular: 0.4, poisson: 0.6 };

/** Halvings that bring the interval to a few microseconds. */
const halvings = 14;

/**
 * CPU at the flush interval that a load settles at: use decides the interval (`flushIntervalAt`), and a longer interval costs
 * less. Where one more message fits into a write, cost falls by a step: around it the interval goes to and fro, and use is
 * what asks for that interval, a mixture of both sides.
 */
function settledDemand(
  input: ResolvedScenario,
  variation: LoadVariation,
): CpuDemand & { readonly flushIntervalNs: number } {
  const { settings, machine } = input;
  const { flushIntervalNs, flushIntervalMaxNs } = settings;
  const at = (intervalNs: number): CpuDemand => cpuDemand(input, variation, intervalNs);
  const percentOf = ({ cores }: CpuDemand): number => (cores / machine.cpuLimitCores) * 100;
  const asSet = at(flushIntervalNs);
  if (flushIntervalAt(percentOf(asSet), settings) <= flushIntervalNs) return { ...asSet, flushIntervalNs };
  let belowNs = flushIntervalNs;
  let aboveNs = flushIntervalMaxNs;
  let dear = asSet;
  let cheap = at(flushIntervalMaxNs);
  for (let step = 0; step < halvings; step += 1) {
    const middleNs = (belowNs + aboveNs) / 2;
    const middle = at(middleNs);
    if (flushIntervalAt(percentOf(middle), settings) > middleNs) {
      belowNs = middleNs;
      dear = middle;
    } else {
      aboveNs = middleNs;
      cheap = middle;
    }
  }
  const step = percentOf(dear) - percentOf(cheap);
  const share = step <= 0 ? 0 : Math.min(1, Math.max(0, (cpuPercentAt(aboveNs, settings) - percentOf(cheap)) / step));
  return { ...mixture(dear, cheap, share), flushIntervalNs: aboveNs };
}

/** @param share of the first */
function mixture(one: CpuDemand, other: CpuDemand, share: number): CpuDemand {
  const mix = (left: number, right: number): number => share * left + (1 - share) * right;
  return {
    writesPerSecond: mix(one.writesPerSecond, other.writesPerSecond),
    wireBytesPerSecond: mix(one.wireBytesPerSecond, other.wireBytesPerSecond),
    cores: mix(one.cores, other.cores),
    loopCores: mix(one.loopCores, other.loopCores),
    parts: {
      ...one.parts,
      writeUserCores: mix(one.parts.writeUserCores, other.parts.writeUserCores),
      writeKernelCores: mix(one.parts.writeKernelCores, other.parts.writeKernelCores),
    },
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

/** Where the search for a limit ends: beyond any load that a scenario accepts. */
const loadMost = 100_000_000;

/**
 * The largest load, in connections or in messages per second, at which a resource is used to `utilisation` of its limit
 * of what may be used, or less; 0 where even the smallest load is too much, Infinity where the resource does not depend on it.
 */
export function largestLoad(
  input: ResolvedScenario,
  of: keyof LoadVariation,
  resource: Resource,
  utilisation = 1,
): number {
  return largestWhere(of, (load) => {
    const found = closedForm(input, { [of]: load }, { ends: false }).resources.find((one) => one.resource === resource);
    return found === undefined || shareOfUsable(found) <= utilisation;
  });
}

function largestWhere(of: keyof LoadVariation, fits: (load: number) => boolean): number {
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

/** The largest load that every resource holds, and which of them is full there. */
export interface LoadHeld {
  readonly load: number;
  readonly limit: Resource;
}

/**
 * What a scenario holds by closed form: with its caps as they are set, and with caps that grow with the load, which is what
 * the machine itself carries.
 */
export interface Held {
  readonly asSet: LoadHeld;
  readonly byMachine: LoadHeld;
}

export function largestHeld(input: ResolvedScenario, of: keyof LoadVariation): Held {
  const at = (load: number, counts: (use: ResourceUse) => boolean): readonly ResourceUse[] =>
    closedForm(input, { [of]: load }, { ends: false }).resources.filter(counts);
  const held = (counts: (use: ResourceUse) => boolean): LoadHeld => {
    const load = largestWhere(of, (tried) => at(tried, counts).every((use) => shareOfUsable(use) <= 1));
    // What is full is what does not fit just above.
    const above = load === Infinity ? loadMost : load + (of === 'connections' ? 1 : 0.001);
    const fullest = at(above, counts).reduce((most, use) => (shareOfUsable(use) > shareOfUsable(most) ? use : most));
    return { load, limit: fullest.resource };
  };
  return { asSet: held(() => true), byMachine: held(({ resource }) => !isCap(resource)) };
}
