import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { type InputIssue, nearestName, type ResolvedScenario, resolveScenario, scenarioSchema } from '#core';
import { InputError } from './input-error.ts';
import { loadProfiles } from './profiles.ts';

export interface LoadedScenario {
  readonly resolved: ResolvedScenario;
  readonly warnings: readonly string[];
}

/**
 * Reads a scenario file, applies `--set path=value` and resolves its names.
 * @throws InputError with every problem found
 */
export function loadScenario(file: string, overrides: readonly string[] = []): LoadedScenario {
  const raw = readYaml(file);
  for (const override of overrides) applyOverride(raw, override);
  const parsed = scenarioSchema.safeParse(raw, { reportInput: true });
  if (!parsed.success)
    throw new InputError(
      file,
      parsed.error.issues.flatMap((issue) => readable(issue)),
    );
  const resolution = resolveScenario(parsed.data, loadProfiles());
  if (!resolution.ok) throw new InputError(file, resolution.issues);
  return resolution;
}

function readYaml(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError(file, [
      {
        path: 'SCENARIO',
        given: file,
        accepted: 'a YAML file, such as experiments/scenarios/laptop-live.yaml',
        message: `cannot be read: ${(error as Error).message}`,
      },
    ]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw new InputError(file, [
      {
        path: `line ${line}, column ${col}`,
        given: text.split('\n')[line - 1] ?? '',
        accepted: 'YAML',
        message: problem.code,
      },
    ]);
  }
  const value: unknown = document.toJS() ?? {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new InputError(file, [
    {
      path: '(whole file)',
      given: JSON.stringify(value),
      accepted: 'fields such as machine, workload, settings',
      message: 'a scenario is a YAML mapping',
    },
  ]);
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
  const path = override.slice(0, equals).split('.');
  const last = path.pop() ?? '';
  let place = target;
  for (const step of path) {
    const next = place[step];
    if (typeof next !== 'object' || next === null) place[step] = {};
    place = place[step] as Record<string, unknown>;
  }
  place[last] = parseDocument(override.slice(equals + 1)).toJS();
}

/** A schema's complaint in the words of the person who wrote the file. */
function readable(issue: z.core.$ZodIssue): InputIssue[] {
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
  if (issue.code === 'invalid_type')
    return [{ path, given, accepted: issue.expected, message: 'is of the wrong type' }];
  if (issue.code === 'invalid_value')
    return [{ path, given, accepted: issue.values.join(', '), message: 'is not one of the choices' }];
  return [{ path: path || '(whole file)', given, accepted: issue.message, message: 'is not accepted' }];
}

/** Field names of the scenario at a path, from the schema itself. */
function knownFields(path: readonly PropertyKey[]): string[] {
  let schema = z.toJSONSchema(scenarioSchema, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>;
  for (const step of path) {
    const properties = schema['properties'] as Record<string, Record<string, unknown>> | undefined;
    const next = properties?.[String(step)] ?? (schema['items'] as Record<string, unknown> | undefined);
    if (next === undefined) break;
    schema = next;
  }
  return Object.keys((schema['properties'] as object | undefined) ?? { name: 0 });
}
