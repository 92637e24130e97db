import { writeFileSync } from 'node:fs';
import { goDocumented, type Profile, profileSchema, resolveScenario, type RunReport, scenarioSchema } from '#core';
import { runLive } from './live/run-live.ts';
import { hostOf, provenance } from './provenance.ts';

/**
 * Measures this machine and writes `experiments/profiles/node-measured.json`: live runs over connections, rate, flush
 * interval and message size, then least squares without negative costs. Run it alone on the machine:
 *
 *     npx tsx experiments/calibrate.ts
 */
interface Point {
  readonly connections: number;
  readonly ratePerSecond: number;
  readonly flush: string;
  readonly messageBytes: number;
}
const point = (connections: number, ratePerSecond: number, flush: string, messageBytes: number): Point => ({
  connections,
  ratePerSecond,
  flush,
  messageBytes,
});

/** None of them is a scenario that the project compares with. */
const points: readonly Point[] = [
  point(100, 1, '100ms', 500),
  point(200, 100, '10ms', 500),
  point(300, 100, '0s', 500),
  point(1_000, 25, '0s', 500),
  point(1_500, 20, '0s', 150),
  point(1_500, 20, '0s', 2_000),
  point(1_000, 100, '100ms', 500),
  point(2_000, 25, '100ms', 500),
  point(1_500, 40, '20ms', 500),
  point(4_000, 25, '100ms', 500),
  point(6_000, 1, '100ms', 500),
];

/** Rounds over all points: this kind of machine drifts by a fifth within minutes. */
const rounds = 2;

async function measure({ connections, ratePerSecond, flush, messageBytes }: Point): Promise<RunReport> {
  const scenario = scenarioSchema.parse({
    name: `calibration ${connections} x ${ratePerSecond}, ${flush}, ${messageBytes} B`,
    machine: 'loopback-2',
    loadOnSameMachine: true,
    settings: {
      WS_FLUSH_INTERVAL: flush,
      WS_MAX_NATS_RATE: 1_000,
      WS_MAX_BROADCAST_RATE: 1_000,
      WS_CPU_REJECT_THRESHOLD: 100,
      WS_CPU_PAUSE_THRESHOLD: 100,
    },
    workload: { connections, ratePerSecond, messageBytes, durationSeconds: 9, warmUpSeconds: 3 },
  });
  const resolution = resolveScenario(scenario, [goDocumented]);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return runLive(resolution.resolved);
}

/** Least squares with non-negative coefficients by coordinate descent; rows are weighted by 1 / their value. */
function fit(rows: readonly (readonly number[])[], values: readonly number[]): number[] {
  const weighted = rows.map((row, index) => row.map((cell) => cell / values[index]));
  const coefficients = rows[0].map(() => 0);
  for (let round = 0; round < 200_000; round += 1) {
    const column = round % coefficients.length;
    let numerator = 0;
    let denominator = 0;
    weighted.forEach((row) => {
      const others = row.reduce((sum, cell, other) => (other === column ? sum : sum + cell * coefficients[other]), 0);
      numerator += row[column] * (1 - others);
      denominator += row[column] * row[column];
    });
    coefficients[column] = denominator === 0 ? 0 : Math.max(0, numerator / denominator);
  }
  return coefficients;
}

const meanRelativeError = (
  rows: readonly (readonly number[])[],
  values: readonly number[],
  coefficients: readonly number[],
): number =>
  rows.reduce(
    (sum, row, index) =>
      sum + Math.abs(row.reduce((value, cell, column) => value + cell * coefficients[column], 0) / values[index] - 1),
    0,
  ) / rows.length;

const reports: RunReport[] = [];
const order = Array.from({ length: rounds }, () => points).flat();
for (const [index, one] of order.entries()) {
  process.stderr.write(`${index + 1} of ${order.length}: ${JSON.stringify(one)}\n`);
  reports.push(await measure(one));
}
const summaries = reports.map(({ summary }) => summary);
const shardCores = (index: number): number => summaries[index].cpu.shardCores.reduce((sum, cores) => sum + cores, 0);

// Kernel: writes, bytes. User on the shards: writes, deliveries. Per second of time: what remains, on both.
const kernelRows = summaries.map((s) => [1, s.writesPerSecond, s.network.payloadBitsPerSecond / 8]);
const kernelNs = summaries.map((s) => s.cpu.kernelCores * 1e9);
const kernel = fit(kernelRows, kernelNs);
const userRows = summaries.map((s) => [1, s.publishedPerSecond, s.writesPerSecond, s.sentPerSecond]);
const userNs = summaries.map((s) => s.cpu.userCores * 1e9);
const user = fit(userRows, userNs);
const clientRows = summaries.map((s) => [s.writesPerSecond, s.receivedPerSecond]);
const clientNs = summaries.map((s) => (s.cpu.loadClientCores ?? 0) * 1e9);
const client = fit(clientRows, clientNs);
const memoryRows = summaries.map((s) => [1, s.connections.open, s.sentPerSecond]);
const memory = fit(
  memoryRows,
  summaries.map((s) => s.memory.bytes),
);

const { date } = provenance('measured');
const profile: Profile = {
  name: 'node-measured',
  description: "This project's server on Node 24, loopback: a write pays for the receiver's half of TCP too.",
  provenance: {
    kind: 'measured',
    date,
    machine: hostOf(),
    method: `least squares over ${order.length} live runs of 6 s each (experiments/calibrate.ts); accept, timer and kernel memory per connection are assumed`,
    commit: provenance('measured').commit,
  },
  cpu: {
    perBusMessageNs: Math.round(user[1] / 2),
    perBroadcastNs: Math.round(user[1] / 2),
    perVisitNs: 0,
    perDeliveryNs: Math.round(user[3]),
    perWriteUserNs: Math.round(user[2]),
    perWriteKernelNs: Math.round(kernel[1]),
    perByteKernelNs: Math.round(kernel[2] * 1_000) / 1_000,
    perAcceptNs: 250_000,
    perTurnNs: 0,
    perSecondNs: Math.round(user[0] + kernel[0]),
    perDeliveryNsByRate: [],
  },
  loadClient: { perReadNs: Math.round(client[0]), perMessageNs: Math.round(client[1]) },
  memory: {
    baseBytes: Math.round(memory[0] * 0.8),
    perShardBytes: Math.round(memory[0] * 0.2),
    perConnectionBytes: Math.round(memory[1]),
    perConnectionKernelBytes: 5_000,
    perSlotBytes: 0,
    perSubscriptionBytes: 0,
    perDeliveryPerSecondBytes: Math.round(memory[2]),
    socketBufferBytes: 2_500_000,
  },
  garbageCollection: { everyBytes: 0, pauseNs: 0, bytesPerDelivery: 0, bytesPerWrite: 0 },
  timerSlackNs: 500_000,
  relativeError: Math.max(meanRelativeError(kernelRows, kernelNs, kernel), meanRelativeError(userRows, userNs, user)),
};
writeFileSync(
  new URL('./profiles/node-measured.json', import.meta.url),
  `${JSON.stringify(profileSchema.parse(profile), null, 2)}\n`,
);
summaries.forEach((s, index) => {
  process.stderr.write(
    `${reports[index].summary.connections.open} open, ${s.writesPerSecond} writes/s, ${s.sentPerSecond} sent/s: shard ${shardCores(index)}, kernel ${s.cpu.kernelCores}, user ${s.cpu.userCores}, main ${s.cpu.mainCores}, client ${s.cpu.loadClientCores}, memory ${s.memory.bytes}, p50 ${s.latencyMs.p50}, p99 ${s.latencyMs.p99}\n`,
  );
});
