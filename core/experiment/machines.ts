import type { Profile } from './profile.ts';
import type { Machine } from './scenario.ts';
import { bitsPerGigabit, bytesPerGiB, hoursPerMonth } from '../base/units.ts';

/** What is publicly known of a machine that can be hired, beside what a scenario needs of it. */
export interface MachineOffer {
  readonly machine: Machine;
  readonly provider: 'GCP' | 'AWS';
  /** Public on-demand price, and where and when it was read; `machine.usdPerHour` of an e2 machine is the document's. */
  readonly listUsdPerHour: number;
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
  coremarkPerVcpu: coremark / vcpus,
  sources: [sources.gcpPrice, sources.gcpNetwork, sources.gcpCoremark],
});

const aws = ([name, vcpus, memoryGiB, networkGbps, usdPerHour, coremark]: Row): MachineOffer => ({
  machine: machineOf(name, vcpus, memoryGiB, Math.min(networkGbps, awsInternetGbps), usdPerHour),
  provider: 'AWS',
  listUsdPerHour: usdPerHour,
  coremarkPerVcpu: coremark / vcpus,
  sources: [sources.awsPrice, sources.awsNetwork, sources.awsCoremark],
});

/**
 * The document's own machines: memory, network and price are its figures. For e2-standard-8 it gives neither memory nor
 * network; 28 GiB and 8 Gbps continue its series.
 */
const documented = (
  name: string,
  vcpus: number,
  usdPerHour: number,
  listUsdPerHour: number,
  coremark: number,
): MachineOffer => ({
  machine: machineOf(name, vcpus, vcpus * 4, vcpus, usdPerHour),
  provider: 'GCP',
  listUsdPerHour,
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

/** How much longer a profile's operations may take on another machine: from `low` to `high` times their cost. */
export interface Transfer {
  readonly low: number;
  readonly high: number;
  readonly basis: string;
}

/** CoreMark per vCPU of an AMD EPYC (Milan) that shares its core with another vCPU (n2d), and of one that does not (t2d). */
const epycCoremark = { low: 20_024, high: 29_944 } as const;

/**
 * The uncertainty of a profile on a machine where it was not measured: CoreMark of the profile's vCPU over that of the
 * machine's, widened by the profile's own error. The go-documented profile speaks of the document's e2 machines. A measured
 * profile names an AMD EPYC without its model, or whether a vCPU had a core to itself, so it lies between the two kinds.
 * CoreMark says nothing of a kernel's write path or a network card's: the range is an estimate until somebody measures.
 */
export function transferTo(offer: Pick<MachineOffer, 'coremarkPerVcpu'>, profile: Profile): Transfer {
  const isDocumented = profile.provenance.kind === 'documented';
  const e2 = machineOffers[0].coremarkPerVcpu;
  const reference = isDocumented ? { low: e2, high: e2 } : epycCoremark;
  return {
    low: (reference.low / offer.coremarkPerVcpu) * (1 - profile.relativeError),
    high: (reference.high / offer.coremarkPerVcpu) * (1 + profile.relativeError),
    basis: isDocumented
      ? `profile ${profile.name} of an e2 machine, scaled by CoreMark`
      : `profile ${profile.name} of an AMD EPYC, scaled by CoreMark of the slowest and the fastest such vCPU, and ${Math.round(profile.relativeError * 100)} % for the fit`,
  };
}

/** The profile on cores on which everything takes `factor` times as long; memory and sockets stay. */
export function transferredProfile(profile: Profile, factor: number): Profile {
  const { perDeliveryNsByRate, ...costs } = profile.cpu;
  const cpu = Object.fromEntries(Object.entries(costs).map(([name, ns]) => [name, ns * factor])) as typeof costs;
  return {
    ...profile,
    cpu: { ...cpu, perDeliveryNsByRate: perDeliveryNsByRate.map((row) => ({ ...row, ns: row.ns * factor })) },
    garbageCollection: { ...profile.garbageCollection, pauseNs: profile.garbageCollection.pauseNs * factor },
  };
}
