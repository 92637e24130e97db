import type { Profile } from '../experiment/profile.ts';
import { nanosecondsPerSecond } from '../base/units.ts';

/** What a server does in a second, all shards together. */
export interface ServerRates {
  readonly shards: number;
  readonly busMessagesPerSecond: number;
  readonly broadcastsPerSecond: number;
  readonly visitsPerSecond: number;
  readonly deliveriesPerSecond: number;
  readonly writesPerSecond: number;
  /** Writes, each counted by its share of a cold one's cost (`coldWriteNs`). */
  readonly coldWritesPerSecond: number;
  readonly bytesPerSecond: number;
  readonly acceptsPerSecond: number;
}

/**
 * Cores that a profile's costs give for these rates: count x cost, summed (utilisation law, Denning and Buzen 1978). It
 * knows of no queueing and no latency; for those there is the simulator.
 */
export function coresOf({ cpu }: Profile, rates: ServerRates): number {
  const ns =
    cpu.perSecondNs +
    rates.busMessagesPerSecond * cpu.perBusMessageNs +
    rates.broadcastsPerSecond * cpu.perBroadcastNs +
    rates.visitsPerSecond * cpu.perVisitNs +
    rates.deliveriesPerSecond * cpu.perDeliveryNs +
    rates.writesPerSecond * (cpu.perWriteUserNs + cpu.perWriteKernelNs) +
    rates.coldWritesPerSecond * cpu.perColdWriteNs +
    rates.bytesPerSecond * cpu.perByteKernelNs +
    rates.acceptsPerSecond * cpu.perAcceptNs;
  return ns / nanosecondsPerSecond;
}

/** Of these, cores of the main thread: the bus's messages and the process's background work. */
export function mainThreadCoresOf({ cpu }: Profile, rates: Pick<ServerRates, 'busMessagesPerSecond'>): number {
  return (cpu.perSecondNs + rates.busMessagesPerSecond * cpu.perBusMessageNs) / nanosecondsPerSecond;
}

/** The profile's cost per send at a publish rate (R123), linear between its rows and constant beyond them. */
export function deliveryCostAt(profile: Profile, ratePerSecond: number): number {
  const rows = profile.cpu.perDeliveryNsByRate;
  if (rows.length === 0) return 0;
  if (ratePerSecond <= rows[0].ratePerSecond) return rows[0].ns;
  for (let index = 1; index < rows.length; index += 1) {
    const below = rows[index - 1];
    const above = rows[index];
    if (ratePerSecond > above.ratePerSecond) continue;
    const share = (ratePerSecond - below.ratePerSecond) / (above.ratePerSecond - below.ratePerSecond);
    return below.ns + share * (above.ns - below.ns);
  }
  return rows[rows.length - 1].ns;
}

/** `coldWritesPerSecond` of writes that go to connections evenly, one after the other. */
export function evenColdWrites(cpu: Profile['cpu'], connections: number, writesPerSecond: number): number {
  if (cpu.perColdWriteNs === 0 || writesPerSecond === 0) return 0;
  return (
    (writesPerSecond * coldWriteNs(cpu, (connections * nanosecondsPerSecond) / writesPerSecond)) / cpu.perColdWriteNs
  );
}

/** What a write costs more after `gapNs` without one to its connection. */
export function coldWriteNs({ perColdWriteNs, coldWriteHalfNs }: Profile['cpu'], gapNs: number): number {
  return perColdWriteNs === 0 || !Number.isFinite(gapNs) ? 0 : (perColdWriteNs * gapNs) / (gapNs + coldWriteHalfNs);
}
