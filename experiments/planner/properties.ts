import fc from 'fast-check';
import { readOptions, splitArguments } from '../cli/options/table.ts';
import { count } from '../cli/options/option.ts';
import {
  adviceHolds,
  capacityIsSustained,
  fieldsArbitrary,
  moreNeverHoldsLess,
  needArbitrary,
  numbersAgree,
} from './property-checks.ts';

/** The planner's properties on many random scenarios: `npx tsx experiments/planner/properties.ts --cases 100 --seed 1`. */
const table = {
  cases: count({ help: 'Random cases of each property', min: 1, max: 100_000, default: '100' }),
  seed: count({ help: 'Seed of the cases', min: 0, max: 2 ** 31 - 1, default: '1' }),
  seconds: count({ help: 'Simulated seconds that answers are checked on', min: 30, max: 86_400, default: '1800' }),
} as const;
const options = readOptions('properties', table, splitArguments('properties', table, process.argv.slice(2)));

const marks = new Map<string, number>();
const mark = (name: string): void => {
  marks.set(name, (marks.get(name) ?? 0) + 1);
};
const { seconds } = options;
const parameters = { numRuns: options.cases, seed: options.seed, endOnFailure: true };

let failed = false;
function prove<Case>(title: string, cases: fc.Arbitrary<Case>, check: (one: Case) => void): void {
  const began = performance.now();
  let done = 0;
  const result = fc.check(
    fc.property(cases, (one) => {
      check(one);
      done += 1;
      process.stderr.write(`\r${title}: ${done} of ${options.cases}`);
    }),
    parameters,
  );
  process.stderr.write('\n');
  failed ||= result.failed;
  const outcome = result.failed
    ? `FAILED: ${JSON.stringify(result.counterexample)} ${String(result.errorInstance)}`
    : 'holds';
  process.stdout.write(`${title}: ${outcome} (${done} cases, ${Math.round((performance.now() - began) / 1_000)} s)\n`);
}

prove('numbers agree everywhere', fieldsArbitrary, (fields) => numbersAgree(fields));
prove('more of a resource never holds less', fieldsArbitrary, (fields) => moreNeverHoldsLess(fields, { mark }));
prove('capacity in connections is sustained', fieldsArbitrary, (fields) =>
  capacityIsSustained(fields, { seconds, mark }),
);
prove('capacity in rate is sustained', fieldsArbitrary, (fields) =>
  capacityIsSustained(fields, { seconds, mark }, 'ratePerSecond'),
);
prove('advice holds, and never costs less for more', needArbitrary, (need) => adviceHolds(need, { seconds, mark }));
for (const [name, times] of marks) process.stdout.write(`reached ${times} x ${name}\n`);
process.exitCode = failed ? 1 : 0;
