import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { nearestName } from '#core';
import { InputError } from '../input-error.ts';
import type { Arguments } from './options/arguments.ts';
import type { OptionTable } from './options/option.ts';
import { splitArguments } from './options/table.ts';

export type { Arguments } from './options/arguments.ts';

/** A command of the command line: a name, its help with an example, its options and what it does. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly example: string;
  readonly options: ParseArgsOptionsConfig;
  /** The options of a command that was made by `defineCommand`. */
  readonly table?: OptionTable;
  /** What `--help` prints, of such a command. */
  readonly help?: string;
  /** Names of the positional arguments, all needed; a last one that ends in `...` stands for any number. */
  readonly positionals: readonly string[];
  /** @returns the exit code. */
  run(given: Arguments): Promise<number> | number;
}

export const jsonOption = { json: { type: 'boolean' } } as const;
export const setOption = { set: { type: 'string', multiple: true } } as const;

/** Repeated `--set` values. */
export const overridesOf = ({ values }: Arguments): string[] => (values['set'] as string[] | undefined) ?? [];

/** Logs and progress: stderr, so that stdout is the result alone. */
export const tell = (message: string): void => {
  process.stderr.write(`${message}\n`);
};

/** Parses what the user typed. @throws InputError naming the nearest known option */
export function parse(command: Command, args: readonly string[]): Arguments {
  const { positionals, values } =
    command.table === undefined ? parseUntyped(command, args) : splitArguments(command.name, command.table, args);
  const isOpen = command.positionals.at(-1)?.endsWith('...') === true;
  const wanted = command.positionals.length - (isOpen ? 1 : 0);
  if (values['help'] !== true && (isOpen ? positionals.length < wanted : positionals.length !== wanted)) {
    throw new InputError(command.name, [
      {
        path: 'arguments',
        given: positionals.join(' ') || '(nothing)',
        accepted: command.usage,
        message: `takes ${command.positionals.length === 0 ? 'none' : command.positionals.join(' and ')}`,
      },
    ]);
  }
  return { positionals, values };
}

function parseUntyped(command: Command, args: readonly string[]): Arguments {
  const options = { ...command.options, help: { type: 'boolean' } } as ParseArgsOptionsConfig;
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const known = Object.keys(options).map((option) => `--${option}`);
    const unknown = /'(--?[^' =]+)/.exec((error as Error).message)?.[1];
    const wrong = unknown !== undefined && !known.includes(unknown);
    throw new InputError(command.name, [
      {
        path: unknown ?? 'arguments',
        given: args.join(' '),
        accepted: known.join(', '),
        message: wrong
          ? `there is no such option; did you mean ${nearestName(unknown, known)}?`
          : (error as Error).message,
      },
    ]);
  }
  return { positionals: parsed.positionals, values: parsed.values };
}
