import { type CapacityAnswer, findCapacity, type Probe } from '../../planner/capacity-search.ts';
import { objectivesOf } from '../../planner/objectives.ts';
import { loadOneServer } from '../../scenario-file.ts';
import { number } from '../../format/quantities.ts';
import { tell } from '../command.ts';
import { wantsFigures, writeFigures } from '../figures.ts';
import { figureRows, jsonFlag, setRow } from '../options/common.ts';
import { defineCommand } from '../options/define-command.ts';
import { choice, count, flag, percent, repeated, text } from '../options/option.ts';

const precision = 0.005;

export const capacity = defineCommand({
  name: 'capacity',
  summary: 'search for the largest load that meets the objectives',
  example:
    "capacity experiments/scenarios/e2-standard-2-12k-node.yaml --find connections --objective 'latencyMs.p99<200' --sized",
  positionals: ['SCENARIO'],
  options: {
    ...setRow,
    find: choice(['connections', 'rate'], {
      group: 'Search',
      help: 'What grows: connections, or the publish rate, all channels together',
      required: true,
    }),
    objective: repeated(
      text({
        group: 'Search',
        help: 'A condition on a figure of the report, in place of the default one on the same figure',
        placeholder: 'CONDITION',
        accepted: "a figure, a comparison and a limit, such as 'latencyMs.p99<200'",
      }),
    ),
    confidence: percent({
      group: 'Search',
      help: 'Share of the runs that must meet the objectives at the answer',
      default: '100',
      min: 1,
      max: 100,
    }),
    replications: count({
      group: 'Search',
      help: 'Runs at the answer and at both neighbours',
      default: '5',
      min: 1,
      max: 100,
    }),
    sized: flag({
      group: 'Search',
      help: "Connection, task, worker and rate caps grow with the load by the document's rules",
    }),
    ...figureRows,
    ...jsonFlag('Output'),
  },
  notes: [
    'Default objectives: no limit above 100 %, no drop, no refusal, nothing expired in the stream, latencyMs.p99<500.',
  ],
  async run({ options, positionals: [file], given }) {
    const wants = wantsFigures(given);
    const { resolved, warnings } = loadOneServer(file, options.set);
    for (const warning of warnings) tell(`warning: ${warning}`);
    const answer = findCapacity(resolved, {
      find: options.find === 'rate' ? 'ratePerSecond' : 'connections',
      objectives: objectivesOf(options.objective),
      replications: options.replications,
      confidence: options.confidence / 100,
      precision,
      sizeSettings: options.sized,
      onProgress: (message) => tell(`  ${message}`),
    });
    process.stdout.write(options.json ? `${JSON.stringify(answer, null, 2)}\n` : answerText(answer));
    if (wants) {
      const { closedFormFigures, latencyFigure } = await import('../../charts/run-figures.ts');
      tell('simulating ten loads for the latency chart ...');
      const { name, description } = resolved.scenario;
      await writeFigures(given, {
        title: `The most that fits: ${description || name}`,
        lead: answerText(answer).split('\n').slice(0, 1),
        sections: [
          {
            title: 'Limits and latency',
            figures: [...closedFormFigures(resolved), latencyFigure(resolved)],
            details: { summary: 'The search in numbers', text: answerText(answer) },
          },
        ],
      });
    }
    return answer.load > 0 ? 0 : 1;
  },
});

function answerText(answer: CapacityAnswer): string {
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
