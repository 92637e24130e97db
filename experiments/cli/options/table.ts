import { nearestName } from '#core';
import { InputError } from '../../input-error.ts';
import type { Arguments } from './arguments.ts';
import { flag, type Option, type OptionTable, type ValuesOf } from './option.ts';

/** Every command has it. */
export const helpOption = { help: flag({ help: 'Print this help' }) };

/** A negative number is a value, not an option. */
const optionLike = /^-(?![\d.])./;

/**
 * Splits what the user typed into options and positional arguments; nothing is read as a number yet.
 *
 * @throws InputError for an unknown option, a missing value, or one that is given twice
 */
export function splitArguments(command: string, table: OptionTable, args: readonly string[]): Arguments {
  const known: OptionTable = { ...table, ...helpOption };
  const values: Record<string, string | boolean | string[]> = {};
  const positionals: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at];
    if (arg === '--') {
      positionals.push(...args.slice(at + 1));
      break;
    }
    if (arg === '-' || !optionLike.test(arg)) {
      positionals.push(arg);
      continue;
    }
    const [typed, ...rest] = arg.split('=');
    const inline = rest.length === 0 ? null : rest.join('=');
    const name = typed === '-h' ? 'help' : typed.replace(/^--/, '');
    const row = typed.startsWith('--') || typed === '-h' ? known[name] : undefined;
    if (row === undefined || !Object.hasOwn(known, name)) throw unknownOption(command, typed, known);
    if (row.kind === 'flag') {
      if (inline !== null) throw refuse(command, `--${name}`, 'takes no value', inline, `--${name} alone`);
      values[name] = true;
      continue;
    }
    const next = args[at + 1];
    const value = inline ?? (next === undefined || optionLike.test(next) ? null : next);
    if (value === null) throw refuse(command, `--${name}`, 'requires a value', next ?? '(nothing)', row.accepted);
    if (inline === null) at += 1;
    if (row.kind === 'list') values[name] = [...((values[name] as string[] | undefined) ?? []), value];
    else if (values[name] !== undefined) {
      throw refuse(command, `--${name}`, 'is given twice', `${String(values[name])} and ${value}`, 'one value');
    } else values[name] = value;
  }
  return { positionals, values };
}

/** Reads every option of a table, from the arguments, else its environment variable, else its default. */
export function readOptions<Table extends OptionTable>(
  command: string,
  table: Table,
  { values }: Arguments,
  environment: NodeJS.Dict<string> = process.env,
): ValuesOf<Table> {
  const read = Object.entries(table).map(([name, row]) => [
    name,
    readOption(command, name, row, values[name], environment),
  ]);
  return Object.fromEntries(read) as ValuesOf<Table>;
}

function readOption(
  command: string,
  name: string,
  row: Option<unknown>,
  given: Arguments['values'][string],
  environment: NodeJS.Dict<string>,
): unknown {
  if (row.kind === 'flag') return given === true;
  if (Array.isArray(given)) return given.flatMap((one) => valueOf(command, `--${name}`, row, String(one)) as unknown[]);
  if (given !== undefined) return valueOf(command, `--${name}`, row, String(given));
  const fromEnvironment = row.variable === null ? undefined : environment[row.variable];
  if (row.variable !== null && fromEnvironment !== undefined && fromEnvironment !== '') {
    return valueOf(command, row.variable, row, fromEnvironment);
  }
  if (row.default !== null) return row.read(row.default);
  if (!row.required) return row.absent;
  const path = row.variable === null ? `--${name}` : `--${name} or ${row.variable}`;
  throw refuse(command, path, 'is required', '(nothing)', row.accepted);
}

function valueOf(command: string, path: string, row: Option<unknown>, given: string): unknown {
  const value = row.read(given);
  if (value === undefined) throw refuse(command, path, row.problem(given), given || '(nothing)', row.accepted);
  return value;
}

function unknownOption(command: string, typed: string, known: OptionTable): InputError {
  const names = Object.keys(known).map((name) => `--${name}`);
  const nearest = nearestName(typed, names);
  return refuse(command, typed, `there is no such option; did you mean ${nearest}?`, typed, names.join(', '));
}

/** The one form of an error about an option or an argument. */
export const refuse = (command: string, path: string, message: string, given: string, accepted: string): InputError =>
  new InputError(command, [{ path, given, accepted, message }]);
