import type { Machine } from './scenario.ts';
import { bitsPerGigabit, bytesPerGiB, hoursPerMonth } from '../base/units.ts';

/** What is publicly known of a machine that can be hired, beside what a scenario needs of it. */
export interface MachineOffer {
  readonly machine: Machine;
  readonly provider: 'GCP' | 'AWS';
  /** Public on-demand price: what `machine.usdPerHour` is too. */
  readonly listUsdPerHour: number;
  /** What the source document says that it costs, about half; null where it says nothing. */
  readonly documentUsdPerHour: number | null;
  /** CoreMark per vCPU with all vCPUs busy: how fast a vCPU is beside another. */
  readonly coremarkPerVcpu: number;
  readonly sources: readonly string[];
}

/** Where the facts below were read. Dates are those of the data, not of the reading. */
const sources = {
  document: 'source document R110 to R112, 2025-10',
  gcpPrice: 'us-central1 on demand: kubernetes/autoscaler gce_price_info.go, 0411d1c',
  gcpNetwork:
    'Cyclenerd/google-cloud-compute-machine-types instances/series, 2026-03-22; at most 7 Gbit/s of it to the internet (requirements, Appendix B)',
  gcpCoremark: 'Google CoreMark results in the same repository, 2026-03-22',
  awsPrice: 'us-east-1 on demand: aws/karpenter-provider-aws zz_generated.pricing_aws.go, 2026-07-20',
  awsNetwork:
    'baseline bandwidth: aws/karpenter-provider-aws zz_generated.bandwidth.go, 2026-08-21; at most 5 Gbit/s of it to the internet (EC2 User Guide)',
  awsCoremark: 'Sapphire Rapids like GCP c3: its CoreMark',
} as const;

/** The document keeps 5 % of the vCPUs and 1 GiB of each 8 for the system and the log shipper; so do the others here. */
function machineOf(name: string, vcpus: number, memoryGiB: number, networkGbps: number, usdPerHour: number): Machine {
  return {
    name,
    vcpus,
    cpuLimitCores: vcpus * 0.95,
    memoryBytes: memoryGiB * bytesPerGiB,
    memoryLimitBytes: memoryGiB * (7 / 8) * bytesPerGiB,
    networkBitsPerSecond: networkGbps * bitsPerGigabit,
    usdPerHour,
  };
}

const gcpInternetGbps = 7;
const awsInternetGbps = 5;

type Row = readonly [
  name: string,
  vcpus: number,
  memoryGiB: number,
  networkGbps: number,
  usdPerHour: number,
  coremark: number,
];

const gcp = ([name, vcpus, memoryGiB, networkGbps, usdPerHour, coremark]: Row): MachineOffer => ({
  machine: machineOf(name, vcpus, memoryGiB, Math.min(networkGbps, gcpInternetGbps), usdPerHour),
  provider: 'GCP',
  listUsdPerHour: usdPerHour,
  documentUsdPerHour: null,
  coremarkPerVcpu: coremark / vcpus,
  sources: [sources.gcpPrice, sources.gcpNetwork, sources.gcpCoremark],
});

const aws = ([name, vcpus, memoryGiB, networkGbps, usdPerHour, coremark]: Row): MachineOffer => ({
  machine: machineOf(name, vcpus, memoryGiB, Math.min(networkGbps, awsInternetGbps), usdPerHour),
  provider: 'AWS',
  listUsdPerHour: usdPerHour,
  documentUsdPerHour: null,
  coremarkPerVcpu: coremark / vcpus,
  sources: [sources.awsPrice, sources.awsNetwork, sources.awsCoremark],
});

/**
 * The document's own machines: memory and network are its figures, and a price beside the list's. For e2-standard-8 it gives neither memory nor
 * network; 28 GiB and 8 Gbps continue its series.
 */
const documented = (
  name: string,
  vcpus: number,
  documentUsdPerHour: number,
  listUsdPerHour: number,
  coremark: number,
): MachineOffer => ({
  machine: machineOf(name, vcpus, vcpus * 4, vcpus, listUsdPerHour),
  provider: 'GCP',
  listUsdPerHour,
  documentUsdPerHour,
  coremarkPerVcpu: coremark / vcpus,
  sources: [sources.document, sources.gcpPrice, sources.gcpCoremark],
});

/**
 * Machines that can be hired. Left out for want of a fact: burstable ones (t3, e2-medium: no CPU that lasts), Arm on AWS
 * (no CoreMark beside the others'), Hetzner (no stated egress rate).
 */
export const machineOffers: readonly MachineOffer[] = [
  documented('e2-standard-2', 2, 0.033, 0.06701, 26_255),
  documented('e2-standard-4', 4, 72 / hoursPerMonth, 0.13402, 52_043),
  documented('e2-standard-8', 8, 144 / hoursPerMonth, 0.26805, 103_957),
  gcp(['n2-standard-2', 2, 8, 10, 0.0971, 34_735]),
  gcp(['n2-standard-4', 4, 16, 10, 0.1942, 66_884]),
  gcp(['n2-standard-8', 8, 32, 16, 0.3885, 138_567]),
  gcp(['t2d-standard-2', 2, 8, 10, 0.0845, 59_889]),
  gcp(['t2d-standard-4', 4, 16, 10, 0.169, 119_587]),
  gcp(['t2d-standard-8', 8, 32, 16, 0.338, 238_534]),
  gcp(['c3-standard-4', 4, 16, 23, 0.20888, 80_609]),
  gcp(['c3-standard-8', 8, 32, 23, 0.41776, 160_341]),
  aws(['c7i.large', 2, 4, 0.781, 0.08925, 80_609 / 2]),
  aws(['c7i.xlarge', 4, 8, 1.562, 0.1785, 80_609]),
  aws(['c7i.2xlarge', 8, 16, 3.125, 0.357, 160_341]),
  aws(['m7i.large', 2, 8, 0.781, 0.1008, 80_609 / 2]),
  aws(['m7i.xlarge', 4, 16, 1.562, 0.2016, 80_609]),
  aws(['m7i.2xlarge', 8, 32, 3.125, 0.4032, 160_341]),
];

/** The offer that a machine is, or is based on; undefined for one that is on no list. */
export const offerOf = ({ name, basedOn = name }: Pick<Machine, 'name' | 'basedOn'>): MachineOffer | undefined =>
  machineOffers.find(({ machine }) => machine.name === basedOn);

/**
 * Machines by name, for scenarios. `loopback-2` is any machine of two cores whose clients are on it too: no network card.
 */
export const machines: readonly Machine[] = [
  ...machineOffers.map(({ machine }) => machine),
  {
    name: 'loopback-2',
    vcpus: 2,
    cpuLimitCores: 2,
    memoryBytes: 8 * bytesPerGiB,
    memoryLimitBytes: 7 * bytesPerGiB,
    networkBitsPerSecond: null,
    usdPerHour: null,
  },
];
