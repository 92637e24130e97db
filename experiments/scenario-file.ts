import { parseDocument } from 'yaml';
import { z } from 'zod';
import { machines, nearestName, type Profile, type ResolvedScenario, resolveScenario, scenarioSchema } from '#core';
import { InputError, type PlacedIssue } from './input-error.ts';
import { loadProfiles } from './profiles.ts';
import { readScenarioSource } from './scenario-source.ts';

export interface LoadedScenario {
  readonly resolved: ResolvedScenario;
  readonly warnings: readonly string[];
}

/**
 * Reads a scenario file, applies `--set path=value` and resolves its names.
 * @throws InputError with every problem found
 */
export function loadScenario(file: string, overrides: readonly string[] = []): LoadedScenario {
  return resolveFields(readScenarioFields(file, overrides), file, loadProfiles());
}

/** Where the fields of what `readScenarioFields` returned stand, for errors that come later. */
const placesOf = new WeakMap<object, ReadonlyMap<string, string>>();

/** What a scenario file, those that it extends and `--set` give, before anything is checked or filled in. @throws InputError */
export function readScenarioFields(file: string, overrides: readonly string[] = []): Record<string, unknown> {
  const { fields, places } = readScenarioSource(file);
  for (const override of overrides) {
    applyOverride(fields, override);
    places.set(override.slice(0, override.indexOf('=')), '--set');
  }
  placesOf.set(fields, places);
  return fields;
}

/**
 * Checks the fields of a scenario, fills in the rest and looks up its names.
 * @param file what an error names as its source
 * @throws InputError with every problem found
 */
export function resolveFields(
  raw: Readonly<Record<string, unknown>>,
  file: string,
  profiles: readonly Profile[],
): LoadedScenario {
  const places = placesOf.get(raw);
  const placed = (issues: readonly PlacedIssue[]): PlacedIssue[] =>
    issues.map((issue) => ({ ...issue, place: places === undefined ? undefined : nearestPlace(places, issue.path) }));
  const parsed = scenarioSchema.safeParse(raw, { reportInput: true });
  if (!parsed.success) throw new InputError(file, placed(parsed.error.issues.flatMap((issue) => readable(issue))));
  const resolution = resolveScenario(parsed.data, profiles);
  if (!resolution.ok) throw new InputError(file, placed(resolution.issues));
  return resolution;
}

/** The place of a field, or of the nearest one around it that was given: a missing field's is its mapping. */
function nearestPlace(places: ReadonlyMap<string, string>, path: string): string | undefined {
  const steps = path.split('.');
  for (let length = steps.length; length > 0; length -= 1) {
    const place = places.get(steps.slice(0, length).join('.'));
    if (place !== undefined) return place;
  }
  return undefined;
}

function applyOverride(target: Record<string, unknown>, override: string): void {
  const equals = override.indexOf('=');
  if (equals < 1) {
    throw new InputError('--set', [
      {
        path: override,
        given: override,
        accepted: 'path=value, such as workload.ratePerSecond=50',
        message: 'has no path or no value',
      },
    ]);
  }
  setField(target, override.slice(0, equals), parseDocument(override.slice(equals + 1)).toJS());
}

/** Sets the field at a path such as `workload.connections`. A part of a machine named by its profile is set in a copy. */
export function setField(target: Record<string, unknown>, path: string, value: unknown): void {
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  if (steps[0] === 'machine' && typeof target['machine'] !== 'object') {
    const name = target['machine'] ?? scenarioSchema.parse({}).machine;
    const machine = machines.find((candidate) => candidate.name === name);
    if (machine !== undefined) target['machine'] = { ...machine };
  }
  let place = target;
  for (const step of steps) {
    const next = place[step];
    if (typeof next !== 'object' || next === null) place[step] = {};
    place = place[step] as Record<string, unknown>;
  }
  place[last] = value;
}

/** A schema's complaint in the words of the person who wrote the file. */
function readable(issue: z.core.$ZodIssue): PlacedIssue[] {
  const path = issue.path.join('.');
  const given = JSON.stringify(issue.input) ?? 'nothing';
  if (issue.code === 'unrecognized_keys') {
    const known = knownFields(issue.path);
    return issue.keys.map((key) => ({
      path: [...issue.path, key].join('.'),
      given: key,
      accepted: known.join(', '),
      message: `there is no such field; did you mean ${nearestName(key, known)}?`,
    }));
  }
  if (issue.code === 'custom') {
    const details = (issue.params ?? {}) as { given?: unknown; accepted?: unknown };
    return [
      {
        path,
        given: JSON.stringify(details.given) ?? given,
        accepted: String(details.accepted ?? ''),
        message: issue.message,
      },
    ];
  }
  if (issue.code === 'too_small')
    return [
      {
        path,
        given,
        accepted: `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`,
        message: 'is too small',
      },
    ];
  if (issue.code === 'too_big')
    return [
      {
        path,
        given,
        accepted: `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`,
        message: 'is too large',
      },
    ];
  if (issue.code === 'invalid_union') {
    // Of several forms, such as a name or an object, the one that was meant.
    const meant = issue.errors.find((errors) => errors.some(isInside));
    if (meant !== undefined)
      return meant.flatMap((inner) => readable({ ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue));
  }
  if (issue.code === 'invalid_type')
    return [{ path, given, accepted: issue.expected, message: 'is of the wrong type' }];
  if (issue.code === 'invalid_value')
    return [{ path, given, accepted: issue.values.join(', '), message: 'is not one of the choices' }];
  return [{ path: path || '(whole file)', given, accepted: issue.message, message: 'is not accepted' }];
}

const isInside = ({ path, code }: z.core.$ZodIssue): boolean => path.length > 0 || code === 'unrecognized_keys';

/** Field names of the scenario at a path, from the schema itself. */
function knownFields(path: readonly PropertyKey[]): string[] {
  let schema = z.toJSONSchema(scenarioSchema, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>;
  for (const step of path) {
    const properties = schema['properties'] as Record<string, Record<string, unknown>> | undefined;
    const next = properties?.[String(step)] ?? (schema['items'] as Record<string, unknown> | undefined);
    if (next === undefined) break;
    const forms = (next['anyOf'] ?? next['oneOf']) as Record<string, unknown>[] | undefined;
    // Of several forms, as of faults, a name that is known in any of them may be meant.
    schema = forms === undefined ? next : { properties: Object.assign({}, ...forms.map((form) => form['properties'])) };
  }
  const known = Object.keys((schema['properties'] as object | undefined) ?? { name: 0 });
  return path.length === 0 ? ['extends', ...known] : known;
}
