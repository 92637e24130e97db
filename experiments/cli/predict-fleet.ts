import type { ResolvedScenario } from '#core';
import { simulateFleet } from '#sim';
import { tell } from './command.ts';
import { fleetCard } from './fleet-card.ts';

/** A scenario with a fleet: one server of each kind, and the account over all. */
export function predictFleet(resolved: ResolvedScenario, json: boolean): number {
  let told = 0;
  const report = simulateFleet(resolved, {
    onProgress: (group, groups, { simulatedSeconds, totalSeconds }) => {
      const tenth = group * 10 + Math.floor((simulatedSeconds / totalSeconds) * 10);
      if (tenth <= told) return;
      told = tenth;
      tell(`  kind ${group + 1} of ${groups}: ${Math.round(simulatedSeconds)} of ${Math.round(totalSeconds)} s`);
    },
  });
  const title = resolved.scenario.description || resolved.scenario.name;
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : fleetCard(report, title));
  return report.account.balanced ? 0 : 1;
}
