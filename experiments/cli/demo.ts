import { compareReports, feasibleRegion, limitCurves, type ResolvedScenario, type RunReport } from '#core';
import { feasibleRegionTitle, limitsTitle, resourcesTitle } from '#core/charts';
import { simulate } from '#sim';
import { accountSections, comparisonReportTable, type HtmlReport, renderReport } from '../charts/report-html.ts';
import { closedFormFigures, comparisonFigures, runFigures } from '../charts/run-figures.ts';
import { runLive } from '../live/run-live.ts';
import { provenance } from '../provenance.ts';
import { loadScenario } from '../scenario-file.ts';
import { writeOutput } from '../write-output.ts';
import { capacityCard, number } from './capacity-card.ts';
import { type Command, jsonOption, tell } from './command.ts';
import { comparisonTable } from './comparison-table.ts';

const scenarioFile = (name: string): string => new URL(`../scenarios/${name}.yaml`, import.meta.url).pathname;

interface Target {
  readonly resolved: ResolvedScenario;
  readonly title: string;
  readonly report: RunReport;
}

export const demo: Command = {
  name: 'demo',
  summary: 'the main job: simulate the target, measure a live run, compare, report (npm start)',
  usage: 'demo [--json]',
  example: 'demo',
  options: jsonOption,
  positionals: [],
  async run(given) {
    const targets = ['e2-standard-2-12k', 'e2-standard-2-12k-node'].map((name): Target => {
      const { resolved } = loadScenario(scenarioFile(name));
      tell(`simulating ${resolved.scenario.name}: ${resolved.scenario.workload.durationSeconds} s ...`);
      const report = { ...simulate(resolved), provenance: provenance('predicted') };
      return { resolved, title: resolved.scenario.description, report };
    });
    const { resolved } = loadScenario(scenarioFile('laptop-live'));
    tell(`running ${resolved.scenario.name} for real:`);
    const measured = await runLive(resolved, { onProgress: (message) => tell(`  ${message}`) });
    tell(`simulating ${resolved.scenario.name} ...`);
    const predictedLive = { ...simulate(resolved), provenance: provenance('predicted') };
    const comparison = compareReports(predictedLive, measured);
    const result = { targets: targets.map(({ report }) => report), predicted: predictedLive, measured, comparison };
    const json = `${JSON.stringify(result, null, 2)}\n`;
    writeOutput('out/report.json', json);
    writeOutput('out/report.html', renderReport(reportOf(targets, predictedLive, measured)));
    if (given.values['json'] === true) process.stdout.write(json);
    else {
      const cards = targets.map(({ title, report }) => capacityCard(report, title));
      process.stdout.write(
        `\n${cards.join('\n')}\n${resolved.scenario.description}: predicted against measured\n\n${comparisonTable(comparison)}\n` +
          'Report: out/report.html, data: out/report.json\n\nNext:\n' +
          '  npm run -s fanout -- predict experiments/scenarios/e2-standard-2-12k.yaml --set workload.ratePerSecond=50\n' +
          '  npm run -s fanout -- predict experiments/scenarios/e2-standard-2-12k-node.yaml --report out/predict.html\n' +
          '  npm run -s fanout -- live experiments/scenarios/laptop-live.yaml --set workload.connections=1000\n',
      );
    }
    return measured.summary.ledger.balanced ? 0 : 1;
  },
};

function reportOf(targets: readonly Target[], predictedLive: RunReport, measured: RunReport): HtmlReport {
  const comparison = compareReports(predictedLive, measured);
  return {
    title: 'How many clients does this machine hold?',
    lead: targets.flatMap(({ resolved, title, report }) => [
      `${title}: ${resourcesTitle(report)}.`,
      `${limitsTitle(limitCurves(resolved, 'connections'))}. ${feasibleRegionTitle(feasibleRegion(resolved))}.`,
    ]),
    sections: [
      ...targets.map(({ resolved, title, report }) => ({
        title: `Predicted: ${title}`,
        figures: [...runFigures(report).slice(0, 1), ...closedFormFigures(resolved)],
        details: { summary: 'The capacity card in numbers', text: capacityCard(report, title) },
      })),
      {
        title: 'Predicted against measured, on this machine',
        text: `${number(measured.summary.connections.open)} real clients over loopback, ${number(measured.summary.receivedPerSecond)} messages/s received. The twin simulated the same scenario by the profile ${predictedLive.profile ?? ''}, which may have been measured on another machine; the errors are as they came out.`,
        figures: comparisonFigures(predictedLive, measured).slice(1),
        tables: [comparisonReportTable(comparison)],
      },
      ...accountSections([...targets.map(({ report }) => report), predictedLive, measured]),
    ],
  };
}
