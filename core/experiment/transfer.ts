import { machineOffers, type MachineOffer, offerOf } from './machines.ts';
import type { Profile } from './profile.ts';
import type { Machine, Scenario } from './scenario.ts';

/** By what a profile's CPU costs are multiplied on a machine: `middle` is predicted with, the truth lies from `low` to `high`. */
export interface Transfer {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
  readonly basis: string;
}

/** CoreMark per vCPU of an AMD EPYC (Milan) that shares its core with another vCPU (n2d), and of one that does not (t2d). */
const epycCoremark = { low: 20_024, high: 29_944 } as const;

/**
 * A profile on another machine than the one it was measured on: CoreMark of the profile's vCPU over that of the machine's,
 * widened by the profile's own error. The documented profile speaks of the document's e2 machines. A measured profile names
 * an AMD EPYC without its model, or whether a vCPU had a core to itself, so it lies between the two kinds. CoreMark says
 * nothing of a kernel's write path or a network card's: the range is an estimate until somebody measures.
 */
export function transferTo(
  offer: Pick<MachineOffer, 'coremarkPerVcpu' | 'documentUsdPerHour'>,
  profile: Profile,
): Transfer {
  const isDocumented = profile.provenance.kind === 'documented';
  const e2 = machineOffers[0].coremarkPerVcpu;
  // The document holds its own machines to be alike, core for core.
  const own = offer.documentUsdPerHour === null ? e2 : offer.coremarkPerVcpu;
  const reference = isDocumented ? { low: own, high: own } : epycCoremark;
  const low = reference.low / offer.coremarkPerVcpu;
  const high = reference.high / offer.coremarkPerVcpu;
  const errorPercent = Math.round(profile.relativeError * 100);
  return {
    low: low * (1 - profile.relativeError),
    middle: Math.sqrt(low * high),
    high: high * (1 + profile.relativeError),
    basis: isDocumented
      ? `profile ${profile.name} of an e2 machine, scaled by CoreMark`
      : `profile ${profile.name} of an AMD EPYC, scaled by CoreMark of the slowest and the fastest such vCPU, and ${errorPercent} % for the fit`,
  };
}

/**
 * The transfer of a scenario: to a machine on the list by CoreMark; elsewhere, and for clients on the same machine, which is
 * then the one that the profile was measured on, by nothing but the profile's own error.
 */
export function transferFor(
  machine: Pick<Machine, 'name' | 'basedOn'>,
  profile: Profile,
  { loadOnSameMachine }: Pick<Scenario, 'loadOnSameMachine'>,
): Transfer {
  const offer = loadOnSameMachine ? undefined : offerOf(machine);
  if (offer !== undefined) return transferTo(offer, profile);
  const { relativeError } = profile;
  return {
    low: 1 - relativeError,
    middle: 1,
    high: 1 + relativeError,
    basis: loadOnSameMachine
      ? `profile ${profile.name} on the kind of machine that it was measured on`
      : `profile ${profile.name} as measured: nothing is known of this machine's speed`,
  };
}

/** The profile on cores on which everything takes `factor` times as long; memory and sockets stay. */
export function transferredProfile(profile: Profile, factor: number): Profile {
  if (factor === 1) return profile;
  const { perDeliveryNsByRate, coldWriteHalfNs, ...costs } = profile.cpu;
  const cpu = Object.fromEntries(Object.entries(costs).map(([name, ns]) => [name, ns * factor])) as typeof costs;
  return {
    ...profile,
    cpu: {
      ...cpu,
      // A time until something is forgotten, no cost.
      coldWriteHalfNs,
      perDeliveryNsByRate: perDeliveryNsByRate.map((row) => ({ ...row, ns: row.ns * factor })),
    },
    garbageCollection: { ...profile.garbageCollection, pauseNs: profile.garbageCollection.pauseNs * factor },
  };
}
