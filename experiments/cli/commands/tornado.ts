import { nearestName } from '#core';
import { InputError } from '../../input-error.ts';
import { uncertainScenario } from '../../planner/ranges.ts';
import { figuresRead, type Tornado, tornadoOf } from '../../planner/uncertainty.ts';
import { readScenarioFields } from '../../scenario-file.ts';
import { number } from '../../format/quantities.ts';
import { type Command, jsonOption, overridesOf, setOption, tell } from '../command.ts';
import { figureOptions, figureUsage, wantsFigures, writeFigures } from '../figures.ts';

const usualFigure = 'latencyMs.p99';
const barWidth = 40;

export const tornado: Command = {
  name: 'tornado',
  summary: 'what matters most: each uncertain input low and high, by its effect on a figure',
  usage: `tornado SCENARIO [--figure ${usualFigure}] [--set path=low..high ...] ${figureUsage} [--json]

  Inputs are the ranges in the scenario, such as workload.ratePerSecond: 25..35, and the profile's own error.
  --figure  one of ${Object.keys(figuresRead).join(', ')}`,
  example:
    'tornado experiments/scenarios/e2-standard-2-12k-node.yaml --set workload.ratePerSecond=20..35 --set workload.messageBytes=300..900 --figure resources.cpu.utilisation',
  options: { ...jsonOption, ...setOption, ...figureOptions, figure: { type: 'string' } },
  positionals: ['SCENARIO'],
  async run(given) {
    const [file] = given.positionals;
    const wants = wantsFigures(given);
    const figure = String(given.values['figure'] ?? usualFigure);
    const pick = figuresRead[figure];
    if (pick === undefined) {
      const known = Object.keys(figuresRead);
      throw new InputError('tornado', [
        {
          path: '--figure',
          given: figure,
          accepted: known.join(', '),
          message: `there is no such figure; did you mean ${nearestName(figure, known)}?`,
        },
      ]);
    }
    const scenario = uncertainScenario(readScenarioFields(file, overridesOf(given)), file);
    if (scenario.inputs.length === 0) {
      throw new InputError('tornado', [
        {
          path: 'SCENARIO',
          given: file,
          accepted: 'a range such as --set workload.ratePerSecond=25..35',
          message: 'nothing in it is uncertain',
        },
      ]);
    }
    tell(`simulating ${scenario.inputs.length * 2 + 1} runs ...`);
    const answer = tornadoOf(scenario, figure, pick);
    process.stdout.write(given.values['json'] === true ? `${JSON.stringify(answer, null, 2)}\n` : text(answer));
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
};

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
