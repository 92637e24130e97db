import type { ResolvedScenario } from '#core';
import { simulateFleet } from '#sim';
import { type Arguments, tell } from '../command.ts';
import { wantsFigures, writeFigures } from '../figures.ts';
import { fleetCard } from '../../format/fleet-card.ts';
import { paintFor } from '../../format/paint.ts';
import { scenarioTitle } from '../../format/scenario-title.ts';

/** A scenario with a fleet: one server of each kind, and the account over all. */
export async function predictFleet(resolved: ResolvedScenario, given: Arguments): Promise<number> {
  let told = 0;
  const report = simulateFleet(resolved, {
    onProgress: (group, groups, { simulatedSeconds, totalSeconds }) => {
      const tenth = group * 10 + Math.floor((simulatedSeconds / totalSeconds) * 10);
      if (tenth <= told) return;
      told = tenth;
      tell(`  kind ${group + 1} of ${groups}: ${Math.round(simulatedSeconds)} of ${Math.round(totalSeconds)} s`);
    },
  });
  const title = scenarioTitle(resolved.scenario);
  process.stdout.write(
    given.values['json'] === true
      ? `${JSON.stringify(report, null, 2)}\n`
      : fleetCard(report, title, paintFor(process.stdout, process.env)),
  );
  if (wantsFigures(given)) {
    const { accountSections } = await import('../../charts/report-html.ts');
    const { runFigures } = await import('../../charts/run-figures.ts');
    await writeFigures(given, {
      title,
      lead: [`${report.servers} servers of ${report.groups.length} kinds; one of each kind is drawn.`],
      sections: [
        ...report.groups.map((group, index) => ({
          title: `Kind ${index + 1} of ${report.groups.length}`,
          figures: runFigures(group.report).map((figure) => ({ ...figure, name: `${figure.name}-${index + 1}` })),
        })),
        ...accountSections(report.groups.map((group) => group.report)),
      ],
    });
  }
  return report.account.balanced ? 0 : 1;
}
