import { compareReports } from '#core';
import { simulate } from '#sim';
import type { Target } from '../../charts/demo-report.ts';
import { runLive } from '../../live/run-live.ts';
import { provenance } from '../../provenance.ts';
import { loadScenario } from '../../scenario-file.ts';
import { tryOutput, writeOutput } from '../../write-output.ts';
import { capacityCard } from '../../format/capacity-card.ts';
import { paintFor } from '../../format/paint.ts';
import { tell } from '../command.ts';
import { jsonFlag } from '../options/common.ts';
import { defineCommand } from '../options/define-command.ts';
import { comparisonTable } from '../../format/comparison-table.ts';

/** Scenarios that the main job simulates, and the one that it runs for real, which comes last. */
const targetNames = ['e2-standard-2-12k', 'e2-standard-2-12k-go-measured', 'e2-standard-2-12k-node'];
const liveName = 'laptop-live';

const scenarioFile = (name: string): string => new URL(`../../scenarios/${name}.yaml`, import.meta.url).pathname;
export const demoScenarios: readonly string[] = [...targetNames, liveName].map(scenarioFile);

export const demo = defineCommand({
  name: 'demo',
  summary: 'the main job: simulate the target, measure a live run, compare, report (npm start)',
  example: 'demo',
  options: jsonFlag(),
  async run({ options }) {
    for (const file of ['out/report.json', 'out/report.html']) tryOutput('demo', 'FILE', file);
    const targets = targetNames.map((name): Target => {
      const { resolved } = loadScenario(scenarioFile(name));
      tell(`simulating ${resolved.scenario.name}: ${resolved.scenario.workload.durationSeconds} s ...`);
      const report = { ...simulate(resolved), provenance: provenance('predicted') };
      return { resolved, title: resolved.scenario.description, report };
    });
    const { resolved } = loadScenario(scenarioFile(liveName));
    tell(`running ${resolved.scenario.name} for real:`);
    const measured = await runLive(resolved, { onProgress: (message) => tell(`  ${message}`) });
    tell(`simulating ${resolved.scenario.name} ...`);
    const predictedLive = { ...simulate(resolved), provenance: provenance('predicted') };
    const comparison = compareReports(predictedLive, measured);
    const result = { targets: targets.map(({ report }) => report), predicted: predictedLive, measured, comparison };
    const json = `${JSON.stringify(result, null, 2)}\n`;
    writeOutput('out/report.json', json);
    const { renderDemoReport } = await import('../../charts/demo-report.ts');
    writeOutput('out/report.html', renderDemoReport(targets, predictedLive, measured));
    if (options.json) process.stdout.write(json);
    else {
      const cards = targets.map(({ report }) => capacityCard(report, undefined, paintFor(process.stdout, process.env)));
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
});
