import type { MachineOffer } from './machines.ts';
import { hoursPerMonth } from '../base/units.ts';

/** Internet egress by volume, USD per GB (10^9 B); public list prices as requirement Appendix B quotes them, 2025-10. */
export const egressTiers: readonly { readonly upToGigabytes: number; readonly usdPerGigabyte: number }[] = [
  { upToGigabytes: 1_000, usdPerGigabyte: 0.12 },
  { upToGigabytes: 10_000, usdPerGigabyte: 0.11 },
  { upToGigabytes: Infinity, usdPerGigabyte: 0.08 },
];

/** Standard persistent disk, USD per GB and month, and the document's size (R116). */
export const diskUsdPerGigabyteMonth = 0.04;
export const diskGigabytes = 20;

/** Egress cost of a month's volume, tier by tier (R118). */
export function egressUsd(gigabytesPerMonth: number): number {
  let usd = 0;
  let from = 0;
  for (const { upToGigabytes, usdPerGigabyte } of egressTiers) {
    usd += Math.max(0, Math.min(gigabytesPerMonth, upToGigabytes) - from) * usdPerGigabyte;
    from = upToGigabytes;
  }
  return usd;
}

export interface MonthlyCost {
  readonly computeUsd: number;
  readonly diskUsd: number;
  /** Beside the rest, because it is not part of what a machine is sold for, and mostly far larger. */
  readonly egressUsd: number;
}

/** @param payloadBytesPerSecond sustained all month */
export function monthlyCost(usdPerHour: number, payloadBytesPerSecond: number): MonthlyCost {
  return {
    computeUsd: usdPerHour * hoursPerMonth,
    diskUsd: diskGigabytes * diskUsdPerGigabyteMonth,
    egressUsd: egressUsd((payloadBytesPerSecond * 3_600 * hoursPerMonth) / 1e9),
  };
}

/** Which price a machine is judged by: the source document's, or the public list's (requirements, Appendix B). */
export type PriceList = 'document' | 'list';

/** Monthly price of a machine that can be hired, compute alone. The document prices e2 machines only. */
export function monthlyComputeUsd(offer: MachineOffer, prices: PriceList): number {
  const hourly = prices === 'document' ? (offer.machine.usdPerHour ?? offer.listUsdPerHour) : offer.listUsdPerHour;
  return hourly * hoursPerMonth;
}
