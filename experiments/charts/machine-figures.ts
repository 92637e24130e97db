import { machineOffers, monthlyComputeUsd, transferTo } from '#core';
import { type Figure, type MachineCost, machineCostFigure } from '#charts';
import { demandsOf, largest, serverScenario } from '../planner/candidates.ts';
import type { Need } from '../planner/need.ts';

const shownMost = 14;
const connectionsMost = 4_000_000;

/**
 * What 1,000 clients cost on each machine of the list at a need's message rate: the connections that one of it holds, by
 * closed form at the high end of its transfer and under the limits that `advise` sets.
 */
export function machineCostFigureOf(need: Need): Figure {
  const machines = machineOffers.map((offer): MachineCost => {
    const { high } = transferTo(offer, need.base.profile);
    const worstAt = (connections: number) => largest(demandsOf(serverScenario(need, offer, connections, high)));
    let holds = 0;
    let tooMany = connectionsMost;
    while (tooMany - holds > 1) {
      const middle = Math.floor((holds + tooMany) / 2);
      if (worstAt(middle).utilisation <= 1) holds = middle;
      else tooMany = middle;
    }
    return {
      machine: offer.machine.name,
      usdPerMonth: monthlyComputeUsd(offer, need.prices),
      connectionsMax: holds,
      firstLimit: worstAt(tooMany).resource,
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
