import type { Arguments } from './options/arguments.ts';
import type { OptionTable } from './options/option.ts';
import { refuse, splitArguments } from './options/table.ts';

export type { Arguments } from './options/arguments.ts';

/** A command of the command line; `defineCommand` makes one from a table of options. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** The general usage line, without the npm prefix. */
  readonly usage: string;
  readonly example: string;
  readonly table: OptionTable;
  /** What `--help` prints. */
  readonly help: string;
  /** Names of the positional arguments, all needed; a last one that ends in `...` stands for any number. */
  readonly positionals: readonly string[];
  /** @returns the exit code. */
  run(given: Arguments): Promise<number> | number;
}

/** Logs and progress: stderr, so that stdout is the result alone. */
export const tell = (message: string): void => {
  process.stderr.write(`${message}\n`);
};

/** Splits what the user typed, and counts the positional arguments. @throws InputError naming the nearest known option */
export function parse({ name, table, positionals: wantedNames, usage }: Command, args: readonly string[]): Arguments {
  const { positionals, values } = splitArguments(name, table, args);
  const isOpen = wantedNames.at(-1)?.endsWith('...') === true;
  const wanted = wantedNames.length - (isOpen ? 1 : 0);
  if (values['help'] !== true && (isOpen ? positionals.length < wanted : positionals.length !== wanted)) {
    const takes = wantedNames.length === 0 ? 'no arguments' : wantedNames.join(' and ');
    throw refuse(name, 'arguments', `takes ${takes}`, positionals.join(' ') || '(nothing)', usage);
  }
  return { positionals, values };
}
