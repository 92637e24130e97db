import { capitalised } from './theme.ts';

/** What a sweep of two fields found: one row a combination. */
export interface Grid {
  /** Fields as a reader shall see them, such as `connections`. */
  readonly xField: string;
  readonly yField: string;
  /** What is shown of each combination, such as `latency p99`. */
  readonly metric: string;
  readonly unit: string;
  readonly cells: readonly GridCell[];
  /** Cells above it don't meet the objective; null where there is none. */
  readonly most: number | null;
}

export interface GridCell {
  readonly x: number | string;
  readonly y: number | string;
  /** null: the combination has no result. */
  readonly value: number | null;
}

/** A field's values in ascending order, numbers as numbers; as text, because a grid has one column a value. */
export function valuesOf(cells: readonly GridCell[], axis: 'x' | 'y'): string[] {
  const values = [...new Set(cells.map((cell) => cell[axis]))];
  values.sort((left, right) =>
    typeof left === 'number' && typeof right === 'number' ? left - right : String(left) < String(right) ? -1 : 1,
  );
  return values.map(labelOf);
}

export const labelOf = (value: number | string): string =>
  typeof value === 'number' ? value.toLocaleString('en-US') : value;

/** Title that states the finding, for every chart of a grid. */
export function gridTitle({ metric, unit, xField, yField, cells, most }: Grid): string {
  const found = cells.flatMap(({ x, y, value }) => (value === null ? [] : [{ x, y, value }]));
  if (found.length === 0) return `No result for ${metric}`;
  const [least] = [...found].sort((left, right) => left.value - right.value);
  const [worst] = [...found].sort((left, right) => right.value - left.value);
  if (most !== null) {
    const kept = found.filter(({ value }) => value <= most).length;
    return `${kept} of ${found.length} combinations of ${xField} and ${yField} keep ${metric} at ${figure(most)} ${unit} or less`;
  }
  if (least.value === worst.value) return `${capitalised(metric)}: ${figure(least.value)} ${unit} everywhere`;
  return `${capitalised(metric)}: ${figure(least.value)} to ${figure(worst.value)} ${unit}, most at ${xField} ${labelOf(worst.x)}, ${yField} ${labelOf(worst.y)}`;
}

export const gridDescription = ({ metric, unit, xField, yField, cells }: Grid): string =>
  `${metric} in ${unit} by ${xField} and ${yField}: ${cells
    .map(({ x, y, value }) => `${labelOf(x)} and ${labelOf(y)}: ${value === null ? 'none' : figure(value)}`)
    .join('; ')}.`;

/** Three significant digits, thousands shortened where a cell would not hold them. */
export function figure(value: number): string {
  if (Math.abs(value) >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (Math.abs(value) >= 1e4) return `${Number((value / 1e3).toPrecision(3))}k`;
  return Number(value.toPrecision(3)).toLocaleString('en-US');
}
