import {
  largestLoad,
  machineOffers,
  monthlyComputeUsd,
  type Profile,
  type ResolvedScenario,
  resolveScenario,
  type Scenario,
  transferredProfile,
  transferTo,
} from '#core';

/** What one machine holds of a load, and what that costs. */
export interface HiredMachine {
  readonly machine: string;
  readonly usdPerMonth: number;
  /** With the profile's operations as slow there as they may be. */
  readonly connectionsMax: number;
  /** As quick as they may be. */
  readonly connectionsBest: number;
  readonly firstLimit: string;
}

const noCaps = { WS_MAX_CONNECTIONS: 1_000_000, WS_MAX_GOROUTINES: 100_000_000 };
const limiting = ['cpu', 'memory', 'network'] as const;

/** Every machine for hire at public prices, filled up to its first limit at the scenario's rate and message size. */
export function hiredMachines(scenario: Scenario, profiles: readonly Profile[]): HiredMachine[] {
  return machineOffers.map((offer) => {
    const { machine } = offer;
    const asked = {
      ...scenario,
      machine,
      shards: Math.max(1, Math.round(machine.vcpus)),
      settings: { ...scenario.settings, ...noCaps },
    };
    const resolution = resolveScenario(asked, profiles);
    if (!resolution.ok) throw new Error(resolution.issues.map(({ message }) => message).join('; '));
    const { resolved } = resolution;
    const { low, high } = transferTo(offer, resolved.profile);
    const careful = limitOf({ ...resolved, profile: transferredProfile(resolved.profile, high) });
    const best = limitOf({ ...resolved, profile: transferredProfile(resolved.profile, low) });
    return {
      machine: machine.name,
      usdPerMonth: monthlyComputeUsd(offer, 'list'),
      connectionsMax: careful.holds,
      connectionsBest: best.holds,
      firstLimit: careful.resource,
    };
  });
}

function limitOf(input: ResolvedScenario): { readonly resource: string; readonly holds: number } {
  const limits = limiting.map((resource) => ({ resource, holds: largestLoad(input, 'connections', resource) }));
  return limits.reduce((least, one) => (one.holds < least.holds ? one : least));
}

export const loadInWords = ({ workload }: Scenario): string =>
  `${workload.ratePerSecond} messages/s of ${workload.messageBytes} bytes`;
