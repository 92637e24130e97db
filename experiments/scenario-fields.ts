import { z } from 'zod';
import { fieldUnit, nearestNames, parseQuantity, scenarioSchema } from '#core';

/** What the scenario's schema says of its fields, for reading them and for errors about them. */

/** The parts of a JSON Schema (draft 2020-12) that matter here. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

const schema = z.toJSONSchema(scenarioSchema, { io: 'input', unrepresentable: 'any' }) as Schema;

/** A schema's forms, such as a name or an object; of faults, every kind. */
function formsOf(one: Schema): readonly Schema[] {
  const forms = one.anyOf ?? one.oneOf;
  return forms === undefined ? [one] : forms.flatMap(formsOf);
}

const below = (forms: readonly Schema[], key: string): readonly Schema[] =>
  forms.flatMap((form) => {
    const next = form.properties?.[key] ?? form.items;
    return next === undefined ? [] : formsOf(next);
  });

const isNumber = ({ type }: Schema): boolean => type === 'number' || type === 'integer';
const takesText = ({ type, const: only, enum: choices }: Schema): boolean =>
  type === 'string' && only === undefined && choices === undefined;

/** Numbers with units, `12k` or `300ms`, as the numbers that they are; ranges of them too. What is none stays for the schema. */
export function withPlainNumbers(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return plain(fields, formsOf(schema), '') as Record<string, unknown>;
}

function plain(value: unknown, forms: readonly Schema[], name: string): unknown {
  if (typeof value === 'string') return forms.some(isNumber) && !forms.some(takesText) ? plainText(value, name) : value;
  if (Array.isArray(value)) return value.map((entry) => plain(entry, below(forms, '0'), name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, plain(entry, below(forms, key), key)] as const),
  );
}

function plainText(text: string, name: string): string | number {
  const values = text.split('..').map((part) => parseQuantity(part, fieldUnit(name)));
  if (values.some((value) => value === null)) return text;
  return values.length === 1 ? Number(values[0]) : values.join('..');
}

/** Names of the fields at a path. */
export function fieldsAt(path: readonly PropertyKey[]): string[] {
  const forms = path.reduce<readonly Schema[]>((around, key) => below(around, String(key)), formsOf(schema));
  const names = [...new Set(forms.flatMap(({ properties = {} }) => Object.keys(properties)))];
  return path.length === 0 ? ['extends', ...names] : names;
}

/** What people call things that have another name here. */
const otherNames: Readonly<Record<string, string>> = {
  clients: 'connections',
  users: 'connections',
  subscribers: 'connections',
  size: 'messageBytes',
  cores: 'vcpus',
  ram: 'memoryBytes',
  bandwidth: 'networkBitsPerSecond',
  price: 'usdPerHour',
  latency: 'roundTripMs',
  rtt: 'roundTripMs',
  jitter: 'reconnectSpreadSeconds',
};

/** Fields that somebody may have meant by a name that is none: at its place, then one of that name anywhere. */
export function meantFields(path: readonly PropertyKey[], key: string): string[] {
  const known = fieldsAt(path);
  const other = otherNames[key.toLowerCase()];
  const name = other ?? key;
  if (known.includes(name)) return [name];
  const elsewhere = pathsOf(formsOf(schema), '').filter((one) => one === name || one.endsWith(`.${name}`));
  return elsewhere.length > 0 ? elsewhere.slice(0, 3) : nearestNames(key, known);
}

function pathsOf(forms: readonly Schema[], prefix: string): string[] {
  const names = new Set(forms.flatMap(({ properties = {} }) => Object.keys(properties)));
  const paths = [...names].flatMap((name) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    return [
      path,
      ...pathsOf(
        below(forms, name).flatMap((form) => (form.items === undefined ? [form] : formsOf(form.items))),
        path,
      ),
    ];
  });
  return [...new Set(paths)];
}

/** Kinds of faults, from the schema. */
export const faultKinds: readonly string[] = below(below(below(formsOf(schema), 'faults'), '0'), 'kind').map(
  ({ const: kind }) => String(kind),
);
