import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ComparisonRow, nearestName, type RunReport, runReportSchema } from '#core';
import { InputError } from '../input-error.ts';
import { isSweepFolder, readSweep, type WrittenSweep } from '../sweep/sweep-folder.ts';
import { reportName } from '../validation/recorded-runs.ts';
import { writeOutput } from '../write-output.ts';

/** A comparison as it is saved, with where its two sides come from. */
export interface SavedComparison {
  readonly schemaVersion: 1;
  readonly kind: 'comparison';
  readonly predicted: RunReport['provenance'];
  readonly measured: RunReport['provenance'];
  readonly scenario: unknown;
  readonly profile: string | null;
  readonly rows: readonly ComparisonRow[];
}

/** One result by its name; a run may have been repeated. */
export type SavedResult = { readonly name: string; readonly place: string } & (
  | { readonly kind: 'run'; readonly reports: readonly [RunReport, ...RunReport[]] }
  | { readonly kind: 'sweep'; readonly sweep: WrittenSweep }
  | { readonly kind: 'comparison'; readonly comparison: SavedComparison }
);

/** A result that cannot be read is listed with the reason. */
export type ListedResult = SavedResult | { readonly name: string; readonly place: string; readonly problem: string };

const savedRoot = 'out/results';
const recordedRoot = new URL('../runs/', import.meta.url).pathname;
const nameForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** Where a sweep called so is saved. @throws InputError when it is not a name */
export function savedFolder(name: string): string {
  if (nameForm.test(name)) return join(savedRoot, name);
  throw new InputError('--save', [
    {
      path: 'NAME',
      given: name,
      accepted: '1 to 100 letters, digits, . _ or -, the first a letter or digit',
      message: 'cannot be the name of a result',
    },
  ]);
}
const savedFile = (name: string): string => `${savedFolder(name)}.json`;

/** @returns the file: a plain run report or comparison, as commands read it */
export function saveResult(name: string, result: RunReport | SavedComparison): string {
  const file = savedFile(name);
  writeOutput(file, `${JSON.stringify(result, null, 2)}\n`);
  return file;
}

/** What is saved, and the project's recorded runs, each by name. */
export function listResults(): ListedResult[] {
  return [...namesIn(savedRoot), ...namesIn(recordedRoot)].map(({ name, place }) => {
    try {
      return readResult(name, place);
    } catch (error) {
      return { name, place, problem: (error as Error).message };
    }
  });
}

/** @param name of a saved result or a recorded run, or a path. @throws InputError with the nearest name */
export function loadResult(name: string): SavedResult {
  if (name.includes('/') && existsSync(name)) return readResult(name, name);
  const known = [...namesIn(savedRoot), ...namesIn(recordedRoot)];
  const found = known.find((entry) => entry.name === name);
  if (found !== undefined) return readResult(name, found.place);
  const names = known.map((entry) => entry.name);
  throw new InputError('results', [
    {
      path: 'NAME',
      given: name,
      accepted: names.join(', ') || 'a path; nothing is saved yet (predict and live have --save NAME)',
      message: `there is no such result${names.length > 0 ? `; did you mean ${nearestName(name, names)}?` : ''}`,
    },
  ]);
}

function namesIn(root: string): { name: string; place: string }[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .sort()
    .filter((entry) => entry.endsWith('.json') || statSync(join(root, entry)).isDirectory())
    .map((entry) => ({ name: entry.replace(/\.json$/, ''), place: join(root, entry) }));
}

function readResult(name: string, place: string): SavedResult {
  if (!statSync(place).isDirectory()) return readFile(name, place);
  if (isSweepFolder(place)) return { name, place, kind: 'sweep', sweep: readSweep(place) };
  const reports: RunReport[] = [];
  for (let count = 1; existsSync(join(place, reportName(count))); count += 1)
    reports.push(asReport(place, parsed(join(place, reportName(count)))));
  const [first, ...more] = reports;
  if (first === undefined) throw unreadable(place, 'has neither a run report nor a sweep');
  return { name, place, kind: 'run', reports: [first, ...more] };
}

function readFile(name: string, place: string): SavedResult {
  const value = parsed(place);
  if ((value as { kind?: unknown } | null)?.kind === 'comparison')
    return { name, place, kind: 'comparison', comparison: value as SavedComparison };
  return { name, place, kind: 'run', reports: [asReport(place, value)] };
}

function asReport(place: string, value: unknown): RunReport {
  const report = runReportSchema.safeParse(value);
  if (report.success) return report.data;
  const [issue] = report.error.issues;
  throw unreadable(place, `${issue.path.join('.')}: ${issue.message}`);
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw unreadable(file, (error as Error).message);
  }
}

const unreadable = (place: string, message: string): InputError =>
  new InputError('results', [
    { path: place, given: place, accepted: 'what --save wrote, a run report, or a sweep', message },
  ]);
