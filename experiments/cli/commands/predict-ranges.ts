import type { UncertainScenario } from '../../planner/ranges.ts';
import { propagate, type UncertainAnswer } from '../../planner/uncertainty.ts';
import { number } from '../../format/quantities.ts';
import { tell } from '../command.ts';

const seed = 1;

/** A scenario with ranges: what they and the profile's error do to the figures. */
export function predictRanges(scenario: UncertainScenario, points: number, json: boolean): number {
  const answer = propagate(scenario, points, seed, (done) => {
    if (done % 10 === 0 || done === points) tell(`  ${done} of ${points} points`);
  });
  process.stdout.write(json ? `${JSON.stringify(answer, null, 2)}\n` : text(answer));
  return 0;
}

function text({ scenario, points, inputs, figures, firstLimits }: UncertainAnswer): string {
  const cells = (values: readonly (string | number)[]): string =>
    values.map((value) => (typeof value === 'number' ? number(value) : value).padStart(16)).join('');
  return `${[
    `${scenario}: ${points} points of a Latin hypercube over`,
    ...inputs.map(
      ({ path, low, mode, high }) =>
        `  ${path.padEnd(32)}${number(low)} to ${number(high)}${mode === null ? '' : `, likeliest ${number(mode)}`}`,
    ),
    '',
    `${'figure'.padEnd(32)}${cells(['p10', 'p50', 'p90'])}`,
    ...Object.entries(figures).map(([path, { p10, p50, p90 }]) => `${path.padEnd(32)}${cells([p10, p50, p90])}`),
    '',
    `first limit   ${Object.entries(firstLimits)
      .map(([resource, count]) => `${resource} at ${count} of ${points} points`)
      .join(', ')}`,
  ].join('\n')}\n`;
}
