import { closedForm, type Held, largestHeld } from './closed-form.ts';
import { firstLimit, type RankedLimits } from './first-limit.ts';
import { egressTermsOf, egressUsdPerMonth } from '../experiment/prices.ts';
import { type ResolvedScenario, withCostFactor } from '../experiment/resolve-scenario.ts';
import type { ResourceUse } from '../experiment/run-report.ts';
import type { LoadVariation } from '../experiment/workload-shape.ts';
import { bitsPerByte, hoursPerMonth } from '../base/units.ts';

/** What a load asks of a scenario's machine, what the machine holds of it, and what both cost: one answer for every page. */
export interface Answer {
  readonly resources: readonly ResourceUse[];
  readonly limits: RankedLimits;
  /** The largest number of connections at this rate, and the largest rate with these connections. */
  readonly connections: HeldRange;
  readonly ratePerSecond: HeldRange;
  /** The machine at list price; null where it has none. */
  readonly computeUsdPerMonth: number | null;
  /** Of this load, all month, by what crosses the card. */
  readonly egressUsdPerMonth: number;
}

/** What is held in the middle of the profile's transfer to the machine, and by the machine at both ends of it. */
export interface HeldRange extends Held {
  /** The least and the most that is held at the ends and in the middle of the costs that the transfer allows. */
  readonly least: number;
  readonly most: number;
}

export function answerOf(input: ResolvedScenario): Answer {
  const { resources } = closedForm(input);
  const { machine, scenario } = input;
  const network = resources.find(({ resource }) => resource === 'network');
  const wireBitsPerSecond = network === undefined ? 0 : Math.min(network.demand, network.limit);
  const terms = egressTermsOf(machine, scenario.egress);
  return {
    resources,
    limits: firstLimit(resources),
    connections: heldRange(input, 'connections'),
    ratePerSecond: heldRange(input, 'ratePerSecond'),
    computeUsdPerMonth: machine.usdPerHour === null ? null : machine.usdPerHour * hoursPerMonth,
    egressUsdPerMonth: egressUsdPerMonth(wireBitsPerSecond / bitsPerByte, terms),
  };
}

export function heldRange(input: ResolvedScenario, of: keyof LoadVariation): HeldRange {
  const { low, high } = input.transfer;
  const byMachine = (factor: number): number => largestHeld(withCostFactor(input, factor), of).byMachine.load;
  const held = largestHeld(input, of);
  // Slower cores merge more messages into a write, which spares the wire: costs and what is held need not go together.
  const loads = [held.byMachine.load, byMachine(low), byMachine(high)];
  return { ...held, least: Math.min(...loads), most: Math.max(...loads) };
}

/** Machine and profile that a chart speaks of. */
export const subjectOf = ({ machine, profile }: Pick<ResolvedScenario, 'machine' | 'profile'>): string =>
  `${machine.name}, ${profile.name}`;
