import { median } from 'simple-statistics';
import { type Profile, profileSchema, type RunReport, scenarioSchema } from '#core';
import { type CostEstimate, type CostFit, type CostModel, fitCosts } from './cost-fit.ts';
import type { IdleMemory } from './idle-memory.ts';

/** What calibration measured beside the load runs, and where. */
export interface CalibrationContext {
  readonly name: string;
  readonly date: string;
  readonly machine: string;
  readonly commit: string;
  readonly timerSlackNs: number;
  readonly idleMemory: IdleMemory;
}

export interface FittedProfile {
  readonly profile: Profile;
  readonly fits: readonly CostFit[];
}

const nanoseconds = 1e9;
const cpuFloorNs = 0.02 * nanoseconds;
const bytesPerMiB = 1_048_576;
/** Writes per second from which on a shard does hardly anything else. */
const writesPerSecondMany = 20_000;
/** Young generation of V8 by default: what is allocated between two small collections. */
const semiSpaceBytes = 16 * bytesPerMiB;

const shardCores = ({ summary }: RunReport): number => sum(summary.cpu.shardCores);
const shards = ({ summary }: RunReport): number => summary.cpu.shardCores.length;
const payloadBytes = ({ summary }: RunReport): number => summary.network.payloadBitsPerSecond / 8;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Seconds without a write after which half of what a cold write costs more is due: the one that fits best is taken. */
const coldWriteHalves = [0.05, 0.1, 0.25, 0.5, 1];

const shardModel = (coldWriteHalfSeconds: number): CostModel => ({
  name: 'CPU of the shards',
  costs: ['second', 'broadcast', 'write', 'cold write', 'byte', 'delivery'],
  counts: (report) => {
    const { publishedPerSecond, writesPerSecond, sentPerSecond, connections } = report.summary;
    const gapSeconds = connections.open / writesPerSecond;
    return [
      shards(report),
      // Every shard broadcasts every message.
      publishedPerSecond * shards(report),
      writesPerSecond,
      (writesPerSecond * gapSeconds) / (gapSeconds + coldWriteHalfSeconds),
      payloadBytes(report),
      sentPerSecond,
    ];
  },
  value: (report) => shardCores(report) * nanoseconds,
  floor: cpuFloorNs,
});

const models = {
  main: {
    name: 'CPU of the main thread',
    costs: ['second', 'message'],
    counts: ({ summary }) => [1, summary.publishedPerSecond],
    value: ({ summary }) => summary.cpu.mainCores * nanoseconds,
    floor: cpuFloorNs / 2,
  },
  client: {
    name: 'CPU of the load client',
    costs: ['read', 'message'],
    counts: ({ summary }) => [summary.writesPerSecond, summary.receivedPerSecond],
    value: ({ summary }) => (summary.cpu.loadClientCores ?? 0) * nanoseconds,
    floor: cpuFloorNs,
  },
  accepts: {
    name: 'CPU until all clients are subscribed',
    costs: ['start', 'accept'],
    counts: (report) => [1, connectedInterval(report).connections],
    value: (report) => connectedInterval(report).cpuCores * connectedInterval(report).atSeconds * nanoseconds,
    floor: nanoseconds,
  },
  memory: {
    name: 'resident memory',
    costs: ['process', 'further shard', 'connection', 'delivery a second'],
    counts: (report) => [1, shards(report) - 1, report.summary.connections.open, report.summary.sentPerSecond],
    value: ({ summary }) => summary.memory.bytes,
    floor: 1,
  },
  collections: {
    name: 'bytes allocated, from collections of the young generation',
    costs: ['write', 'delivery'],
    counts: ({ summary }) => [summary.writesPerSecond, summary.sentPerSecond],
    value: ({ summary }) => (summary.cpu.garbageCollection?.pausesPerSecond ?? 0) * semiSpaceBytes,
    floor: semiSpaceBytes,
  },
} satisfies Record<string, CostModel>;

/** A live run's first interval ends when the ramp is over and all clients are subscribed. */
const connectedInterval = ({ intervals }: RunReport): RunReport['intervals'][number] => intervals[0];

/** Turns the calibration runs of a machine into its runtime profile. */
export function fitProfile(reports: readonly RunReport[], context: CalibrationContext): FittedProfile {
  const shardFits = coldWriteHalves.map((halfSeconds) => ({
    halfSeconds,
    fit: fitCosts(shardModel(halfSeconds), reports),
  }));
  const best = shardFits.reduce((least, one) => (one.fit.meanError < least.fit.meanError ? one : least));
  const fits = {
    shards: best.fit,
    main: fitCosts(models.main, reports),
    client: fitCosts(models.client, reports),
    accepts: fitCosts(models.accepts, reports),
    memory: fitCosts(models.memory, reports),
    collections: fitCosts(models.collections, reports),
  };
  const busy = reports.filter(({ summary }) => summary.writesPerSecond > writesPerSecondMany);
  const kernelShare = median(busy.map(({ summary }) => summary.cpu.kernelCores / summary.cpu.cores));
  const paused = reports.flatMap(({ summary }) => {
    const collections = summary.cpu.garbageCollection;
    return collections === null || collections.pausesPerSecond === 0
      ? []
      : [(collections.cores * nanoseconds) / collections.pausesPerSecond];
  });
  const pauseNs = paused.length === 0 ? 0 : median(paused);
  const [shardSecond, broadcast, write, coldWrite, byte, delivery] = fits.shards.estimates;
  const [mainSecond, message] = fits.main.estimates;
  const [read, clientMessage] = fits.client.estimates;
  const accept = fits.accepts.estimates[1];
  const [process, furtherShard, connection, deliveryMemory] = fits.memory.estimates;
  const [writeAllocation, deliveryAllocation] = fits.collections.estimates;
  // The fit of the shards holds their pauses too; they are charged apart, so they come off again.
  const pausePerByte = pauseNs / semiSpaceBytes;
  const ownWrite = Math.max(0, write.value - writeAllocation.value * pausePerByte);
  const ownDelivery = Math.max(0, delivery.value - deliveryAllocation.value * pausePerByte);
  const intervals: Profile['intervals'] = {};
  const range = (path: string, { value, low, high }: CostEstimate, part = 1): void => {
    if (value > 0) intervals[path] = { low: whole(low * part), high: whole(high * part) };
  };
  range('cpu.perBusMessageNs', message);
  range('cpu.perBroadcastNs', broadcast);
  range('cpu.perDeliveryNs', delivery);
  range('cpu.perWriteUserNs', write, 1 - kernelShare);
  range('cpu.perWriteKernelNs', write, kernelShare);
  range('cpu.perColdWriteNs', coldWrite);
  range('cpu.perAcceptNs', accept);
  range('loadClient.perReadNs', read);
  range('loadClient.perMessageNs', clientMessage);
  range('memory.perConnectionBytes', connection);
  range('memory.perDeliveryPerSecondBytes', deliveryMemory);
  const profile: Profile = {
    name: context.name,
    description: "This project's server on Node 24, loopback: a write pays for the receiver's half of TCP too.",
    provenance: {
      kind: 'measured',
      date: context.date,
      machine: context.machine,
      method: `fanout calibrate: non-negative least squares over ${reports.length} live runs; mean errors of the fits: ${Object.values(
        fits,
      )
        .map(({ name, meanError }) => `${name} ${(meanError * 100).toFixed(1)} %`)
        .join(
          ', ',
        )}. How a client shares the writer's core is set by the latencies of the same runs, on a grid; the kernel buffers of a stalled client were measured apart`,
      commit: context.commit,
      fittedTo: [...new Set(reports.map(({ scenario }) => scenarioSchema.parse(scenario).name))],
    },
    cpu: {
      perBusMessageNs: whole(message.value),
      perBroadcastNs: whole(broadcast.value),
      perVisitNs: 0,
      perDeliveryNs: whole(ownDelivery),
      perWriteUserNs: whole(ownWrite * (1 - kernelShare)),
      perWriteKernelNs: whole(ownWrite * kernelShare),
      perColdWriteNs: whole(coldWrite.value),
      coldWriteHalfNs: whole(best.halfSeconds * nanoseconds),
      perByteKernelNs: Math.round(byte.value * 1_000) / 1_000,
      perAcceptNs: whole(accept.value),
      perTurnNs: 0,
      perSecondNs: whole(mainSecond.value + shardSecond.value),
      perDeliveryNsByRate: [],
    },
    loadClient: {
      perReadNs: whole(read.value),
      perMessageNs: whole(clientMessage.value),
      sharedCoreProbability: 1,
      sharedCoreClientShareMax: 0.4,
      sharedCoreNs: 7_000_000,
      sharedCoreIdleShare: 0.03,
    },
    memory: {
      baseBytes: whole(process.value - furtherShard.value),
      perShardBytes: whole(furtherShard.value),
      perConnectionBytes: whole(connection.value),
      perConnectionKernelBytes: whole(context.idleMemory.kernelBytesPerConnection),
      perSlotBytes: 0,
      perSubscriptionBytes: 0,
      perDeliveryPerSecondBytes: whole(deliveryMemory.value),
      perRetainedByte: 1,
      // What a stalled client's socket took on loopback before the server was refused: 4.16 to 4.23 MB for messages of 500 B to 8 KB.
      socketBufferBytes: 4_190_000,
    },
    garbageCollection: {
      everyBytes: pauseNs === 0 ? 0 : semiSpaceBytes,
      pauseNs: whole(pauseNs),
      bytesPerDelivery: whole(deliveryAllocation.value),
      bytesPerWrite: whole(writeAllocation.value),
    },
    timerSlackNs: context.timerSlackNs,
    relativeError: Math.max(fits.shards.meanError, fits.client.meanError),
    intervals,
  };
  return { profile: profileSchema.parse(profile), fits: Object.values(fits) };
}

const whole = Math.round;
