import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { InputError } from './input-error.ts';

/** The fields that a scenario file gives, its ancestors' included, before anything is checked. */
export interface ScenarioSource {
  readonly fields: Record<string, unknown>;
  /** Where each field stands, by its path: file, line and column. */
  readonly places: Map<string, string>;
}

/** More ancestors than anyone needs; a guard against files that are generated wrongly. */
const ancestorsMost = 16;

/**
 * Reads a YAML scenario. With `extends: ./other.yaml`, a path from this file, it is that scenario with changes: mappings
 * are merged field by field, everything else (lists too) replaces what was there.
 * @throws InputError for a file that cannot be read, YAML that is none, or scenarios that extend each other in a circle
 */
export function readScenarioSource(file: string, descendants: readonly string[] = []): ScenarioSource {
  const { fields, places } = readYaml(file, descendants);
  const { extends: parent, ...own } = fields;
  if (parent === undefined) return { fields, places };
  const place = places.get('extends') ?? file;
  if (typeof parent !== 'string' || parent === '') {
    throw refused(place, 'extends', JSON.stringify(parent), 'the path of a scenario file', 'is of the wrong type');
  }
  const parentFile = relative('', resolve(dirname(file), parent));
  const line = [...descendants, file].map((one) => resolve(one));
  if (line.includes(resolve(parentFile)) || line.length > ancestorsMost) {
    const circle = [...descendants, file, parentFile].map((one) => relative('', one)).join(' -> ');
    throw refused(place, 'extends', parent, 'a scenario that does not extend this one', `goes in a circle: ${circle}`);
  }
  let base: ScenarioSource;
  try {
    base = readScenarioSource(parentFile, [...descendants, file]);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw refused(place, 'extends', parent, `a file beside ${file}`, `there is no file ${parentFile}`);
  }
  return {
    fields: merged(base.fields, own),
    places: new Map([...base.places, ...[...places].filter(([path]) => path !== 'extends')]),
  };
}

/** A child's fields over its parent's. */
function merged(base: Readonly<Record<string, unknown>>, own: Readonly<Record<string, unknown>>) {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(own)) {
    const below = result[key];
    result[key] = isMapping(below) && isMapping(value) ? merged(below, value) : value;
  }
  return result;
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function readYaml(file: string, descendants: readonly string[]): ScenarioSource {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (descendants.length > 0 && isMissing(error)) throw error;
    throw refused(
      file,
      'SCENARIO',
      file,
      'a YAML file, such as experiments/scenarios/laptop-live.yaml (`scenarios` lists them, `init` writes one)',
      `cannot be read: ${(error as Error).message}`,
    );
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const placeAt = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}, line ${line}, column ${col}`;
  };
  const [problem] = document.errors;
  if (problem !== undefined) {
    const { line } = lines.linePos(problem.pos[0]);
    throw refused(
      placeAt(problem.pos[0]),
      'YAML',
      (text.split('\n')[line - 1] ?? '').trim(),
      'YAML as in experiments/scenarios/laptop-live.yaml',
      problem.message.split(' at line ')[0],
    );
  }
  const value: unknown = document.toJS() ?? {};
  if (!isMapping(value)) {
    throw refused(
      file,
      '(whole file)',
      JSON.stringify(value),
      'fields such as machine, workload, settings',
      'a scenario is a YAML mapping',
    );
  }
  const places = new Map<string, string>();
  notePlaces(document.contents as Node | null, '', places, placeAt);
  return { fields: value, places };
}

/** A mapping's fields are where their names begin, a list's entries where they begin. */
function notePlaces(
  node: unknown,
  path: string,
  places: Map<string, string>,
  placeAt: (offset: number) => string,
): void {
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`);
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      if (!isScalar(key) || key.range === undefined || key.range === null) continue;
      const name = below(String(key.value));
      places.set(name, placeAt(key.range[0]));
      notePlaces(value, name, places, placeAt);
    }
  } else if (isSeq(node)) {
    node.items.forEach((item, index) => {
      const name = below(String(index));
      const { range } = item as Node;
      if (range !== undefined && range !== null) places.set(name, placeAt(range[0]));
      notePlaces(item, name, places, placeAt);
    });
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

const refused = (source: string, path: string, given: string, accepted: string, message: string): InputError =>
  new InputError(source, [{ path, given, accepted, message }]);
