import { bitsPerByte, nanosecondsPerSecond } from '../base/units.ts';

/**
 * The source document's closed forms (its relations, R121), one function each. Rates are per second, sizes bytes,
 * bandwidth bit/s; "megabytes" are the document's own, whose unit it leaves open (R7).
 */

/** Full fan-out: every client gets every message (R72). */
export const sendsPerSecond = (connections: number, ratePerSecond: number): number => connections * ratePerSecond;

export const payloadBitsPerSecond = (sends: number, messageBytes: number): number => sends * messageBytes * bitsPerByte;

/** Message rate at which the network card is full (R90). */
export const rateMaxByNetwork = (networkBitsPerSecond: number, connections: number, messageBytes: number): number =>
  networkBitsPerSecond / (connections * messageBytes * bitsPerByte);

/** Connections at which the network card is full (R91). */
export const connectionsMaxByNetwork = (
  networkBitsPerSecond: number,
  ratePerSecond: number,
  messageBytes: number,
): number => networkBitsPerSecond / (ratePerSecond * messageBytes * bitsPerByte);

/** Messages a second to one client when each message goes to one channel's subscribers only (R5). */
export const ratePerClient = (ratePerSecond: number, subscribersPerChannel: number, connections: number): number =>
  (ratePerSecond * subscribersPerChannel) / connections;

/** One message on the wire: 4 B WebSocket, 32 B TCP with timestamps, 20 B IP, 38 B Ethernet. */
export const wireBytesPerMessage = (messageBytes: number): number => messageBytes + 4 + 32 + 20 + 38;

export interface CpuPoint {
  readonly cores: number;
  readonly ratePerSecond: number;
}

export interface CpuAnchor extends CpuPoint {
  readonly connections: number;
}

/**
 * CPU scaled from a measured point in proportion to connections and rate (R69).
 * @param saving share of the anchor's CPU that an optimisation removes, 0 to 1
 */
export const cpuCoresFromAnchor = (anchor: CpuAnchor, connections: number, ratePerSecond: number, saving = 0): number =>
  anchor.cores * (connections / anchor.connections) * (ratePerSecond / anchor.ratePerSecond) * (1 - saving);

/** Nanoseconds of one core per send (R123). */
export const cpuNsPerSend = (cores: number, sends: number): number => (cores * nanosecondsPerSecond) / sends;

/** Cores at a rate on the straight line through two points. */
export const cpuCoresOnLine = (from: CpuPoint, to: CpuPoint, ratePerSecond: number): number =>
  from.cores +
  ((to.cores - from.cores) * (ratePerSecond - from.ratePerSecond)) / (to.ratePerSecond - from.ratePerSecond);

/** Connections at which CPU, proportional to them, reaches a threshold (R91). */
export const connectionsAtCpuPercent = (percent: number, percentAtAnchor: number, anchorConnections: number): number =>
  (percent / percentAtAnchor) * anchorConnections;

/** Connections plus the subscription index (R70), in the unit of its inputs. */
export const memoryTotal = (connections: number, perConnection: number, indexPerConnection: number): number =>
  connections * (perConnection + indexPerConnection);

export interface MemoryPoint {
  readonly slots: number;
  readonly perConnection: number;
}

/** Memory per connection as a straight line in buffer slots through two known points (R61). */
export function memoryPerConnection(slots: number, before: MemoryPoint, after: MemoryPoint): number {
  const perSlot = (before.perConnection - after.perConnection) / (before.slots - after.slots);
  return after.perConnection + (slots - after.slots) * perSlot;
}

export const connectionsMaxByMemory = (usable: number, perConnection: number): number => usable / perConnection;

export const sendBufferFullBytes = (slots: number, messageBytes: number): number => slots * messageBytes;

/** Seconds until a buffer is full; Infinity when it drains as fast as it fills (R59). */
export const bufferFillSeconds = (slots: number, inPerSecond: number, outPerSecond: number): number =>
  inPerSecond > outPerSecond ? slots / (inPerSecond - outPerSecond) : Infinity;

/** Seconds until a full buffer is empty again (R92). */
export const bufferDrainSeconds = (slots: number, inPerSecond: number, outPerSecond: number): number =>
  bufferFillSeconds(slots, outPerSecond, inPerSecond);

/** Slots that hold so many seconds of messages (R59). */
export const slotsFor = (seconds: number, ratePerSecond: number): number => seconds * ratePerSecond;

/** One worker for 40 connections, 32 at least (R46). */
export const workersFor = (connections: number): number => Math.max(32, connections / 40);

export function nextPowerOfTwo(value: number): number {
  let power = 1;
  while (power < value) power *= 2;
  return power;
}

export const workerQueueFor = (workers: number): number => 100 * workers;

export const sendsPerWorker = (connections: number, ratePerSecond: number, workers: number): number =>
  (connections * ratePerSecond) / workers;

/** The document sets the task limit 20 % above the active tasks (R56). */
export const tasksLimitFor = (tasks: number): number => tasks * 1.2;

/** Share of messages that a rate cap hands back (R37). */
export const nakShare = (offeredPerSecond: number, capPerSecond: number): number =>
  Math.max(0, 1 - capPerSecond / offeredPerSecond);

/** Messages that the stream holds: whichever of count, age and size binds (R33). */
export const liveStreamMessages = (
  limits: { readonly messages: number; readonly ageSeconds: number; readonly bytes: number },
  ratePerSecond: number,
  messageBytes: number,
): number => Math.min(limits.messages, ratePerSecond * limits.ageSeconds, limits.bytes / messageBytes);

/** Connections visited per second: all of them by the scan, subscribers by the index (R66). */
export const visitsPerSecond = (broadcastsPerSecond: number, visited: number): number => broadcastsPerSecond * visited;

export const visitsRatio = (connections: number, subscribersPerChannel: number): number =>
  connections / subscribersPerChannel;

/** Share of the visits that the index saves: none when every client follows every channel (R66). */
export const visitsSavedShare = (connections: number, subscribersPerChannel: number): number =>
  1 - subscribersPerChannel / connections;

export const channelsFor = (connections: number, channelsPerClient: number, subscribersPerChannel: number): number =>
  (connections * channelsPerClient) / subscribersPerChannel;

export const usdPerThousandConnections = (usd: number, connections: number): number => usd / (connections / 1_000);

export const gigabytesPerMonth = (connections: number, ratePerSecond: number, messageBytes: number): number =>
  (connections * ratePerSecond * messageBytes * 3_600 * 730) / 1e9;

/** Percent of a limit, proportional to connections: what a ramp gate compares (R97). */
export const percentAtConnections = (percentAtAnchor: number, connections: number, anchorConnections: number): number =>
  (percentAtAnchor * connections) / anchorConnections;

export const rampSeconds = (connections: number, rampPerSecond: number): number => connections / rampPerSecond;
