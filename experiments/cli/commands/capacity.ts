import { InputError } from '../../input-error.ts';
import { type CapacityAnswer, findCapacity, type Probe } from '../../planner/capacity-search.ts';
import { objectivesOf } from '../../planner/objectives.ts';
import { loadOneServer } from '../../scenario-file.ts';
import { number } from '../../format/quantities.ts';
import { numberOf } from '../number-of.ts';
import { type Arguments, type Command, jsonOption, overridesOf, setOption, tell } from '../command.ts';
import { figureOptions, figureUsage, wantsFigures, writeFigures } from '../figures.ts';

const replicationsUsual = 5;
const precision = 0.005;

export const capacity: Command = {
  name: 'capacity',
  summary: 'search for the largest load that meets the objectives',
  usage: `capacity SCENARIO --find connections|rate [--objective 'FIGURE<VALUE' ...] [--confidence PERCENT] [--replications N] [--sized] [--set path=value ...]
  ${figureUsage} [--json]

  --find          what grows: connections, or the publish rate (all channels together)
  --objective     a condition on a figure of the report, such as latencyMs.p99<200, resources.network.utilisation<70%;
                  usual: no limit above 100 %, no drop, no refusal, nothing expired in the stream, latencyMs.p99<500
  --confidence    share of the runs that must meet the objectives at the answer, in percent (100)
  --replications  runs at the answer and at both neighbours (${replicationsUsual})
  --sized         connection, task, worker and rate caps grow with the load by the document's rules; else they stay`,
  example:
    "capacity experiments/scenarios/e2-standard-2-12k-node.yaml --find connections --objective 'latencyMs.p99<200' --sized",
  options: {
    ...jsonOption,
    ...setOption,
    ...figureOptions,
    find: { type: 'string' },
    objective: { type: 'string', multiple: true },
    confidence: { type: 'string' },
    replications: { type: 'string' },
    sized: { type: 'boolean' },
  },
  positionals: ['SCENARIO'],
  async run(given) {
    const wants = wantsFigures(given);
    const { resolved, warnings } = loadOneServer(given.positionals[0], overridesOf(given));
    for (const warning of warnings) tell(`warning: ${warning}`);
    const answer = findCapacity(resolved, {
      find: findOf(given),
      objectives: objectivesOf((given.values['objective'] as string[] | undefined) ?? []),
      replications: numberOf(given, 'replications', replicationsUsual, 1, 100),
      confidence: numberOf(given, 'confidence', 100, 1, 100) / 100,
      precision,
      sizeSettings: given.values['sized'] === true,
      onProgress: (message) => tell(`  ${message}`),
    });
    process.stdout.write(given.values['json'] === true ? `${JSON.stringify(answer, null, 2)}\n` : text(answer));
    if (wants) {
      const { closedFormFigures, latencyFigure } = await import('../../charts/run-figures.ts');
      tell('simulating ten loads for the latency chart ...');
      const { name, description } = resolved.scenario;
      await writeFigures(given, {
        title: `The most that fits: ${description || name}`,
        lead: text(answer).split('\n').slice(0, 1),
        sections: [
          {
            title: 'Limits and latency',
            figures: [...closedFormFigures(resolved), latencyFigure(resolved)],
            details: { summary: 'The search in numbers', text: text(answer) },
          },
        ],
      });
    }
    return answer.load > 0 ? 0 : 1;
  },
};

function findOf({ values }: Arguments): CapacityAnswer['find'] {
  if (values['find'] === 'connections') return 'connections';
  if (values['find'] === 'rate') return 'ratePerSecond';
  throw new InputError('capacity', [
    {
      path: '--find',
      given: String(values['find'] ?? 'nothing'),
      accepted: 'connections, rate',
      message: 'says what to search for',
    },
  ]);
}

function text(answer: CapacityAnswer): string {
  const unit = answer.find === 'connections' ? 'connections' : 'messages/s';
  const lines = [
    answer.load === 0
      ? `no number of ${unit} meets the objectives`
      : `${number(answer.load)} ${unit} is the most that meets the objectives`,
    '',
    ...[answer.below, answer.at, answer.above].flatMap((probe) => (probe === null ? [] : [probeLine(probe, unit)])),
    '',
    `first limit   ${answer.firstLimit}, then ${answer.secondLimit}`,
    `just above    ${answer.missedAbove.join(', ') || 'nothing missed in the first run'}`,
    `closed form   ${Object.entries(answer.closedForm)
      .map(([resource, load]) => `${resource} ${load === null ? 'no limit' : number(load)}`)
      .join(', ')} (each alone, at 100 %)`,
    `${answer.simulations} simulations`,
  ];
  return `${lines.join('\n')}\n`;
}

function probeLine({ load, metShare, replications, summary, missed }: Probe, unit: string): string {
  const use = summary.resources.map(({ resource, utilisation }) => `${resource} ${Math.round(utilisation * 100)} %`);
  return `${number(load).padStart(10)} ${unit}: met in ${Math.round(metShare * replications)} of ${replications} runs; ${use.join(', ')}; p99 ${number(summary.latencyMs.p99)} ms${missed.length === 0 ? '' : `; missed ${missed.map(({ threshold, found }) => `${threshold} (${String(found)})`).join(', ')}`}`;
}
