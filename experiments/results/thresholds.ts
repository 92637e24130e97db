import { nearestName, type Summary, summarySchema } from '#core';
import { z } from 'zod';
import { InputError } from '../input-error.ts';
import { type Leaf, leavesOf } from './leaves.ts';

const comparisons = {
  '<': (found: number, limit: number): boolean => found < limit,
  '<=': (found: number, limit: number): boolean => found <= limit,
  '>': (found: number, limit: number): boolean => found > limit,
  '>=': (found: number, limit: number): boolean => found >= limit,
} as const;
type Operator = keyof typeof comparisons | '==' | '!=';

/** A condition on a figure of a summary, such as `latencyMs.p99<200`, `resources.network.utilisation<90%` or `health==healthy`. */
export interface Threshold {
  readonly text: string;
  readonly path: string;
  readonly operator: Operator;
  readonly limit: number | string | boolean;
}

export interface ThresholdOutcome {
  readonly threshold: string;
  readonly found: Leaf;
  readonly passed: boolean;
}

const form = /^\s*([A-Za-z][A-Za-z0-9.-]*)\s*(<=|>=|==|!=|<|>)\s*(\S+)\s*$/;
const numberForm = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** Figures of which 1 is the whole, and which can therefore be given in percent. */
const shareForm = /utilisation$/i;
const accepted =
  "a path of the report's summary, one of < <= > >= == !=, and a number (with % for a utilisation), as in latencyMs.p99<200, drops==0, resources.network.utilisation<90%";

/** @throws InputError */
export function parseThreshold(text: string): Threshold {
  const match = form.exec(text);
  if (match === null) throw refused(text, text, accepted, 'is not a condition');
  const path = match[1].replace(/^summary\./, '');
  const operator = match[2] as Operator;
  const given = match[3];
  if (!isSummaryPath(path)) throw unknownPath(text, path, summaryPaths);
  const isPercent = given.endsWith('%');
  const digits = isPercent ? given.slice(0, -1) : given;
  if (numberForm.test(digits)) {
    if (isPercent && !shareForm.test(path))
      throw refused(text, given, 'a number without %', `${path} is not a share of a limit`);
    return { text, path, operator, limit: isPercent ? Number(digits) / 100 : Number(digits) };
  }
  if (operator !== '==' && operator !== '!=')
    throw refused(text, given, accepted, 'compares with something that is no number');
  return { text, path, operator, limit: given === 'true' ? true : given === 'false' ? false : given };
}

/**
 * Whether a summary meets each threshold. A figure that the report does not have, such as the network of a machine
 * without a card, fails: what was not found out was not met.
 * @throws InputError for a threshold of another kind than the figure
 */
export function evaluateThresholds(thresholds: readonly Threshold[], summary: Summary): ThresholdOutcome[] {
  const figures = leavesOf(summary);
  return thresholds.map(({ text, path, operator, limit }) => {
    const found = figures.get(path) ?? null;
    const siblings = [...figures.keys()].filter((known) => parentOf(known) === parentOf(path));
    // The names in a list of reasons are known only now.
    if (found === null && siblings.length > 0 && !siblings.includes(path)) throw unknownPath(text, path, siblings);
    return { threshold: text, found, passed: holds(text, found, operator, limit) };
  });
}

function holds(text: string, found: Leaf, operator: Operator, limit: Threshold['limit']): boolean {
  if (found === null) return false;
  if (typeof found !== typeof limit)
    throw refused(
      text,
      String(limit),
      `a ${typeof found}, such as ${String(found)}`,
      'compares different kinds of things',
    );
  if (operator === '==') return found === limit;
  if (operator === '!=') return found !== limit;
  return comparisons[operator](Number(found), Number(limit));
}

function unknownPath(text: string, path: string, known: readonly string[]): InputError {
  return refused(text, path, known.join(', '), `there is no such figure; did you mean ${nearestName(path, known)}?`);
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('.'));

/** Every path of a summary, from its schema; `*` stands for the names of a list. */
const summaryPaths: readonly string[] = pathsOf(z.toJSONSchema(summarySchema, { io: 'output' }) as JsonSchema, '');

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly enum?: readonly string[];
  readonly type?: string;
}

function pathsOf(schema: JsonSchema, path: string): string[] {
  const { properties, anyOf, items, additionalProperties } = schema;
  const below = (name: string, inner: JsonSchema): string[] => pathsOf(inner, path === '' ? name : `${path}.${name}`);
  if (anyOf !== undefined) return anyOf.filter(({ type }) => type !== 'null').flatMap((form) => pathsOf(form, path));
  if (properties !== undefined) return Object.entries(properties).flatMap(([name, inner]) => below(name, inner));
  if (items !== undefined) return (items.properties?.['resource']?.enum ?? ['*']).flatMap((name) => below(name, items));
  if (typeof additionalProperties === 'object') return below('*', additionalProperties);
  return [path];
}

const isSummaryPath = (path: string): boolean =>
  summaryPaths.includes(path) || summaryPaths.includes(`${parentOf(path)}.*`);

const refused = (path: string, given: string, choices: string, message: string): InputError =>
  new InputError('--threshold', [{ path, given, accepted: choices, message }]);
