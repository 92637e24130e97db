import type { ResolvedScenario } from '#core';
import { difference, replicate } from '#sim';
import { figuresRead } from '../../planner/uncertainty.ts';
import { number } from '../../format/quantities.ts';
import { changesBetween, type LeafChange } from '../../results/leaves.ts';
import { tell } from '../command.ts';

export interface PairedOptions {
  /** Pairs of runs; a single one has no interval, so 2 at the least are done. */
  readonly replications: number;
  readonly confidence: number;
  readonly scale: number | 'auto';
}

/** Two scenarios with common random numbers: what one has more than the other, with its interval. */
export function predictAgainst(
  scenario: ResolvedScenario,
  other: ResolvedScenario,
  { replications, confidence, scale }: PairedOptions,
  json: boolean,
): number {
  const pairs = Math.max(2, replications);
  const changes = changesBetween(comparable(other), comparable(scenario));
  if (changes.length === 0)
    tell('warning: both are the same scenario; --set changes the first, --against-set the other');
  // The same seed for both, or nothing is common.
  const paired = { ...other, scenario: { ...other.scenario, seed: scenario.scenario.seed } };
  const run = (input: ResolvedScenario) =>
    replicate(input, {
      replications: pairs,
      confidence,
      scale,
      onReplication: (done) => tell(`  ${input.scenario.name}: ${done} of ${pairs}`),
    });
  const left = run(scenario);
  const right = run(paired);
  const differences = difference(right, left);
  const rows = Object.keys(figuresRead).flatMap((path) => {
    const found = differences[`summary.${path}`] ?? differences[path];
    const from = right.estimates[`summary.${path}`] ?? right.estimates[path];
    const to = left.estimates[`summary.${path}`] ?? left.estimates[path];
    return found === undefined ? [] : [{ path, against: from.mean, scenario: to.mean, difference: found }];
  });
  const isSameFile = scenario.scenario.name === other.scenario.name;
  const [before, after] = isSameFile ? ['original', 'changed'] : [other.scenario.name, scenario.scenario.name];
  const text = [
    `${scenario.scenario.name} against ${isSameFile ? 'itself without the changes' : other.scenario.name}: ${pairs} pairs of runs with the same random numbers`,
    ...changeLines(changes),
    '',
    `${'figure'.padEnd(32)}${before.slice(0, 20).padStart(22)}${after.slice(0, 20).padStart(22)}   difference (${confidence * 100} %)`,
    ...rows.map(
      ({ path, against, scenario: mean, difference: { mean: by, halfWidth } }) =>
        `${path.padEnd(32)}${number(against).padStart(22)}${number(mean).padStart(22)}   ${by >= 0 ? '+' : ''}${number(by)} +- ${halfWidth.toPrecision(2)}`,
    ),
  ];
  process.stdout.write(
    json ? `${JSON.stringify({ pairs, confidence, changes, rows }, null, 2)}\n` : `${text.join('\n')}\n`,
  );
  return 0;
}

/** What two scenarios are compared by; the seed is the same for both, and names change nothing. */
function comparable({ scenario, machine }: ResolvedScenario): object {
  const { name: _name, description: _description, seed: _seed, ...fields } = scenario;
  const { name: _machine, ...parts } = machine;
  return { ...fields, machine: parts };
}

function changeLines(changes: readonly LeafChange[]): string[] {
  if (changes.length === 0) return ['nothing differs between them'];
  const shown = (leaf: LeafChange['before']): string => (leaf === undefined ? 'not given' : String(leaf));
  return changes.map(({ path, before, after }) => `  ${path}: ${shown(before)} -> ${shown(after)}`);
}
