import { type MachineOffer, offerOf } from './machines.ts';
import type { Machine, Scenario } from './scenario.ts';
import { hoursPerMonth, secondsPerHour } from '../base/units.ts';

/** A price by volume: so many USD per GB (10^9 B) up to a month's volume. */
export type PriceTiers = readonly { readonly upToGigabytes: number; readonly usdPerGigabyte: number }[];

/** What traffic costs, and where that was read. */
export interface EgressTerms {
  readonly tiers: PriceTiers;
  readonly source: string;
}

/** Google Cloud to the internet, as the source document quotes it (R118). */
export const gcpInternetEgress: EgressTerms = {
  tiers: [
    { upToGigabytes: 1_000, usdPerGigabyte: 0.12 },
    { upToGigabytes: 10_000, usdPerGigabyte: 0.11 },
    { upToGigabytes: Infinity, usdPerGigabyte: 0.08 },
  ],
  source: 'Google Cloud internet egress, list price of 2025-10 (source document)',
};

const awsInternet: EgressTerms = {
  tiers: [
    { upToGigabytes: 100, usdPerGigabyte: 0 },
    { upToGigabytes: 10_240, usdPerGigabyte: 0.09 },
    { upToGigabytes: 51_200, usdPerGigabyte: 0.085 },
    { upToGigabytes: 153_600, usdPerGigabyte: 0.07 },
    { upToGigabytes: Infinity, usdPerGigabyte: 0.05 },
  ],
  source: 'AWS EC2 data transfer out, us-east-1, list price as wring.co quotes it, 2026',
};

/** Between zones of one region, one way; inside a zone it is free. */
const internal: EgressTerms = {
  tiers: [{ upToGigabytes: Infinity, usdPerGigabyte: 0.01 }],
  source:
    'between zones of a region, list price of Google Cloud and AWS, one way (finopsforge.com, 2026); free inside a zone',
};

/** CloudFront to North America; what the CDN takes from the origin is free there. Its tiers beyond 150 TB are not in it. */
const cdn: EgressTerms = {
  tiers: [
    { upToGigabytes: 10_240, usdPerGigabyte: 0.085 },
    { upToGigabytes: 51_200, usdPerGigabyte: 0.08 },
    { upToGigabytes: Infinity, usdPerGigabyte: 0.06 },
  ],
  source: 'AWS CloudFront, North America, list price up to 150 TB (dev.to/suhas_mallesh, 2026)',
};

/** The terms of a machine's provider; Google Cloud's for a machine that is on no list. */
export function egressTermsOf(machine: Pick<Machine, 'name' | 'basedOn'>, egress: Scenario['egress']): EgressTerms {
  if (egress === 'internal') return internal;
  if (egress === 'cdn') return cdn;
  return offerOf(machine)?.provider === 'AWS' ? awsInternet : gcpInternetEgress;
}

/** A month's volume by its tiers. */
export function egressUsd(gigabytesPerMonth: number, tiers: PriceTiers = gcpInternetEgress.tiers): number {
  let usd = 0;
  let from = 0;
  for (const { upToGigabytes, usdPerGigabyte } of tiers) {
    usd += Math.max(0, Math.min(gigabytesPerMonth, upToGigabytes) - from) * usdPerGigabyte;
    from = upToGigabytes;
  }
  return usd;
}

/** @param wireBytesPerSecond headers included, as bills count, sustained all month */
export const egressUsdPerMonth = (wireBytesPerSecond: number, { tiers }: EgressTerms): number =>
  egressUsd((wireBytesPerSecond * secondsPerHour * hoursPerMonth) / 1e9, tiers);

/** Standard persistent disk, USD per GB and month, and the document's size (R116). */
export const diskUsdPerGigabyteMonth = 0.04;
export const diskGigabytes = 20;
export const diskUsdPerMonth = diskGigabytes * diskUsdPerGigabyteMonth;

/** Which price a machine is judged by: the public list's, or the source document's for its e2 machines. */
export type PriceList = 'document' | 'list';

/** Monthly price of a machine that can be hired, compute alone. */
export function monthlyComputeUsd(offer: MachineOffer, prices: PriceList): number {
  const hourly = prices === 'document' ? (offer.documentUsdPerHour ?? offer.listUsdPerHour) : offer.listUsdPerHour;
  return hourly * hoursPerMonth;
}
