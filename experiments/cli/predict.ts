import { simulate } from '#sim';
import { provenance } from '../provenance.ts';
import { loadScenario } from '../scenario-file.ts';
import { capacityCard } from './capacity-card.ts';
import { type Command, jsonOption, overridesOf, setOption, tell } from './command.ts';
import { save, saveNameOf, saveOption } from './save.ts';
import { meetsThresholds, thresholdOption, thresholdsOf, thresholdUsage } from './thresholds.ts';

export const predict: Command = {
  name: 'predict',
  summary: 'simulate a scenario and print its capacity card',
  usage: `predict SCENARIO [--set path=value ...] [--save NAME] ${thresholdUsage} [--json]`,
  example: 'predict experiments/scenarios/e2-standard-2-12k.yaml --set workload.ratePerSecond=50',
  options: { ...jsonOption, ...setOption, ...thresholdOption, ...saveOption },
  positionals: ['SCENARIO'],
  run(given) {
    const thresholds = thresholdsOf(given);
    const saveName = saveNameOf(given);
    const { resolved, warnings } = loadScenario(given.positionals[0], overridesOf(given));
    for (const warning of warnings) tell(`warning: ${warning}`);
    tell(`simulating ${resolved.scenario.workload.durationSeconds} s of ${resolved.scenario.name} ...`);
    const report = simulate(resolved);
    process.stdout.write(
      given.values['json'] === true
        ? `${JSON.stringify(report, null, 2)}\n`
        : capacityCard(report, resolved.scenario.description || resolved.scenario.name),
    );
    save(saveName, { ...report, provenance: provenance('predicted') });
    return meetsThresholds(thresholds, report.summary, given) ? 0 : 1;
  },
};
