import { readFileSync } from 'node:fs';
import { activeTasks, coresOf, type Profile, profileSchema, type ServerRates, type Settings } from '#core';
import type { ServerSample } from './supervisor.ts';

/** Beyond this difference the profile no longer describes this server. */
const driftAlarmPercent = 25;
/** Below this use the difference of two small numbers says nothing. */
const coresLeast = 0.05;

export interface Headroom {
  readonly connections: number;
  readonly firstLimit: string;
  readonly resources: readonly {
    readonly resource: string;
    readonly usedPercent: number | null;
    /** Connections that the resource would carry at the present load of each. */
    readonly connectionsAtLimit: number | null;
  }[];
  /** The twin's word on the present load; null without WS_PROFILE. */
  readonly model: {
    readonly profile: string;
    readonly predictedCores: number;
    readonly measuredCores: number;
    readonly driftPercent: number | null;
    readonly drifted: boolean;
  } | null;
}

/** @throws Error naming WS_PROFILE when the file is not a profile */
export function loadProfile(file: string): Profile | null {
  if (file === '') return null;
  try {
    return profileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(
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
    const row = (resource: string, usedPercent: number | null) => ({
      resource,
      usedPercent,
      connectionsAtLimit:
        usedPercent === null || usedPercent <= 0 || connections === 0
          ? null
          : Math.floor((connections * 100) / usedPercent),
    });
    const checks = health?.checks;
    const resources = [
      row('cpu', checks?.cpu.percentage ?? null),
      row('memory', checks?.memory.percentage ?? null),
      row('network', checks?.network?.percentage ?? null),
      row('connections', (connections / settings.connectionsMax) * 100),
      row('tasks', (activeTasks(connections, settings.workerPoolSize) / settings.tasksMax) * 100),
    ];
    const [first] = [...resources].sort((left, right) => (right.usedPercent ?? -1) - (left.usedPercent ?? -1));
    return {
      connections,
      firstLimit: first.resource,
      resources,
      model: this.#profile === null || before === null ? null : modelOf(this.#profile, before, sample),
    };
  }
}

function modelOf(profile: Profile, before: ServerSample, sample: ServerSample): NonNullable<Headroom['model']> {
  const seconds = (sample.atNs - before.atNs) / 1e9;
  const perSecond = (pick: (shard: ServerSample['shards'][number]) => number): number => {
    const total = ({ shards }: ServerSample): number => shards.reduce((sum, shard) => sum + pick(shard), 0);
    return (total(sample) - total(before)) / seconds;
  };
  const rates: ServerRates = {
    shards: sample.shards.length,
    busMessagesPerSecond: (sample.intake.busMessages - before.intake.busMessages) / seconds,
    broadcastsPerSecond: perSecond((shard) => shard.broadcasts),
    visitsPerSecond: perSecond((shard) => shard.visits),
    deliveriesPerSecond: perSecond((shard) => shard.sent + shard.replayed),
    writesPerSecond: perSecond((shard) => shard.writes),
    bytesPerSecond: perSecond((shard) => shard.payloadBytes),
    acceptsPerSecond: perSecond((shard) => shard.accepted),
  };
  const microseconds = (one: ServerSample): number => one.cpuUserMicroseconds + one.cpuSystemMicroseconds;
  const measuredCores = (microseconds(sample) - microseconds(before)) / 1e6 / seconds;
  const predictedCores = coresOf(profile, rates);
  const driftPercent = measuredCores < coresLeast ? null : (predictedCores / measuredCores - 1) * 100;
  return {
    profile: profile.name,
    predictedCores,
    measuredCores,
    driftPercent,
    drifted: driftPercent !== null && Math.abs(driftPercent) > driftAlarmPercent,
  };
}
