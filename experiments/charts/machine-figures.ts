import { largestHeld, machineOffers, monthlyComputeUsd } from '#core';
import { type Figure, type MachineCost, machineCostFigure } from '#charts';
import { intervalsFor, serverScenario } from '../planner/candidates.ts';
import type { Need } from '../planner/need.ts';

const shownMost = 14;

/**
 * What 1,000 clients cost on each machine of the list at a need's message rate: the connections that one of it holds, by
 * closed form at the slow end of its transfer and with the flush interval that `advise` takes.
 */
export function machineCostFigureOf(need: Need): Figure {
  const [intervalMs = 0] = intervalsFor(need);
  const machines = machineOffers.map((offer): MachineCost => {
    const { byMachine } = largestHeld(
      serverScenario(need, offer, need.connections, { intervalMs, end: 'high' }),
      'connections',
    );
    return {
      machine: offer.machine.name,
      usdPerMonth: monthlyComputeUsd(offer, need.prices),
      connectionsMax: byMachine.load,
      firstLimit: byMachine.limit,
    };
  });
  const cheapest = machines
    .filter(({ connectionsMax }) => connectionsMax > 0)
    .sort((left, right) => left.usdPerMonth / left.connectionsMax - right.usdPerMonth / right.connectionsMax);
  return machineCostFigure({
    load: `${need.ratePerSecond} messages/s of ${need.messageBytes} B`,
    machines: cheapest.slice(0, shownMost),
  });
}
