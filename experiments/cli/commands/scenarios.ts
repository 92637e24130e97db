import { relative } from 'node:path';
import { listScenarios } from '../../scenario-library.ts';
import { type Command, jsonOption } from '../command.ts';

export const scenarios: Command = {
  name: 'scenarios',
  summary: 'list the scenarios that come with the project, and what each shows',
  usage: 'scenarios [--json]',
  example: 'scenarios',
  options: jsonOption,
  positionals: [],
  run({ values }) {
    const found = listScenarios().map((one) => ({ ...one, file: relative('', one.file) }));
    const width = Math.max(...found.map(({ file }) => file.length)) + 2;
    process.stdout.write(
      values['json'] === true
        ? `${JSON.stringify(found, null, 2)}\n`
        : `${found.map(({ file, description }) => `${file.padEnd(width)}${description}`).join('\n')}\n`,
    );
    return 0;
  },
};
