import { writeFileSync } from 'node:fs';
import { median } from 'simple-statistics';
import { type Profile, profileSchema, type RunReport, type Summary } from '#core';
import { RandomStream } from '#sim';
import { hostOf, provenance } from './provenance.ts';
import { fitNonNegative, meanRelativeError } from './validation/least-squares.ts';
import { calibrationPoints } from './validation/points.ts';
import { measuredRounds } from './validation/record.ts';

/**
 * Fits `experiments/profiles/node-measured.json` to the calibration runs of this machine: least squares without negative
 * costs, with the spread of refits to resampled runs (bootstrap, Efron 1979). Measure first, alone on the machine:
 *
 *     npx tsx experiments/validation/record.ts --set calibration --rounds 2
 *     npx tsx experiments/calibrate.ts
 */
const bootstraps = 200;
const confidence = 0.9;

const summaries: readonly Summary[] = calibrationPoints.flatMap((point) =>
  measuredRounds('calibration', point).map(({ summary }: RunReport) => summary),
);
if (summaries.length === 0) {
  process.stderr.write('calibrate: nothing is measured; npx tsx experiments/validation/record.ts --set calibration\n');
  process.exit(2);
}

/** A figure as a sum of counts x costs. */
interface Model {
  readonly name: string;
  readonly costs: readonly string[];
  readonly counts: (summary: Summary) => readonly number[];
  readonly value: (summary: Summary) => number;
}

const nanoseconds = 1e9;
const shardCores = ({ cpu }: Summary): number => cpu.shardCores.reduce((sum, cores) => sum + cores, 0);
/** Every shard broadcasts every message. */
const broadcasts = (summary: Summary): number => summary.publishedPerSecond * summary.cpu.shardCores.length;
const payloadBytes = ({ network }: Summary): number => network.payloadBitsPerSecond / 8;
const kernelShare = (summary: Summary): number => summary.cpu.kernelCores / summary.cpu.cores;

const models = {
  shards: {
    name: 'CPU of the shards',
    costs: ['second', 'broadcast', 'write', 'byte', 'delivery'],
    counts: (s) => [s.cpu.shardCores.length, broadcasts(s), s.writesPerSecond, payloadBytes(s), s.sentPerSecond],
    value: (s) => shardCores(s) * nanoseconds,
  },
  main: {
    name: 'CPU of the main thread',
    costs: ['second', 'message'],
    counts: (s) => [1, s.publishedPerSecond],
    value: (s) => s.cpu.mainCores * nanoseconds,
  },
  client: {
    name: 'CPU of the load client',
    costs: ['read', 'message'],
    counts: (s) => [s.writesPerSecond, s.receivedPerSecond],
    value: (s) => (s.cpu.loadClientCores ?? 0) * nanoseconds,
  },
  memory: {
    name: 'resident memory',
    costs: ['process', 'further shard', 'connection', 'delivery a second'],
    counts: (s) => [1, s.cpu.shardCores.length - 1, s.connections.open, s.sentPerSecond],
    value: (s) => s.memory.bytes,
  },
} satisfies Record<string, Model>;

interface Fit {
  readonly costs: readonly number[];
  readonly error: number;
}

/** @param floor values below it are noise, and weigh no more than it does */
function fit(model: Model, runs: readonly Summary[], floor: number): Fit {
  const rows = runs.map(model.counts);
  const values = runs.map(model.value);
  const weights = values.map((value) => 1 / Math.max(value, floor));
  const costs = fitNonNegative(rows, values, weights);
  return { costs, error: meanRelativeError(rows, values, costs, floor) };
}

function fitted(model: Model, floor: number): Fit {
  const best = fit(model, summaries, floor);
  const random = new RandomStream(1, model.name, 0);
  const refits = Array.from({ length: bootstraps }, () =>
    fit(
      model,
      summaries.map(() => summaries[random.uniformInteger(summaries.length)]),
      floor,
    ),
  );
  const edge = Math.floor((bootstraps * (1 - confidence)) / 2);
  process.stderr.write(`${model.name}: mean error ${(best.error * 100).toFixed(1)} %\n`);
  model.costs.forEach((cost, index) => {
    const sorted = refits.map(({ costs }) => costs[index]).sort((left, right) => left - right);
    const shown = (figure: number): string => figure.toPrecision(4);
    process.stderr.write(
      `  a ${cost}: ${shown(best.costs[index])} (${confidence * 100} %: ${shown(sorted[edge])} to ${shown(sorted[bootstraps - 1 - edge])})\n`,
    );
  });
  return best;
}

const cpuFloor = 0.02 * nanoseconds;
const shards = fitted(models.shards, cpuFloor);
const main = fitted(models.main, cpuFloor / 2);
const client = fitted(models.client, cpuFloor);
const memory = fitted(models.memory, 1);
const [perShardSecond, perBroadcast, perWrite, perByte, perDelivery] = shards.costs;
/** Of a write, the part that the kernel takes: over the runs in which writes are nearly all. */
const kernel = median(summaries.filter(({ writesPerSecond }) => writesPerSecond > 20_000).map(kernelShare));
const { date, commit } = provenance('measured');

const profile: Profile = {
  name: 'node-measured',
  description: "This project's server on Node 24, loopback: a write pays for the receiver's half of TCP too.",
  provenance: {
    kind: 'measured',
    date,
    machine: hostOf(),
    method: `non-negative least squares over ${summaries.length} live runs of 6 s each (experiments/calibrate.ts), errors of the fits: shards ${percent(shards)}, main thread ${percent(main)}, clients ${percent(client)}, memory ${percent(memory)}; accept, timer slack and kernel memory per connection are assumed, how a client shares the writer's core is set by the latencies of the same runs, on a grid`,
    commit,
  },
  cpu: {
    perBusMessageNs: Math.round(main.costs[1]),
    perBroadcastNs: Math.round(perBroadcast),
    perVisitNs: 0,
    perDeliveryNs: Math.round(perDelivery),
    perWriteUserNs: Math.round(perWrite * (1 - kernel)),
    perWriteKernelNs: Math.round(perWrite * kernel),
    perByteKernelNs: Math.round(perByte * 1_000) / 1_000,
    perAcceptNs: 250_000,
    perTurnNs: 0,
    perSecondNs: Math.round(main.costs[0] + perShardSecond),
    perDeliveryNsByRate: [],
  },
  loadClient: {
    perReadNs: Math.round(client.costs[0]),
    perMessageNs: Math.round(client.costs[1]),
    sharedCoreProbability: 1,
    sharedCoreClientShareMax: 0.4,
    sharedCoreNs: 7_000_000,
    sharedCoreIdleShare: 0.03,
  },
  memory: {
    baseBytes: Math.round(memory.costs[0] - memory.costs[1]),
    perShardBytes: Math.round(memory.costs[1]),
    perConnectionBytes: Math.round(memory.costs[2]),
    perConnectionKernelBytes: 5_000,
    perSlotBytes: 0,
    perSubscriptionBytes: 0,
    perDeliveryPerSecondBytes: Math.round(memory.costs[3]),
    // What a stalled client's socket took on loopback before the server was refused: 4.16 to 4.23 MB for messages of 500 B to 8 KB.
    socketBufferBytes: 4_190_000,
  },
  garbageCollection: { everyBytes: 0, pauseNs: 0, bytesPerDelivery: 0, bytesPerWrite: 0 },
  timerSlackNs: 500_000,
  relativeError: Math.max(shards.error, client.error),
};

function percent({ error }: Fit): string {
  return `${(error * 100).toFixed(1)} %`;
}

writeFileSync(
  new URL('./profiles/node-measured.json', import.meta.url),
  `${JSON.stringify(profileSchema.parse(profile), null, 2)}\n`,
);
