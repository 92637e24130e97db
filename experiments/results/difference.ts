import { median } from 'simple-statistics';
import { InputError } from '../input-error.ts';
import { sweepColumns } from '../sweep/columns.ts';
import type { SweepRow } from '../sweep/point.ts';
import { changesBetween, type Leaf, type LeafChange, leavesOf } from './leaves.ts';
import type { SavedResult } from './saved-results.ts';

/** How one figure changed. */
export interface FigureChange extends LeafChange {
  /** (after - before) / before in percent; null where there is no such number. */
  readonly changePercent: number | null;
  /** Of measured figures: a difference up to this is noise. */
  readonly isNoise: boolean;
}

export interface ResultDifference {
  /** What differs in what the results were made of: scenario, profile, seed, commit, machine. */
  readonly origin: readonly LeafChange[];
  readonly figures: readonly FigureChange[];
  /** How many figures both results have. */
  readonly compared: number;
}

/** Two results of one kind, figure by figure. Of a repeated run each figure is the median. @throws InputError */
export function differenceOf(before: SavedResult, after: SavedResult): ResultDifference {
  if (before.kind !== after.kind) {
    throw new InputError('results diff', [
      {
        path: 'B',
        given: `${after.name}, a ${after.kind}`,
        accepted: `a ${before.kind}, as ${before.name} is`,
        message: 'is of another kind',
      },
    ]);
  }
  const first = figuresOf(before);
  const second = figuresOf(after);
  const isMeasured = wasMeasured(before) || wasMeasured(after);
  const figures = changesBetween(Object.fromEntries(first), Object.fromEntries(second)).map((change) => ({
    ...change,
    changePercent: changePercent(change),
    isNoise: isMeasured && isNoise(change),
  }));
  return {
    origin: changesBetween(originOf(before), originOf(after)),
    figures,
    compared: [...first.keys()].filter((path) => second.has(path)).length,
  };
}

/** Whether a figure changed by more than so many percent. A word that changed did; what only one side has did not. */
export function isBeyond(
  { before, after, changePercent: percent, isNoise: noise }: FigureChange,
  limit: number,
): boolean {
  if (before === undefined || after === undefined || noise) return false;
  return percent === null ? true : Math.abs(percent) > limit;
}

function figuresOf(result: SavedResult): Map<string, Leaf> {
  if (result.kind === 'comparison') return leavesOf(result.comparison.rows);
  if (result.kind === 'sweep') return new Map(result.sweep.rows.flatMap(rowFigures));
  const runs = result.reports.map(({ summary }) => leavesOf(summary));
  return new Map([...runs[0]].map(([path, leaf]) => [path, middle(runs.map((run) => run.get(path) ?? null)) ?? leaf]));
}

function middle(leaves: readonly Leaf[]): Leaf {
  const numbers = leaves.filter((leaf) => typeof leaf === 'number');
  return numbers.length === leaves.length ? median(numbers) : leaves[0];
}

function rowFigures({ fields, summary }: SweepRow): [string, Leaf][] {
  const point = Object.entries(fields)
    .map(([path, value]) => `${path}=${value}`)
    .join(' ');
  return sweepColumns.map(({ name, of }) => [`${point} ${name}`, of(summary)]);
}

function originOf(result: SavedResult): unknown {
  if (result.kind === 'comparison') {
    const { predicted, measured, scenario, profile } = result.comparison;
    return { predicted: withoutDate(predicted), measured: withoutDate(measured), profile, scenario };
  }
  if (result.kind === 'sweep') return result.sweep.manifest;
  const { provenance, scenario, profile, seed } = result.reports[0];
  return { ...withoutDate(provenance), profile, seed, scenario };
}

const withoutDate = ({ date: _unused, ...rest }: { readonly date: string }): object => rest;

const wasMeasured = (result: SavedResult): boolean =>
  result.kind === 'run' && result.reports[0].provenance.kind === 'measured';

function changePercent({ before, after }: LeafChange): number | null {
  if (typeof before !== 'number' || typeof after !== 'number' || before === 0) return null;
  return ((after - before) / Math.abs(before)) * 100;
}

/** Floors of measured figures: 0.05 core, 2 ms, 100 messages. */
const floors: readonly (readonly [RegExp, number])[] = [
  [/^cpu\.(\w*[cC]ores\b|throttledSeconds)|^resources\.cpu\.(used|demand)/, 0.05],
  [/^latencyMs\.(mean|p\d+|max)/, 2],
  [/^(drops|naks)$|dropped|naked/i, 100],
];

function isNoise({ path, before, after }: LeafChange): boolean {
  const floor = floors.find(([form]) => form.test(path))?.[1];
  return floor !== undefined && Math.abs(Number(after) - Number(before)) <= floor;
}
