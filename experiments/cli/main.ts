import { nearestName } from '#core';
import { InputError } from '../input-error.ts';
import { parse } from './command.ts';
import { commands, helpOf, overview } from './commands.ts';

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
    process.stdout.write(helpOf(command));
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
