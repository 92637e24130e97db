import { simulate } from '#sim';
import { loadScenario } from '../scenario-file.ts';
import { capacityCard } from './capacity-card.ts';
import { type Command, jsonOption, overridesOf, setOption, tell } from './command.ts';

export const predict: Command = {
  name: 'predict',
  summary: 'simulate a scenario and print its capacity card',
  usage: 'predict SCENARIO [--set path=value ...] [--json]',
  example: 'predict experiments/scenarios/e2-standard-2-12k.yaml --set workload.ratePerSecond=50',
  options: { ...jsonOption, ...setOption },
  positionals: ['SCENARIO'],
  run(given) {
    const { resolved, warnings } = loadScenario(given.positionals[0], overridesOf(given));
    for (const warning of warnings) tell(`warning: ${warning}`);
    tell(`simulating ${resolved.scenario.workload.durationSeconds} s of ${resolved.scenario.name} ...`);
    const report = simulate(resolved);
    process.stdout.write(
      given.values['json'] === true
        ? `${JSON.stringify(report, null, 2)}\n`
        : capacityCard(report, resolved.scenario.description || resolved.scenario.name),
    );
    return 0;
  },
};
