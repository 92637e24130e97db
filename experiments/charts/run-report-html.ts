import { answerOf, type ResolvedScenario, type RunReport } from '#core';
import { capacityCard } from '../format/capacity-card.ts';
import { scenarioTitle } from '../format/scenario-title.ts';
import { runLead } from './lead.ts';
import { type HtmlReport, accountSections } from './report-html.ts';
import { closedFormFigures, latencyFigure, runFigures } from './run-figures.ts';

/** The report of one run: what came out, what the machine holds beyond it, and the account. */
export function runReportHtml(resolved: ResolvedScenario, report: RunReport): HtmlReport {
  const { scenario, profile } = resolved;
  const title = scenarioTitle(scenario);
  const isPredicted = report.provenance.kind === 'predicted';
  return {
    title,
    lead: runLead(report, answerOf(resolved)),
    sections: [
      {
        title: isPredicted ? 'The simulated run' : 'The measured run',
        figures: runFigures(report),
        details: { summary: 'The capacity card in numbers', text: capacityCard(report) },
      },
      {
        title: 'What the machine holds',
        text: `Closed forms with the costs of the profile ${profile.name}: a steady load, no queueing, no faults.`,
        figures: closedFormFigures(resolved),
      },
      ...(isPredicted
        ? [
            {
              title: 'Latency and load',
              text: 'A short simulation at each of ten loads; caps that are settings are lifted, faults are left out.',
              figures: [latencyFigure(resolved)],
            },
          ]
        : []),
      ...accountSections([report]),
    ],
  };
}
