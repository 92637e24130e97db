import { stringify } from 'yaml';
import { z } from 'zod';
import { machines, scenarioSchema, settingsTable, type SettingRow } from '#core';

/** The parts of a JSON Schema (draft 2020-12) that the scenario's uses. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
}

/** Comments start here where the line before them is shorter. */
const commentColumn = 46;

/**
 * A scenario with every field at its default, each with what it means, its range and its unit; settings and faults as
 * comments. All of it comes from the schema and the table of settings.
 * @param profiles names of the runtime profiles that there are
 */
export function scenarioTemplate(profiles: readonly string[]): string {
  const schema = z.toJSONSchema(scenarioSchema, { io: 'input', unrepresentable: 'any' }) as Schema;
  const names: Readonly<Record<string, readonly string[]>> = {
    machine: machines.map(({ name }) => name),
    profile: profiles,
  };
  const lines = [
    '# A scenario: one experiment, the same for the simulator and for a live run. Every field may be left out.',
    '# Numbers may have the units that people write: 12k, 8KB, 1h30m, 300ms, 20%, 100kbit/s, $73/month.',
    '# extends: ./other.yaml                       # start from another scenario and change what follows',
    ...fieldLines(schema, '', names),
  ];
  return `${lines.join('\n')}\n`;
}

function fieldLines(schema: Schema, indent: string, names: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    if (key === 'settings') return ['', ...settingLines()];
    if (key === 'faults') return ['', ...faultLines(field)];
    if (field.properties !== undefined)
      return [...(indent === '' ? [''] : []), `${indent}${key}:`, ...fieldLines(field, `${indent}  `, names)];
    // A field without a default is left out, unless somebody wants it: an example says how.
    if (field.default === undefined) return exampleLines(key, field, indent);
    const choices = names[key];
    const facts = [field.description ?? '', choices === undefined ? rangeOf(field) : `One of ${choices.join(', ')}.`];
    return [commented(`${indent}${key}: ${yamlOf(field.default)}`, facts.filter((fact) => fact !== '').join(' '))];
  });
}

/** A field that may be left out and has no default: what it means, and an example as a comment. */
function exampleLines(key: string, { description = '', examples = [] }: Schema, indent: string): string[] {
  return examples.flatMap((example) => [
    `${indent}# ${description}`,
    `${indent}# ${key}: ${stringify(example, { collectionStyle: 'flow', lineWidth: 0 }).trim()}`,
  ]);
}

const settingLines = (): string[] => [
  '# Settings of the server by the name of their environment variable; these are the defaults.',
  'settings: {}',
  ...settingsTable.map((row) => commented(`#  ${row.variable}: ${yamlOf(row.default)}`, settingFacts(row))),
];

function settingFacts(row: SettingRow): string {
  const ignored = row.twin === 'not-modelled' ? 'the simulator ignores it' : '';
  return [row.doc, row.unit ?? '', settingRange(row), ignored].filter((fact) => fact !== '').join('; ');
}

function settingRange(row: SettingRow): string {
  switch (row.kind) {
    case 'choice':
      return `one of ${row.choices.join(', ')}`;
    case 'integer':
    case 'number':
    case 'percent':
    case 'duration':
      return [row.min === undefined ? '' : `from ${row.min}`, row.max === undefined ? '' : `to ${row.max}`]
        .join(' ')
        .trim();
    default:
      return '';
  }
}

/** One example of each kind of fault, with a value in its range for every field. */
function faultLines({ items }: Schema): string[] {
  const kinds = items?.oneOf ?? [];
  const examples = kinds.map(({ properties = {}, required = [], description = '' }) => {
    const fields = required.map((key) => `${key}: ${exampleOf(key, properties[key])}`);
    return [`#  # ${description}`, `#  - { ${fields.join(', ')} }`];
  });
  return ['# Faults on the timeline of the load.', 'faults: []', ...examples.flat()];
}

function exampleOf(key: string, schema: Schema): string {
  if (schema.const !== undefined) return String(schema.const);
  if (schema.maximum === 1) return '0.1';
  if (key === 'factor') return '2';
  if (schema.type === 'integer') return '1000';
  return key === 'ratePerSecond' ? '500' : '10';
}

function rangeOf(schema: Schema): string {
  if (schema.enum !== undefined) return `One of ${schema.enum.map(String).join(', ')}.`;
  const form = schema.anyOf?.find(({ type }) => type !== 'null') ?? schema;
  const { minimum, exclusiveMinimum, maximum, type } = form;
  // A whole number's bounds of safety are no limits that anyone meant.
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const least = minimum ?? exclusiveMinimum;
  if (least === undefined && most === undefined) return '';
  const from = minimum !== undefined ? `From ${minimum}` : `More than ${exclusiveMinimum}`;
  const to = most === undefined ? '' : minimum !== undefined ? ` to ${most}` : `, at most ${most}`;
  return `${from}${to}${type === 'integer' ? ', whole' : ''}.`;
}

/** A default as YAML; JSON is, and plain words need no quotes. */
function yamlOf(value: unknown): string {
  const isPlain =
    typeof value === 'string' && /^[A-Za-z][\w.-]*$/.test(value) && !/^(true|false|null|yes|no)$/i.test(value);
  return isPlain ? String(value) : JSON.stringify(value ?? null);
}

const commented = (line: string, comment: string): string =>
  comment === '' ? line : `${line.padEnd(commentColumn)} # ${comment}`;
