import type { ComparisonRow } from '#core';
import { amount } from './capacity-card.ts';

/** Prediction against measurement as text, a metric a line. */
export function comparisonTable(rows: readonly ComparisonRow[]): string {
  const line = (metric: string, predicted: string, measured: string, error: string, verdict: string): string =>
    `${metric.padEnd(19)}${predicted.padStart(20)}${measured.padStart(20)}${error.padStart(10)}  ${verdict}`;
  return [
    line('metric', 'predicted', 'measured', 'error', ''),
    ...rows.map((row) =>
      line(
        row.metric,
        amount(row.predicted, row.unit),
        amount(row.measured, row.unit),
        row.errorPercent === null ? '-' : `${row.errorPercent.toFixed(1)} %`,
        row.within ? 'ok' : `beyond ${row.tolerancePercent} %`,
      ),
    ),
    '',
  ].join('\n');
}
