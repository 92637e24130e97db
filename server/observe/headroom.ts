import { readFileSync } from 'node:fs';
import {
  activeTasks,
  coresOf,
  evenColdWrites,
  type MemoryUse,
  nanosecondsPerSecond,
  type Profile,
  profileSchema,
  residentBytes,
  type ServerRates,
  type Settings,
} from '#core';
import { SettingError } from '../setting-error.ts';
import type { ServerSample } from '../threads/supervisor.ts';

/** Beyond this difference the profile no longer describes this server. */
const driftAlarmPercent = 25;
/** Below this use the difference of two small numbers says nothing. */
const coresLeast = 0.05;
const microsecondsPerSecond = 1_000_000;

export interface Headroom {
  readonly connections: number;
  /** Messages broadcast per second now. */
  readonly ratePerSecond: number;
  readonly firstLimit: string;
  readonly resources: readonly ResourceHeadroom[];
  /** What still fits before the first limit, with the present load of each connection, or the present connections. */
  readonly connectionsLeft: number | null;
  readonly ratePerSecondLeft: number | null;
  /** The twin's word on the present load; null without WS_PROFILE. */
  readonly model: ModelCheck | null;
}

export interface ResourceHeadroom {
  readonly resource: string;
  readonly usedPercent: number | null;
  /** Connections that the resource would carry at the present load of each; null where it is not known. */
  readonly connectionsAtLimit: number | null;
  /** Messages per second that it would carry to the present connections; null where it does not depend on them. */
  readonly ratePerSecondAtLimit: number | null;
}

/** Measured against predicted, now. */
export interface ModelCheck {
  readonly profile: string;
  readonly predictedCores: number;
  readonly measuredCores: number;
  readonly predictedMemoryBytes: number;
  readonly measuredMemoryBytes: number;
  /** CPU predicted against measured; null while there is too little of it to say. */
  readonly driftPercent: number | null;
  readonly drifted: boolean;
}

/** @throws Error naming WS_PROFILE when the file is not a profile */
export function loadProfile(file: string): Profile | null {
  if (file === '') return null;
  try {
    return profileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new SettingError(
      `WS_PROFILE=${file}: not a runtime profile (${error instanceof Error ? error.message : String(error)}); accepted: a file as in experiments/profiles`,
    );
  }
}

/**
 * How far each resource is from its limit, and the twin inside the server: what the profile's costs give for what the
 * server does now, beside what it really uses. Two samples of totals, so it costs nothing between two questions.
 */
export class HeadroomMeter {
  #settings: Settings;
  #profile: Profile | null;
  #before: ServerSample | null = null;
  #latest: Headroom | null = null;

  constructor(settings: Settings, profile: Profile | null) {
    this.#settings = settings;
    this.#profile = profile;
  }

  /** @param sample a later one than the last, by a second or more; sooner gives the last answer again */
  read(sample: ServerSample): Headroom {
    const before = this.#before;
    if (this.#latest !== null && before !== null && sample.atNs - before.atNs < 1e9) return this.#latest;
    this.#before = sample;
    this.#latest = this.#compute(sample, before);
    return this.#latest;
  }

  #compute(sample: ServerSample, before: ServerSample | null): Headroom {
    const { connections, health } = sample;
    const settings = this.#settings;
    const checks = health?.checks;
    const ratePerSecond = before === null ? 0 : rateOf(before, sample, ({ intake }) => intake.acknowledged);
    const fixed = this.#fixedPercents(sample);
    const row = (resource: string, usedPercent: number | null, fixedPercent: number, byRate: boolean) => {
      const loaded = usedPercent === null ? 0 : usedPercent - fixedPercent;
      const atLimit = (load: number): number | null =>
        loaded <= 0 || load === 0 ? null : (load * (100 - fixedPercent)) / loaded;
      const connectionsAtLimit = atLimit(connections);
      return {
        resource,
        usedPercent,
        connectionsAtLimit: connectionsAtLimit === null ? null : Math.floor(connectionsAtLimit),
        ratePerSecondAtLimit: byRate ? atLimit(ratePerSecond) : null,
      };
    };
    const tasksPercent = (count: number): number =>
      (activeTasks(count, settings.workerPoolSize) / settings.tasksMax) * 100;
    const resources: readonly ResourceHeadroom[] = [
      row('cpu', checks?.cpu.percentage ?? null, fixed.cpu, true),
      row('memory', checks?.memory.percentage ?? null, fixed.memory, false),
      row('network', checks?.network?.percentage ?? null, 0, true),
      row('connections', (connections / settings.connectionsMax) * 100, 0, false),
      row('tasks', tasksPercent(connections), tasksPercent(0), false),
    ];
    const [first] = [...resources].sort((left, right) => (right.usedPercent ?? -1) - (left.usedPercent ?? -1));
    const least = (pick: (one: ResourceHeadroom) => number | null): number | null => {
      const known = resources.map(pick).filter((figure) => figure !== null);
      return known.length === 0 ? null : Math.min(...known);
    };
    const connectionsMost = least((one) => one.connectionsAtLimit);
    const rateMost = least((one) => one.ratePerSecondAtLimit);
    return {
      connections,
      ratePerSecond,
      firstLimit: first.resource,
      resources,
      connectionsLeft: connectionsMost === null ? null : Math.max(0, connectionsMost - connections),
      ratePerSecondLeft: rateMost === null ? null : Math.max(0, rateMost - ratePerSecond),
      model: this.#profile === null || before === null ? null : modelOf(this.#profile, settings, before, sample),
    };
  }

  /** What CPU and memory the process takes whatever its load; without a profile all of it counts as load. */
  #fixedPercents(sample: ServerSample): { readonly cpu: number; readonly memory: number } {
    const profile = this.#profile;
    if (profile === null) return { cpu: 0, memory: 0 };
    const { cpuLimitCores, memoryLimitBytes } = this.#settings;
    const shards = sample.shards.length;
    return {
      cpu: (profile.cpu.perSecondNs / nanosecondsPerSecond / cpuLimitCores) * 100,
      memory: (residentBytes(profile, { ...noLoad, shards }) / memoryLimitBytes) * 100,
    };
  }
}

const noLoad: MemoryUse = {
  shards: 0,
  connections: 0,
  slotsPerConnection: 0,
  subscriptions: 0,
  bufferBytes: 0,
  retainedBytes: 0,
  deliveriesPerSecond: 0,
};

/** Mean rate between two samples of a running total. */
const rateOf = (before: ServerSample, after: ServerSample, total: (sample: ServerSample) => number): number =>
  (total(after) - total(before)) / ((after.atNs - before.atNs) / nanosecondsPerSecond);

function modelOf(profile: Profile, settings: Settings, before: ServerSample, sample: ServerSample): ModelCheck {
  const perSecond = (pick: (shard: ServerSample['shards'][number]) => number): number =>
    rateOf(before, sample, ({ shards }) => shards.reduce((sum, shard) => sum + pick(shard), 0));
  const shards = sample.shards.length;
  const rates: ServerRates = {
    shards,
    busMessagesPerSecond: rateOf(before, sample, ({ intake }) => intake.busMessages),
    broadcastsPerSecond: perSecond((shard) => shard.broadcasts),
    visitsPerSecond: perSecond((shard) => shard.visits),
    deliveriesPerSecond: perSecond((shard) => shard.sent + shard.replayed),
    writesPerSecond: perSecond((shard) => shard.writes),
    coldWritesPerSecond: evenColdWrites(
      profile.cpu,
      sample.connections,
      perSecond((shard) => shard.writes),
    ),
    bytesPerSecond: perSecond((shard) => shard.payloadBytes),
    acceptsPerSecond: perSecond((shard) => shard.accepted),
  };
  const measuredCores =
    rateOf(before, sample, (one) => one.cpuUserMicroseconds + one.cpuSystemMicroseconds) / microsecondsPerSecond;
  const predictedCores = coresOf(profile, rates);
  const driftPercent = measuredCores < coresLeast ? null : (predictedCores / measuredCores - 1) * 100;
  return {
    profile: profile.name,
    predictedCores,
    measuredCores,
    predictedMemoryBytes: residentBytes(profile, {
      ...noLoad,
      shards,
      connections: sample.connections,
      slotsPerConnection: settings.sendBufferSlots,
      deliveriesPerSecond: rates.deliveriesPerSecond,
      retainedBytes:
        Math.max(0, ...sample.shards.map(({ historyBytes }) => historyBytes)) +
        (settings.natsUrl === null ? sample.stream.storedBytes : 0),
    }),
    measuredMemoryBytes: sample.rssBytes,
    driftPercent,
    drifted: driftPercent !== null && Math.abs(driftPercent) > driftAlarmPercent,
  };
}
