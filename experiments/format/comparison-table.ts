import type { ComparisonRow } from '#core';
import { noPaint, type Paint } from './paint.ts';
import { amount } from './quantities.ts';
import { aligned } from './text-layout.ts';

/** Prediction against measurement as text, a metric a line; intervals where the prediction has some. */
export function comparisonTable(rows: readonly ComparisonRow[], paint: Paint = noPaint): string {
  const withIntervals = rows.some(({ interval }) => interval !== null);
  const head = ['metric', 'predicted', 'measured', 'error', 'tolerance'];
  const cells = rows.map((row) => [
    row.metric,
    amount(row.predicted, row.unit, twoPlaces),
    amount(row.measured, row.unit, twoPlaces),
    row.errorPercent === null ? '-' : `${row.errorPercent.toFixed(1)} %`,
    verdictOf(row),
    ...(withIntervals ? [intervalOf(row)] : []),
  ]);
  const lines = aligned([[...head, ...(withIntervals ? ['measured against the interval'] : [])], ...cells]);
  return `${lines.map((line, index) => (index > 0 && !rows[index - 1].within ? paint.bad(line) : line)).join('\n')}\n`;
}

const twoPlaces = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) >= 1_000 ? 0 : 2 });

/** An error beyond the tolerance may be too small to matter: below the floor, or between what was measured. */
function verdictOf({ within, errorPercent, tolerancePercent }: ComparisonRow): string {
  if (!within) return `beyond ${tolerancePercent} %`;
  return errorPercent === null || Math.abs(errorPercent) <= tolerancePercent ? 'ok' : 'ok: below floor';
}

function intervalOf({ interval, insideInterval, unit }: ComparisonRow): string {
  if (interval === null) return 'no interval';
  return `${insideInterval === true ? 'inside' : 'outside'} ${amount(interval.low, unit, twoPlaces)} to ${amount(interval.high, unit, twoPlaces)}`;
}
