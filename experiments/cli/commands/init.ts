import { existsSync } from 'node:fs';
import { loadProfiles } from '../../profiles.ts';
import { scenarioTemplate } from '../../scenario-template.ts';
import { tryOutput, writeOutput } from '../../write-output.ts';
import { defineCommand } from '../options/define-command.ts';
import { refuse } from '../options/table.ts';

export const init = defineCommand({
  name: 'init',
  summary: 'write a commented scenario to start from: every field with its meaning, unit, range and default',
  example: 'init my-scenario.yaml',
  options: {},
  positionals: ['FILE ...'],
  run({ positionals }) {
    const [file = 'scenario.yaml', ...more] = positionals;
    if (more.length > 0) {
      throw refuse(
        'init',
        'FILE',
        'is more than one file',
        positionals.join(' '),
        'one file, scenario.yaml by default',
      );
    }
    if (existsSync(file)) {
      throw refuse('init', 'FILE', 'is there already, and is left as it is', file, 'a file that is not there yet');
    }
    tryOutput('init', 'FILE', file);
    writeOutput(file, scenarioTemplate(loadProfiles().map(({ name }) => name)));
    process.stdout.write(`wrote ${file}\n\nNext:\n  npm run -s fanout -- predict ${file}\n`);
    return 0;
  },
});
