import { formatDuration, nanosecondsPerSecond, type ResolvedScenario, shareOfUsable } from '#core';
import { number } from '../../format/quantities.ts';
import { type CapacityAnswer, findCapacity, type Probe, simulationsMaxDefault } from '../../planner/capacity-search.ts';
import { objectivesOf, reasonText } from '../../planner/objectives.ts';
import { loadOneServer } from '../../scenario-file.ts';
import { tell } from '../command.ts';
import { wantsFigures, writeFigures } from '../figures.ts';
import { figureRows, jsonFlag, setRow } from '../options/common.ts';
import { defineCommand } from '../options/define-command.ts';
import { choice, count, flag, percent, repeated, text } from '../options/option.ts';

export const capacity = defineCommand({
  name: 'capacity',
  summary: 'search for the largest load that a scenario sustains',
  positionals: ['SCENARIO'],
  options: {
    find: choice(['connections', 'rate'], {
      group: 'Search',
      required: true,
      help: 'What grows: connections, or the publish rate (all channels together)',
    }),
    objective: repeated(
      text({
        group: 'Search',
        help: "Condition on a figure of the report, such as 'latencyMs.p99<200'; replaces the default on the same figure",
        placeholder: 'CONDITION',
        accepted: "a figure, a comparison and a limit, such as 'latencyMs.p99<200'",
      }),
    ),
    sized: flag({
      group: 'Search',
      help: 'Connection, task, worker and rate caps grow with the load: what the machine itself holds',
    }),
    replications: count({
      group: 'Search',
      min: 1,
      max: 20,
      default: '3',
      help: 'Short runs at the answer, each with its own random numbers, beside the long one',
    }),
    confidence: percent({
      group: 'Search',
      above: 0,
      max: 100,
      help: 'Share of the short runs that must hold; without it they only tell how sure the answer is',
    }),
    'max-simulations': count({
      group: 'Search',
      min: 5,
      max: 1_000,
      default: String(simulationsMaxDefault),
      help: 'Budget: the search ends there with the largest load that it has seen hold',
    }),
    ...setRow,
    ...figureRows,
    ...jsonFlag('Output'),
  },
  notes: [
    'A load is sustained when nobody is refused or disconnected, nothing is lost, no resource is asked for more than may be used of it, no queue grows and p99 stays below 500 ms.',
    'The answer is verified on 30 minutes (a scenario with faults: on its own duration), and so are the loads 1 step and 5 % above it.',
  ],
  example:
    "capacity experiments/scenarios/e2-standard-2-12k-node.yaml --find connections --objective 'latencyMs.p99<200' --sized",
  async run({ options, positionals, given }) {
    const [file] = positionals;
    const wants = wantsFigures(given);
    const { resolved, warnings } = loadOneServer(file, [...options.set]);
    for (const warning of warnings) tell(`warning: ${warning}`);
    const began = performance.now();
    const answer = findCapacity(resolved, {
      find: options.find === 'connections' ? 'connections' : 'ratePerSecond',
      objectives: objectivesOf(options.objective),
      replications: options.replications,
      confidence: options.confidence === null ? null : options.confidence / 100,
      sizeSettings: options.sized,
      simulationsMax: options['max-simulations'],
      onProgress: ({ load, seconds, simulations, simulationsMax }) => {
        const each = simulations === 0 ? null : (performance.now() - began) / 1_000 / simulations;
        const left = each === null ? '' : `, at most ${Math.ceil(each * (simulationsMax - simulations))} s left`;
        tell(`  ${simulations} of at most ${simulationsMax} simulations${left}: ${number(load)} for ${seconds} s`);
      },
    });
    const written = capacityText(answer, resolved, { file, set: options.set, sized: options.sized });
    process.stdout.write(options.json ? `${JSON.stringify(answer, null, 2)}\n` : written);
    if (wants) {
      const { closedFormFigures, latencyFigure } = await import('../../charts/run-figures.ts');
      tell('simulating ten loads for the latency chart ...');
      const { name, description } = resolved.scenario;
      await writeFigures(given, {
        title: `The most that fits: ${description || name}`,
        lead: written.split('\n').slice(0, 1),
        sections: [
          {
            title: 'Limits and latency',
            figures: [...closedFormFigures(resolved), latencyFigure(resolved)],
            details: { summary: 'The search in numbers', text: written },
          },
        ],
      });
    }
    return answer.load > 0 ? 0 : 1;
  },
});

interface AskedAs {
  readonly file: string;
  readonly set: readonly string[];
  readonly sized: boolean;
}

const quoted = (argument: string): string => (/^[\w./:=@%+-]+$/.test(argument) ? argument : `'${argument}'`);

/** The answer as somebody reads it: what holds, what does not just above, how sure that is, and how to check it. */
function capacityText(answer: CapacityAnswer, resolved: ResolvedScenario, { file, set, sized }: AskedAs): string {
  const { find, load, at, above, wellAbove, range, transfer, closedForm, grain, held } = answer;
  const { workload, name } = resolved.scenario;
  const unit = find === 'connections' ? 'connections' : 'messages/s';
  const other =
    find === 'connections'
      ? `${number(workload.ratePerSecond)} messages/s`
      : `${number(workload.connections)} connections`;
  const lines: string[] = [];
  if (load === 0) {
    lines.push(`${name} sustains no number of ${unit} at ${other}`, `because       ${reasonsText(above)}`);
  } else {
    const length = formatDuration((at?.seconds ?? 0) * nanosecondsPerSecond);
    lines.push(
      `${name} sustains ${number(load)} ${unit} at ${other}${sized ? ', with caps raised' : ''}`,
      `verified      ${length} simulated: nobody refused, nothing lost, no queue grows, p99 ${number(Math.round(at?.summary?.latencyMs.p99 ?? 0))} ms; ${held.runs} of ${held.of} shorter runs, each with its own random numbers, hold too`,
      `just above    ${number(above.load)}: ${above.holds ? 'holds too; the search ended at its budget' : reasonsText(above)}`,
      `5 % above     ${number(wellAbove.load)}: ${wellAbove.holds ? 'holds too; the search ended at its budget' : reasonsText(wellAbove)}`,
    );
  }
  lines.push(
    `first limit   ${answer.firstLimit}${answer.secondLimit === null ? '' : `, then ${answer.secondLimit}`}`,
    `demand        ${answer.resources
      .slice(0, 4)
      .map((use) => `${use.resource} ${Math.round(shareOfUsable(use) * 100)} %`)
      .join(', ')} of what may be used`,
    `uncertainty   ${number(range.low)} to ${number(range.high)} from the worst to the best case of the CPU scaling; the search stops at steps of ${number(grain)}`,
    `CPU scaling   costs x ${number(transfer.low)} to ${number(transfer.high)}: ${transfer.basis}`,
    `closed form   ${number(closedForm.asSet.load)} with the caps as set (${closedForm.asSet.limit}); ${closedForm.byMachine.load === Infinity ? 'no limit' : number(closedForm.byMachine.load)} by the machine alone (${closedForm.byMachine.limit})${sized ? '' : '; --sized simulates that'}`,
  );
  if (load > 0) {
    const overrides = [
      ...set,
      ...Object.entries(answer.settings).map(([path, value]) => `${path}=${value}`),
      ...(at === null ? [] : [`workload.durationSeconds=${at.seconds}`]),
    ];
    lines.push(
      `check it      npm run -s fanout -- predict ${quoted(file)} ${overrides.map((one) => `--set ${quoted(one)}`).join(' ')} --scale auto`,
    );
  }
  lines.push(
    `${answer.simulations} of at most ${answer.simulationsMax} simulations${answer.budgetSpent ? '; the budget is spent, a larger load may hold too' : ''}`,
  );
  return `${lines.join('\n')}\n`;
}

const reasonsText = ({ reasons, seconds }: Probe): string =>
  `${reasons.map(reasonText).join('; ')}${seconds === 0 ? ' by closed form' : ''}`;
