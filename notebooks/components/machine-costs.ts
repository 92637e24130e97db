import {
  answerOf,
  heldRange,
  largestHeld,
  machineOffers,
  type Profile,
  resolveScenario,
  type Scenario,
  withCostFactor,
} from '#core';

/** What one machine holds of a load, and what that costs. */
export interface HiredMachine {
  readonly machine: string;
  readonly usdPerMonth: number;
  /** Internet egress of the clients that it surely holds. */
  readonly egressUsdPerMonth: number;
  /** With the profile's operations as slow there as they may be. */
  readonly connectionsMax: number;
  /** As quick as they may be. */
  readonly connectionsBest: number;
  readonly firstLimit: string;
}

/** Every machine for hire at public prices, filled up to its first limit at the scenario's rate and message size. */
export function hiredMachines(scenario: Scenario, profiles: readonly Profile[]): HiredMachine[] {
  return machineOffers.map((offer) => {
    const { machine } = offer;
    const resolution = resolveScenario(
      { ...scenario, machine: machine.name, shards: Math.max(1, Math.round(machine.vcpus)) },
      profiles,
    );
    if (!resolution.ok) throw new Error(resolution.issues.map(({ message }) => message).join('; '));
    const { resolved } = resolution;
    const { least, most } = heldRange(resolved, 'connections');
    const filled = { ...resolved.scenario, workload: { ...scenario.workload, connections: Math.max(1, least) } };
    const { computeUsdPerMonth, egressUsdPerMonth } = answerOf({ ...resolved, scenario: filled });
    return {
      machine: machine.name,
      usdPerMonth: computeUsdPerMonth ?? 0,
      egressUsdPerMonth,
      connectionsMax: least,
      connectionsBest: most,
      firstLimit: largestHeld(withCostFactor(resolved, resolved.transfer.high), 'connections').byMachine.limit,
    };
  });
}

export const loadInWords = ({ workload }: Scenario): string =>
  `${workload.ratePerSecond} messages/s of ${workload.messageBytes} bytes`;
