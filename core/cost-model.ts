import type { Profile } from './profile.ts';
import { nanosecondsPerSecond } from './units.ts';

/** What a server does in a second, all shards together. */
export interface ServerRates {
  readonly shards: number;
  readonly busMessagesPerSecond: number;
  readonly broadcastsPerSecond: number;
  readonly visitsPerSecond: number;
  readonly deliveriesPerSecond: number;
  readonly writesPerSecond: number;
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
    rates.bytesPerSecond * cpu.perByteKernelNs +
    rates.acceptsPerSecond * cpu.perAcceptNs;
  return ns / nanosecondsPerSecond;
}
