import { InputError } from '../../input-error.ts';
import { uncertainScenario } from '../../planner/ranges.ts';
import { figuresRead, type Tornado, tornadoOf } from '../../planner/uncertainty.ts';
import { readScenarioFields } from '../../scenario-file.ts';
import { number } from '../../format/quantities.ts';
import { tell } from '../command.ts';
import { wantsFigures, writeFigures } from '../figures.ts';
import { figureRows, jsonFlag, setRow } from '../options/common.ts';
import { defineCommand } from '../options/define-command.ts';
import { choice } from '../options/option.ts';

const barWidth = 40;

export const tornado = defineCommand({
  name: 'tornado',
  summary: 'what matters most: each uncertain input low and high, by its effect on a figure',
  example:
    'tornado experiments/scenarios/e2-standard-2-12k-node.yaml --set workload.ratePerSecond=20..35 --set workload.messageBytes=300..900 --figure resources.cpu.utilisation',
  positionals: ['SCENARIO'],
  options: {
    ...setRow,
    figure: choice(Object.keys(figuresRead), {
      help: 'Figure of the report to judge by',
      placeholder: 'FIGURE',
      default: 'latencyMs.p99',
    }),
    ...figureRows,
    ...jsonFlag('Output'),
  },
  notes: [
    "Inputs are the ranges in the scenario, such as workload.ratePerSecond: 25..35, and the profile's own error.",
    `Figures: ${Object.keys(figuresRead).join(', ')}.`,
  ],
  async run({ options: { set, figure, json }, positionals: [file], given }) {
    const wants = wantsFigures(given);
    const pick = figuresRead[figure];
    const scenario = uncertainScenario(readScenarioFields(file, set), file);
    if (scenario.inputs.length === 0) {
      throw new InputError('tornado', [
        {
          path: 'SCENARIO',
          given: file,
          accepted: 'a range such as --set workload.ratePerSecond=25..35',
          message: 'has no ranges',
        },
      ]);
    }
    tell(`simulating ${scenario.inputs.length * 2 + 1} runs ...`);
    const answer = tornadoOf(scenario, figure, pick);
    process.stdout.write(json ? `${JSON.stringify(answer, null, 2)}\n` : text(answer));
    if (wants) {
      const { tornadoFigure } = await import('#charts');
      const chart = tornadoFigure({
        answer: figure,
        unit: unitOf(figure),
        base: answer.middle,
        rows: answer.bars.map(({ path, low, high, atLow, atHigh }) => ({
          input: path,
          lowInput: number(low),
          highInput: number(high),
          low: atLow,
          high: atHigh,
        })),
      });
      await writeFigures(given, {
        title: `What matters most for ${answer.scenario}`,
        lead: [`${chart.title}.`],
        sections: [{ title: figure, figures: [chart], details: { summary: 'In numbers', text: text(answer) } }],
      });
    }
    return 0;
  },
});

/** The unit that a figure of a report says in its name. */
function unitOf(figure: string): string {
  if (figure.includes('latencyMs')) return 'ms';
  if (figure.endsWith('utilisation')) return 'of the limit';
  if (figure.endsWith('usdPerMonth')) return 'USD a month';
  return figure.endsWith('PerSecond') ? 'per second' : 'in the window';
}

function text({ scenario, figure, middle, bars }: Tornado): string {
  const most = Math.max(...bars.map(({ atLow, atHigh }) => Math.abs(atHigh - atLow)), Number.MIN_VALUE);
  return `${[
    `${scenario}: ${figure} is ${number(middle)} with every input in its middle`,
    ...bars.map(({ path, low, high, atLow, atHigh }) => {
      const width = Math.round((Math.abs(atHigh - atLow) / most) * barWidth);
      return `${path.padEnd(30)}${`${number(low)} to ${number(high)}`.padEnd(20)}${`${number(atLow)} to ${number(atHigh)}`.padEnd(26)}${'#'.repeat(width)}`;
    }),
  ].join('\n')}\n`;
}
