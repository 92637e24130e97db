import {
  baselineValues,
  beforeOptimisationValues,
  bytesPerGiB,
  bytesPerMiB,
  diskGigabytes,
  diskUsdPerGigabyteMonth,
  gcpInternetEgress,
  machineOffers,
  fixedTasks,
  hoursPerMonth,
  type Machine,
  machines,
  nanosecondsPerSecond,
  parseSettings,
  scenarioSchema,
  type Settings,
  type SettingValues,
  tasksPerConnection,
  wireBytesPerMessage,
} from '#core';
import { documentedStages } from '../ramp/ramp.ts';

/** A number that the source document gives or rests on. */
export interface Input {
  readonly value: number;
  readonly unit: string;
  readonly meaning: string;
}

const input = (value: number, unit: string, meaning: string): Input => ({ value, unit, meaning });

function settingsOf(values: SettingValues): Settings {
  const parsed = parseSettings(values);
  if (!parsed.ok) throw new Error(`the project's own settings are refused: ${parsed.issues[0].message}`);
  return parsed.settings;
}

function machineNamed(name: string): Machine {
  const machine = machines.find((one) => one.name === name);
  if (machine === undefined) throw new Error(`there is no machine ${name}`);
  return machine;
}

/** The document's production configuration, the baseline that it rolls back to, and the machine before both changes. */
export const settings = settingsOf({});
const baseline = settingsOf(baselineValues);
const before = settingsOf(beforeOptimisationValues);
const documentUsdPerHour = (name: string): number =>
  machineOffers.find(({ machine }) => machine.name === name)?.documentUsdPerHour ?? Number.NaN;
export const e2 = machineNamed('e2-standard-2');
export const e4 = machineNamed('e2-standard-4');
export const e8 = machineNamed('e2-standard-8');
const { workload } = scenarioSchema.parse({});
const [step1, step2] = documentedStages;
const [tier1, tier2, tier3] = gcpInternetEgress.tiers;

/**
 * What the document's claims rest on, R69 to R118. Where the project has the number itself (settings, machines, prices,
 * counts of tasks), it comes from there, so that the audit speaks of this project's code; the rest is the document's word.
 * A "4" or "8" at the end is the machine of that many vCPUs.
 */
export const inputs = {
  connections: input(settings.connectionsMax, 'connections', 'the target'),
  connectionsBefore: input(baseline.connectionsMax, 'connections', 'the baseline'),
  connections4: input(25_000, 'connections', 'promised for e2-standard-4'),
  connections8: input(40_000, 'connections', 'promised for e2-standard-8'),
  connectionsStep1: input(step1.connections, 'connections', 'first step of the ramp-up'),
  connectionsStep2: input(step2.connections, 'connections', 'second step of the ramp-up'),
  connectionsProjected: input(11_900, 'connections', 'that the projected test holds'),
  connectionsMaxClaimed: input(13_949, 'connections', 'said to fit in memory'),
  rateConfigured: input(workload.ratePerSecond, 'messages/s', 'as the publisher is configured'),
  rateRecommended: input(35, 'messages/s', 'recommended at most'),
  rateForbidden: input(50, 'messages/s', 'said to be too much'),
  rateCap: input(settings.natsRateMaxPerSecond, 'messages/s', 'ingest rate cap, and the burst'),
  rateBuffers: input(4.7, 'messages/s', 'average by which the buffers were sized'),
  rateAverage: input(5, 'messages/s', 'average in production'),
  ratePeak: input(19.7, 'messages/s', 'peak in production'),
  messageBytes: input(workload.messageBytes, 'bytes', 'payload of a message'),
  wireBytes: input(wireBytesPerMessage(workload.messageBytes), 'bytes', 'a message on the wire, all headers'),
  frameBytes: input(570, 'bytes', 'a message in its Ethernet frame, without preamble, gap and checksum'),
  networkBitsPerSecond: input(Number(e2.networkBitsPerSecond), 'bit/s', 'network card of e2-standard-2'),
  networkBitsPerSecond4: input(Number(e4.networkBitsPerSecond), 'bit/s', 'network card of e2-standard-4'),
  networkBitsPerSecond8: input(Number(e8.networkBitsPerSecond), 'bit/s', 'the same series continued to e2-standard-8'),
  networkHealthyBitsPerSecond: input(1.4e9, 'bit/s', 'network is healthy below'),
  networkUnhealthyBitsPerSecond: input(1.8e9, 'bit/s', 'network is unhealthy above'),
  networkShareRecommended: input(0.84, '', 'share of the network card at the recommended rate'),
  vcpus: input(e2.vcpus, 'vCPU', 'of e2-standard-2'),
  vcpus4: input(e4.vcpus, 'vCPU', 'of e2-standard-4'),
  vcpus8: input(e8.vcpus, 'vCPU', 'of e2-standard-8'),
  cpuLimitCores: input(settings.cpuLimitCores, 'cores', 'WS_CPU_LIMIT'),
  cpuReserveCores: input(0.1, 'cores', 'kept for the log shipper'),
  cpuPercentBefore: input(60.2, '%', 'CPU at the baseline of 7,000'),
  cpuPercentAtCap: input(64.8, '%', 'CPU at the target and 100 messages/s'),
  cpuPercentAt25: input(25.8, '%', 'CPU at the target and 25 messages/s'),
  cpuPercentAt35: input(36.3, '%', 'CPU at the target and 35 messages/s'),
  coresBefore: input(1.144, 'cores', 'measured at the baseline (from outside the document)'),
  coresAt25: input(0.49, 'cores', 'at the target and 25 messages/s'),
  coresAt35: input(0.69, 'cores', 'at the target and 35 messages/s'),
  coresAtCap: input(1.23, 'cores', 'at the target and 100 messages/s'),
  broadcastShare: input(0.4, '', 'share of CPU in the broadcast loop (inferred)'),
  visitsSaving: input(0.93, '', 'share of the loop that the index saves'),
  rejectPercent: input(settings.cpuRejectPercent, '%', 'WS_CPU_REJECT_THRESHOLD'),
  pausePercent: input(settings.cpuPausePercent, '%', 'WS_CPU_PAUSE_THRESHOLD'),
  memoryLimitBytes: input(settings.memoryLimitBytes, 'bytes', 'WS_MEMORY_LIMIT'),
  memoryLimitMiB: input(settings.memoryLimitBytes / bytesPerMiB, 'MiB', 'the same'),
  memoryLimitGiB: input(settings.memoryLimitBytes / bytesPerGiB, 'GiB', 'the same'),
  memoryLimitMixedMb: input(7_000, 'MB', 'the same, a GiB taken for 1,000 MB'),
  memoryLimitGiB4: input(e4.memoryLimitBytes / bytesPerGiB, 'GiB', 'usable on e2-standard-4'),
  memoryLimitGiB8: input(e8.memoryLimitBytes / bytesPerGiB, 'GiB', 'usable on e2-standard-8, the series continued'),
  machineGiB: input(e2.memoryBytes / bytesPerGiB, 'GiB', 'memory of e2-standard-2'),
  reservedGiB: input(1, 'GiB', 'kept for the system and the log shipper'),
  usableMb: input(6_988, 'MB', 'the limit without the index'),
  mbPerConnection: input(0.501, 'MB', 'per connection, 512 slots'),
  mbPerConnectionBefore: input(0.911, 'MB', 'per connection, 2,048 slots'),
  mbPerConnectionOther: input(0.3, 'MB', 'per connection, 512 slots, in the section on the send buffer'),
  mbPerConnectionOtherBefore: input(1.1, 'MB', 'per connection, 2,048 slots, in the same section'),
  memoryBeforeGb: input(6.4, 'GB', 'in use at the baseline'),
  memoryShareBefore: input(0.911, '', 'share of the limit in use at the baseline'),
  bufferShare: input(0.6, '', 'share of a connection’s memory that is send buffer (inferred)'),
  indexMb: input(12, 'MB', 'subscription index at 12,000 clients'),
  indexMbBefore: input(7, 'MB', 'subscription index at 7,000 clients'),
  indexMbPerClient: input(0.001, 'MB', 'subscription index per client'),
  slots: input(settings.sendBufferSlots, 'slots', 'send buffer'),
  slotsBefore: input(before.sendBufferSlots, 'slots', 'send buffer before'),
  slotHeaderBytes: input(24, 'bytes', 'of an empty slot, a slice header'),
  workers: input(settings.workerPoolSize, 'workers', 'WS_WORKER_POOL_SIZE'),
  workersBefore: input(baseline.workerPoolSize, 'workers', 'in the baseline'),
  queue: input(settings.workerQueueSize, 'tasks', 'WS_WORKER_QUEUE_SIZE'),
  queueBefore: input(baseline.workerQueueSize, 'tasks', 'in the baseline'),
  tasksMax: input(settings.tasksMax, 'tasks', 'WS_MAX_GOROUTINES'),
  tasksMaxBefore: input(baseline.tasksMax, 'tasks', 'in the baseline'),
  tasksPerConnection: input(tasksPerConnection, 'tasks', 'of a connection'),
  fixedTasks: input(fixedTasks, 'tasks', 'of the process itself'),
  tasksMargin: input(1.2, '', 'between active tasks and their limit'),
  subscribersPerChannel: input(500, 'clients', 'of a channel'),
  channelsPerClient: input(5, 'channels', 'that a client follows'),
  broadcastsPerSecond: input(60, 'broadcasts/s', 'behind the document’s count of visits'),
  visitsPerSecond: input(30_000, '1/s', 'connections looked at, with the index, as stated'),
  visitsPerSecondBefore: input(600_000, '1/s', 'connections looked at, by the scan, as stated'),
  streamMessages: input(settings.streamMaxMessages, 'messages', 'JS_STREAM_MAX_MSGS'),
  streamBytes: input(settings.streamMaxBytes, 'bytes', 'JS_STREAM_MAX_BYTES'),
  streamAgeSeconds: input(settings.streamMaxAgeNs / nanosecondsPerSecond, 's', 'JS_STREAM_MAX_AGE'),
  ackWaitSeconds: input(settings.ackWaitNs / nanosecondsPerSecond, 's', 'JS_CONSUMER_ACK_WAIT'),
  tokens: input(10, 'tokens', 'that publish at the same time'),
  users: input(280_000, 'users', 'in production'),
  transactionsPerDay: input(40_000, '1/day', 'at the peak'),
  rampPerSecond: input(100, 'connections/s', 'of the capacity test'),
  testSeconds: input(1_800, 's', 'of the capacity test'),
  hoursPerMonth: input(hoursPerMonth, 'h', 'in a month'),
  usdPerHour: input(documentUsdPerHour('e2-standard-2'), 'USD/h', 'e2-standard-2'),
  usdPerMonth: input(24, 'USD/month', 'e2-standard-2, rounded'),
  usdPerMonth4: input(Math.round(documentUsdPerHour('e2-standard-4') * hoursPerMonth), 'USD/month', 'e2-standard-4'),
  usdPerMonth8: input(Math.round(documentUsdPerHour('e2-standard-8') * hoursPerMonth), 'USD/month', 'e2-standard-8'),
  instanceUsd: input(24.09, 'USD/month', 'e2-standard-2, in the cost table'),
  diskUsd: input(0.8, 'USD/month', 'disk, in the cost table'),
  egressUsdClaimed: input(13, 'USD/month', 'egress, in the cost table'),
  totalUsd: input(38, 'USD/month', 'all together'),
  totalUsdBefore: input(33, 'USD/month', 'all together, in the baseline'),
  diskGigabytes: input(diskGigabytes, 'GB', 'disk'),
  diskUsdPerGigabyte: input(diskUsdPerGigabyteMonth, 'USD/GB/month', 'disk'),
  egressUsdPerGigabyte1: input(tier1.usdPerGigabyte, 'USD/GB', 'egress, the first TB of a month'),
  egressUsdPerGigabyte2: input(tier2.usdPerGigabyte, 'USD/GB', 'egress, up to 10 TB'),
  egressUsdPerGigabyte3: input(tier3.usdPerGigabyte, 'USD/GB', 'egress, beyond'),
} as const satisfies Record<string, Input>;

export type InputName = keyof typeof inputs;
/** The inputs' values by name. */
export type Inputs = Readonly<Record<InputName, number>>;

/** The inputs' values, and which of them have been read: what a formula rests on is recorded instead of written down twice. */
export function recordingInputs(): { readonly values: Inputs; readonly read: ReadonlySet<InputName> } {
  const read = new Set<InputName>();
  const values = {} as Record<InputName, number>;
  for (const name of Object.keys(inputs) as InputName[]) {
    Object.defineProperty(values, name, {
      enumerable: true,
      get() {
        read.add(name);
        return inputs[name].value;
      },
    });
  }
  return { values, read };
}
