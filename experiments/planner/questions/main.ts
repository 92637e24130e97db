import { writeFileSync } from 'node:fs';
import { flag } from '../../cli/options/option.ts';
import { readOptions, splitArguments } from '../../cli/options/table.ts';
import { ask, type Asked } from './ask.ts';
import { lineOf, pageOf } from './page.ts';
import { questions } from './questions.ts';

/** Asks every question of a buyer and checks the answers: `npx tsx experiments/planner/questions/main.ts [--write]`. */
const table = { write: flag({ help: 'Write README.md from the answers' }) } as const;
const { write } = readOptions('questions', table, splitArguments('questions', table, process.argv.slice(2)));

const asked: Asked[] = [];
for (const question of questions) {
  const one = await ask(question);
  asked.push(one);
  process.stdout.write(`${lineOf(one)}\n`);
}
const passed = asked.filter((one) => one.passed).length;
process.stdout.write(`${passed} of ${asked.length} answers are as calculated by hand\n`);
if (write) writeFileSync(new URL('README.md', import.meta.url), pageOf(asked));
process.exitCode = passed === asked.length ? 0 : 1;
