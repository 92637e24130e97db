import { existsSync } from 'node:fs';
import { InputError } from '../../input-error.ts';
import { loadProfiles } from '../../profiles.ts';
import { scenarioTemplate } from '../../scenario-template.ts';
import { writeOutput } from '../../write-output.ts';
import type { Command } from '../command.ts';

export const init: Command = {
  name: 'init',
  summary: 'write a commented scenario to start from: every field with its meaning, unit, range and default',
  usage: 'init [FILE]',
  example: 'init my-scenario.yaml',
  options: {},
  positionals: ['FILE ...'],
  run({ positionals }) {
    const [file = 'scenario.yaml', ...more] = positionals;
    if (more.length > 0)
      throw refused(positionals.join(' '), 'one file, scenario.yaml by default', 'is more than one file');
    if (existsSync(file)) throw refused(file, 'a file that is not there yet', 'is there already, and is left as it is');
    writeOutput(file, scenarioTemplate(loadProfiles().map(({ name }) => name)));
    process.stdout.write(`wrote ${file}\n\nNext:\n  npm run -s fanout -- predict ${file}\n`);
    return 0;
  },
};

const refused = (given: string, accepted: string, message: string): InputError =>
  new InputError('init', [{ path: 'FILE', given, accepted, message }]);
