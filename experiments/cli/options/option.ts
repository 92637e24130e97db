import { assert, nearestName } from '#core';
import {
  byteUnits,
  countUnits,
  percentUnits,
  rateUnits,
  readDollars,
  readQuantity,
  readSeconds,
  type Units,
  plainUnits,
} from './quantity.ts';

/** One row of a command's option table: parsing, help, refusal and completion all come from it. */
export interface Option<Value> {
  /** A `flag` takes no value; a `list` may be given several times. */
  readonly kind: 'flag' | 'value' | 'list';
  /** What stands for the value in the help, such as `N` or `FILE`. */
  readonly placeholder: string;
  readonly help: string;
  /** What an error says after "accepted:". */
  readonly accepted: string;
  /** The same, short, for the help; '' where the help line says it all. */
  readonly range: string;
  /** As the user would type it; null: none. */
  readonly default: string | null;
  readonly unlessGiven: string | null;
  readonly required: boolean;
  /** Environment variable that is read when the option is not given. */
  readonly variable: string | null;
  /** Heading in the help under which the option stands. */
  readonly group: string;
  readonly choices: readonly string[];
  readonly completesFiles: boolean;
  /** The value when nothing is given and there is no default. */
  readonly absent: Value;
  /** @returns undefined for a text that is not accepted */
  readonly read: (text: string) => Value | undefined;
  /** What is wrong with a text that `read` does not accept. */
  readonly problem: (text: string) => string;
}

export type OptionTable = Readonly<Record<string, Option<unknown>>>;
export type ValuesOf<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer Value> ? Value : never;
};

/** What every kind of option may say of itself. */
export interface OptionSpec {
  readonly help: string;
  readonly default?: string;
  /** What the help says of a default that depends on the mode or on another option; such an option is null unless given. */
  readonly unlessGiven?: string;
  readonly required?: true;
  readonly variable?: string;
  readonly group?: string;
  readonly placeholder?: string;
}

/** Null for an option that may be left out and has no default. */
type Absent<Spec> = Spec extends { readonly default: string } | { readonly required: true } ? never : null;

interface Kind<Value> {
  readonly placeholder: string;
  readonly accepted: string;
  readonly range?: string;
  readonly choices?: readonly string[];
  readonly completesFiles?: boolean;
  readonly read: (text: string) => Value | undefined;
  readonly problem?: (text: string) => string;
}

function option<Value, Spec extends OptionSpec>(spec: Spec, kind: Kind<Value>): Option<Value | Absent<Spec>> {
  assert(
    spec.default === undefined || kind.read(spec.default) !== undefined,
    'the default of an option is one of its accepted values',
  );
  return {
    kind: 'value',
    placeholder: spec.placeholder ?? kind.placeholder,
    help: spec.help,
    accepted: kind.accepted,
    range: kind.range ?? '',
    default: spec.default ?? null,
    unlessGiven: spec.unlessGiven ?? null,
    required: spec.required ?? false,
    variable: spec.variable ?? null,
    group: spec.group ?? '',
    choices: kind.choices ?? [],
    completesFiles: kind.completesFiles ?? false,
    absent: null as Absent<Spec>,
    read: kind.read,
    problem: (text) => (text.trim() === '' ? 'must not be empty' : (kind.problem?.(text) ?? 'is not accepted')),
  };
}

/** Without a value: given or not. */
export const flag = (spec: Pick<OptionSpec, 'help' | 'group'>): Option<boolean> => ({
  kind: 'flag',
  placeholder: '',
  help: spec.help,
  accepted: 'no value',
  range: '',
  default: null,
  unlessGiven: null,
  required: false,
  variable: null,
  group: spec.group ?? '',
  choices: [],
  completesFiles: false,
  absent: false,
  read: () => true,
  problem: () => 'takes no value',
});

export interface RangeSpec extends OptionSpec {
  readonly min?: number;
  readonly max?: number;
  /** Excluded lower bound, for what must be above it. */
  readonly above?: number;
}

const written = (value: number): string =>
  Math.abs(value) >= 1e6 && value % 1e6 === 0
    ? `${value / 1e6}M`
    : value.toLocaleString('en-US', { maximumFractionDigits: 9 });

const isWithin = (value: number, { min, max, above }: RangeSpec): boolean =>
  value >= (min ?? -Infinity) && value <= (max ?? Infinity) && value > (above ?? -Infinity);

function rangeText({ min, max, above }: RangeSpec, unit = ''): string {
  const side = unit === '' ? '' : ` ${unit}`;
  if (min !== undefined && max !== undefined) return `${written(min)} to ${written(max)}${side}`;
  if (above !== undefined && max !== undefined) return `above ${written(above)}, up to ${written(max)}${side}`;
  if (min !== undefined) return `${written(min)}${side} or more`;
  if (above !== undefined) return `above ${written(above)}${side}`;
  return max === undefined ? '' : `${written(max)}${side} or less`;
}

function ranged<Spec extends RangeSpec>(
  spec: Spec,
  kind: { placeholder: string; what: string; unit: string; read: (text: string) => number | null },
): Option<number | Absent<Spec>> {
  const range = rangeText(spec, kind.unit);
  return option(spec, {
    placeholder: kind.placeholder,
    accepted: [kind.what, range].filter((part) => part !== '').join(', '),
    range,
    read: (text) => {
      const value = kind.read(text);
      return value !== null && isWithin(value, spec) ? value : undefined;
    },
    problem: (text) =>
      kind.read(text) === null ? `is not ${kind.what.split(/[,(]| such as/)[0].trimEnd()}` : 'is out of range',
  });
}

/** A whole number; `12k` and `12,000` are accepted. */
export const count = <const Spec extends RangeSpec>(spec: Spec): Option<number | Absent<Spec>> =>
  ranged(spec, {
    placeholder: 'N',
    what: 'a whole number',
    unit: '',
    read: (text) => {
      const value = readQuantity(text, countUnits);
      return value !== null && Number.isSafeInteger(value) ? value : null;
    },
  });

/** A number that may have a fraction, in units of its own. */
export const decimal = <const Spec extends RangeSpec & { readonly units?: Units; readonly unit?: string }>(
  spec: Spec,
): Option<number | Absent<Spec>> =>
  ranged(spec, {
    placeholder: 'N',
    what: 'a number',
    unit: spec.unit ?? '',
    read: (text) => readQuantity(text, spec.units ?? plainUnits),
  });

/** Per second; `25`, `25/s` and `12k` are accepted. */
export const rate = <const Spec extends RangeSpec>(spec: Spec): Option<number | Absent<Spec>> =>
  ranged(spec, {
    placeholder: 'RATE',
    what: 'a number per second, such as 25 or 1.5k',
    unit: '',
    read: (text) => readQuantity(text, rateUnits),
  });

/** `5` and `5%` are the same. */
export const percent = <const Spec extends RangeSpec>(spec: Spec): Option<number | Absent<Spec>> =>
  ranged(spec, {
    placeholder: 'PERCENT',
    what: 'a percentage',
    unit: '%',
    read: (text) => readQuantity(text, percentUnits),
  });

/** Bytes, a whole number of them: `500`, `8KB` (8,000), `8KiB` (8,192). */
export const bytes = <const Spec extends RangeSpec>(spec: Spec): Option<number | Absent<Spec>> =>
  ranged(spec, {
    placeholder: 'BYTES',
    what: 'bytes, such as 500, 8KB (8,000) or 8KiB (8,192)',
    unit: 'bytes',
    read: (text) => {
      const value = readQuantity(text, byteUnits);
      return value !== null && Number.isSafeInteger(value) ? value : null;
    },
  });

/** US dollars: `100`, `$100`. */
export const dollars = <const Spec extends RangeSpec>(spec: Spec): Option<number | Absent<Spec>> =>
  ranged(spec, { placeholder: 'USD', what: 'dollars, such as 100 or $100', unit: '', read: readDollars });

/** Seconds, however they are written; a plain number has the stated unit. `min` and `max` are in seconds. */
export const duration = <const Spec extends RangeSpec & { readonly plainUnit?: 's' | 'ms' }>(
  spec: Spec,
): Option<number | Absent<Spec>> => {
  const unit = spec.plainUnit ?? 's';
  return ranged(spec, {
    placeholder: 'TIME',
    what: `a duration such as 300ms, 90s, 1m30s or 1h (a plain number is in ${unit})`,
    unit: 's',
    read: (text) => readSeconds(text, unit),
  });
};

/** One of some words; an error names the nearest. */
export const choice = <const Choice extends string, const Spec extends OptionSpec>(
  choices: readonly Choice[],
  spec: Spec,
): Option<Choice | Absent<Spec>> =>
  option<Choice, Spec>(spec, {
    placeholder: choices.join('|'),
    accepted: choices.join(', '),
    choices,
    read: (text) => choices.find((one) => one === text),
    problem: (text) => `is not one of the choices; did you mean ${nearestName(text, choices)}?`,
  });

/** Any text but an empty one, or what `pattern` matches. */
export const text = <const Spec extends OptionSpec & { readonly accepted: string; readonly pattern?: RegExp }>(
  spec: Spec,
): Option<string | Absent<Spec>> =>
  option<string, Spec>(spec, {
    placeholder: 'TEXT',
    accepted: spec.accepted,
    read: (given) => (given.trim() !== '' && (spec.pattern ?? /^/).test(given) ? given : undefined),
  });

/** A file or folder. Whether it can be read or written is for the command to try before it begins. */
export const file = <const Spec extends OptionSpec & { readonly extension?: RegExp; readonly accepted?: string }>(
  spec: Spec,
): Option<string | Absent<Spec>> =>
  option<string, Spec>(spec, {
    placeholder: 'FILE',
    accepted: spec.accepted ?? 'a file, such as out/report.json',
    completesFiles: true,
    read: (given) => (given.trim() !== '' && (spec.extension ?? /^/).test(given) ? given : undefined),
  });

/** Whatever `read` makes of a text; it answers undefined for what is not accepted. */
export const custom = <
  Value,
  const Spec extends OptionSpec & { readonly accepted: string; readonly placeholder: string },
>(
  spec: Spec,
  read: (text: string) => Value | undefined,
): Option<Value | Absent<Spec>> => option<Value, Spec>(spec, { placeholder: '', accepted: spec.accepted, read });

/** May be given several times; the value is a list in that order, empty when it was not given. */
export const repeated = <Value>(one: Option<Value | null>): Option<readonly Value[]> => ({
  ...one,
  kind: 'list',
  absent: [],
  read: (given) => {
    const value = one.read(given);
    return value === undefined || value === null ? undefined : [value];
  },
});
