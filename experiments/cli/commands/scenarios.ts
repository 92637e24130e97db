import { relative } from 'node:path';
import { listScenarios } from '../../scenario-library.ts';
import { jsonFlag } from '../options/common.ts';
import { defineCommand } from '../options/define-command.ts';

export const scenarios = defineCommand({
  name: 'scenarios',
  summary: 'list the scenarios that come with the project, and what each shows',
  example: 'scenarios',
  options: jsonFlag(),
  run({ options }) {
    const found = listScenarios().map((one) => ({ ...one, file: relative('', one.file) }));
    const width = Math.max(...found.map(({ file }) => file.length)) + 2;
    process.stdout.write(
      options.json
        ? `${JSON.stringify(found, null, 2)}\n`
        : `${found.map(({ file, description }) => `${file.padEnd(width)}${description}`).join('\n')}\n`,
    );
    return 0;
  },
});
