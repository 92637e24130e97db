import { answerOf, compareReports, type ResolvedScenario, type RunReport } from '#core';
import { capacityCard } from '../format/capacity-card.ts';
import { number } from '../format/quantities.ts';
import { verdictText } from '../format/verdict-lines.ts';
import { heldText } from './lead.ts';
import { accountSections, comparisonReportTable, renderReport } from './report-html.ts';
import { closedFormFigures, comparisonFigures, runFigures } from './run-figures.ts';

/** A scenario that was predicted, with its report. */
export interface Target {
  readonly resolved: ResolvedScenario;
  readonly title: string;
  readonly report: RunReport;
}

/** The report of `npm start`: both targets, and the live run against its prediction. */
export function renderDemoReport(targets: readonly Target[], predictedLive: RunReport, measured: RunReport): string {
  const comparison = compareReports(predictedLive, measured);
  return renderReport({
    title: 'How many clients does this machine hold?',
    lead: targets.flatMap(({ resolved, title, report }) => [
      `${title}: ${verdictText(report.summary.verdict)}.`,
      heldText(answerOf(resolved)),
    ]),
    sections: [
      ...targets.map(({ resolved, title, report }) => ({
        title: `Predicted: ${title}`,
        figures: [...runFigures(report).slice(0, 1), ...closedFormFigures(resolved)],
        details: { summary: 'The capacity card in numbers', text: capacityCard(report) },
      })),
      {
        title: 'Predicted against measured, on this machine',
        text: `${number(measured.summary.connections.open)} real clients over loopback, ${number(measured.summary.receivedPerSecond)} messages/s received. The twin simulated the same scenario by the profile ${predictedLive.profile ?? ''}, which may have been measured on another machine; the errors are as they came out.`,
        figures: comparisonFigures(predictedLive, measured).slice(1),
        tables: [comparisonReportTable(comparison)],
      },
      ...accountSections([...targets.map(({ report }) => report), predictedLive, measured]),
    ],
  });
}
