import type { InputError } from '../../input-error.ts';
import type { Command } from '../command.ts';
import type { Arguments } from './arguments.ts';
import { helpText, usageLine } from './help.ts';
import type { OptionTable, ValuesOf } from './option.ts';
import { readOptions, refuse } from './table.ts';

/** What a command gets to work with. */
export interface Invocation<Table extends OptionTable> {
  /** Read, checked and with their defaults. */
  readonly options: ValuesOf<Table>;
  readonly positionals: readonly string[];
  /** As typed. */
  readonly given: Arguments;
  /** An error about an option's value that only shows in combination with others; `accepted` says what fits. */
  refuse(name: keyof Table & string, message: string, accepted: string): InputError;
  /** @throws InputError when an option was given that this `mode` of the command would ignore */
  only(mode: string, names: readonly (keyof Table & string)[]): void;
}

export interface CommandSpec<Table extends OptionTable> {
  readonly name: string;
  readonly summary: string;
  readonly positionals?: readonly string[];
  readonly options: Table;
  /** Usage lines beside the general one, without the npm prefix; variables go first. */
  readonly usages?: readonly string[];
  /** What `--help` says between the options and the examples; lines are wrapped. */
  readonly notes?: readonly string[];
  readonly example: string;
  run(invocation: Invocation<Table>): Promise<number> | number;
}

/** A command whose parsing, help, refusals and completion come from one table of options. */
export function defineCommand<const Table extends OptionTable>(spec: CommandSpec<Table>): Command {
  const { name, summary, positionals = [], options: table, example } = spec;
  return {
    name,
    summary,
    usage: usageLine(name, positionals, table),
    example,
    table,
    positionals,
    help: helpText({ name, summary, positionals, table, usages: spec.usages ?? [], notes: spec.notes ?? [], example }),
    run(given) {
      const accepted = (path: string): string => String(given.values[path] ?? '(nothing)');
      return spec.run({
        options: readOptions(name, table, given),
        positionals: given.positionals,
        given,
        refuse: (option, message, ok) => refuse(name, `--${option}`, message, accepted(option), ok),
        only: (mode, names) => {
          for (const option of Object.keys(given.values)) {
            if (option === 'help' || names.includes(option)) continue;
            throw refuse(
              name,
              `--${option}`,
              `has no effect ${mode}`,
              accepted(option),
              names.length === 0 ? 'no option' : names.map((one) => `--${one}`).join(', '),
            );
          }
        },
      });
    },
  };
}
