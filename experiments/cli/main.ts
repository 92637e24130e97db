import { nearestName } from '#core';
import { InputError } from '../input-error.ts';
import { advise } from './advise.ts';
import { audit } from './audit.ts';
import { calibrate } from './calibrate.ts';
import { capacity } from './capacity.ts';
import { card } from './card.ts';
import { type Command, parse } from './command.ts';
import { compare } from './compare.ts';
import { demo } from './demo.ts';
import { live } from './live.ts';
import { load } from './load.ts';
import { predict } from './predict.ts';
import { preflight } from './preflight.ts';
import { publish } from './publish.ts';
import { ramp } from './ramp.ts';
import { regress } from './regress.ts';
import { results } from './results.ts';
import { serve } from './serve.ts';
import { sweep } from './sweep.ts';
import { worker } from './worker.ts';

const commands: readonly Command[] = [
  predict,
  sweep,
  worker,
  capacity,
  advise,
  live,
  compare,
  regress,
  calibrate,
  results,
  audit,
  ramp,
  serve,
  load,
  publish,
  preflight,
  card,
  demo,
];
const prefix = 'npm run -s fanout --';

const overview = `Usage: ${prefix} COMMAND

${commands.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`).join('\n')}

Every command has --help with an example. Exit 2: bad input; exit 1: a failed run or a missed tolerance.
`;

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === 'help') {
    process.stdout.write(overview);
    return name === undefined ? 2 : 0;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    const names = commands.map((candidate) => candidate.name);
    throw new InputError('fanout', [
      {
        path: 'COMMAND',
        given: name,
        accepted: names.join(', '),
        message: `there is no such command; did you mean ${nearestName(name, names)}?`,
      },
    ]);
  }
  const given = parse(command, rest);
  if (given.values['help'] === true) {
    process.stdout.write(
      `${command.name}: ${command.summary}\n\nUsage: ${prefix} ${command.usage}\n\n  ${prefix} ${command.example}\n`,
    );
    return 0;
  }
  return command.run(given);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${process.env['FANOUT_DEBUG'] === '1' && error instanceof Error ? error.stack : message}\n`);
  process.exitCode = error instanceof InputError ? 2 : 1;
}
