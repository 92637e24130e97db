import { parseDocument } from 'yaml';
import type { z } from 'zod';
import {
  didYouMean,
  fieldUnit,
  nearestNames,
  type Profile,
  quantityForm,
  type ResolvedScenario,
  resolveScenario,
  scenarioSchema,
} from '#core';
import { InputError, type PlacedIssue } from './input-error.ts';
import { loadProfiles } from './profiles.ts';
import { faultKinds, fieldsAt, meantFields, withPlainNumbers } from './scenario-fields.ts';
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

/** The same for a command that simulates one server. @throws InputError for a fleet too */
export function loadOneServer(file: string, overrides: readonly string[] = []): LoadedScenario {
  const loaded = loadScenario(file, overrides);
  refuseFleet(loaded.resolved, file);
  return loaded;
}

/** @throws InputError for a scenario of several servers */
export function refuseFleet({ scenario }: ResolvedScenario, file: string): void {
  if (scenario.fleet === null) return;
  const accepted = 'null, with the clients of one server (--set fleet=null); `predict` simulates fleets';
  throw new InputError(file, [
    { path: 'fleet', given: `${scenario.fleet.servers} servers`, accepted, message: 'this is about one server' },
  ]);
}

/** Where the fields of what `readScenarioFields` returned stand, for errors that come later. */
const placesOf = new WeakMap<object, ReadonlyMap<string, string>>();

/** What a scenario file, those that it extends and `--set` give, before anything is checked or filled in. @throws InputError */
export function readScenarioFields(file: string, overrides: readonly string[] = []): Record<string, unknown> {
  const { fields: given, places } = readScenarioSource(file);
  const paths = overrides.map((override) => applySet(given, override));
  for (const path of paths) places.set(path, '--set');
  if (!paths.includes('machine.usdPerHour') && paths.some((path) => changesPrice.includes(path))) forgetPrice(given);
  const fields = withPlainNumbers(given);
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
  const parsed = scenarioSchema.safeParse(withPlainNumbers(raw), { reportInput: true });
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

/** Parts of a machine that its price is for. */
const changesPrice = ['machine.vcpus', 'machine.memoryBytes', 'machine.networkBitsPerSecond'];

/** A machine that was written out and is another now: what it costs is not known. */
function forgetPrice(fields: Record<string, unknown>): void {
  const machine = fields['machine'] as Record<string, unknown>;
  if (!('extends' in machine)) machine['usdPerHour'] = null;
}

/** Applies a `path=value` to fields. @returns the path that it sets */
export function applySet(target: Record<string, unknown>, override: string): string {
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
  const path = override.slice(0, equals);
  setField(target, path, parseDocument(override.slice(equals + 1)).toJS());
  return path;
}

/** Sets the field at a path such as `workload.connections`. A part of a machine that is given by name changes that machine. */
export function setField(target: Record<string, unknown>, path: string, value: unknown): void {
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  if (steps[0] === 'machine' && typeof target['machine'] !== 'object') {
    target['machine'] = { extends: target['machine'] ?? scenarioSchema.parse({}).machine };
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
    const known = fieldsAt(issue.path);
    return issue.keys.map((key) => ({
      path: [...issue.path, key].join('.'),
      given: key,
      accepted: known.join(', '),
      message: `there is no such field; ${didYouMean(meantFields(issue.path, key))}`,
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
    if (issue.discriminator === 'kind') return [unknownFault(issue)];
    // Of several forms, such as a name or an object, the one that was meant.
    const meant =
      issue.errors.find((errors) => errors.some(isInside)) ??
      issue.errors.find((errors) => errors.every(({ code }) => code === 'too_small' || code === 'too_big'));
    if (meant !== undefined)
      return meant.flatMap((inner) => readable({ ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue));
    const forms = issue.errors.flat().map((inner) => readable({ ...inner, path: issue.path } as z.core.$ZodIssue));
    return [
      {
        path,
        given,
        accepted: forms
          .flat()
          .map((one) => one.accepted)
          .join(', or '),
        message: 'is of the wrong type',
      },
    ];
  }
  if (issue.code === 'invalid_type') {
    const isOwnMachine = issue.path.length === 2 && issue.path[0] === 'machine' && issue.input === undefined;
    return [
      {
        path,
        given,
        accepted: acceptedType(issue),
        message: isOwnMachine
          ? 'is missing; a machine that changes another begins with extends: e2-standard-2'
          : issue.input === undefined
            ? 'is missing'
            : 'is of the wrong type',
      },
    ];
  }
  if (issue.code === 'invalid_value')
    return [{ path, given, accepted: issue.values.join(', '), message: 'is not one of the choices' }];
  return [{ path: path || '(whole file)', given, accepted: issue.message, message: 'is not accepted' }];
}

function acceptedType({ expected, path }: z.core.$ZodIssueInvalidType): string {
  if (expected === 'object') return `a mapping of ${fieldsAt(path).join(', ')}`;
  if (expected === 'array') return 'a list';
  if (expected !== 'number' && expected !== 'int') return expected;
  return quantityForm(fieldUnit(String(path.findLast((step) => typeof step === 'string'))));
}

/** A fault of a kind that there is not, or of none. */
function unknownFault({ path, input }: z.core.$ZodIssue): PlacedIssue {
  const fault = input as { readonly kind?: unknown } | undefined;
  const kind = fault?.kind;
  const near = typeof kind === 'string' ? `; ${didYouMean(nearestNames(kind, faultKinds))}` : '';
  return {
    path: [...path.filter((step) => step !== 'kind'), 'kind'].join('.'),
    given: JSON.stringify(kind) ?? 'nothing',
    accepted: faultKinds.join(', '),
    message: `there is no such fault${near}`,
  };
}

const isInside = ({ path, code }: z.core.$ZodIssue): boolean => path.length > 0 || code === 'unrecognized_keys';
