import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { nearestName } from '#core';
import { InputError } from '../input-error.ts';

export interface Arguments {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
}

/** A command of the command line: a name, its help with an example, its options and what it does. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly example: string;
  readonly options: ParseArgsOptionsConfig;
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
  const { positionals, values } = parsed;
  const isOpen = command.positionals.at(-1)?.endsWith('...') === true;
  const wanted = command.positionals.length - (isOpen ? 1 : 0);
  if (values['help'] !== true && (isOpen ? positionals.length < wanted : positionals.length !== wanted)) {
    throw new InputError(command.name, [
      {
        path: 'arguments',
        given: positionals.join(' ') || 'nothing',
        accepted: command.usage,
        message: `takes ${command.positionals.length === 0 ? 'none' : command.positionals.join(' and ')}`,
      },
    ]);
  }
  return { positionals, values };
}
