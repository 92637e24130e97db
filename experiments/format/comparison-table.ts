import type { ComparisonRow } from '#core';
import { amount } from './capacity-card.ts';

/** Prediction against measurement as text, a metric a line; intervals where the prediction has some. */
export function comparisonTable(rows: readonly ComparisonRow[]): string {
  const withIntervals = rows.some(({ interval }) => interval !== null);
  const line = (
    cells: { metric: string; predicted: string; measured: string; error: string },
    verdict: string,
  ): string =>
    `${cells.metric.padEnd(19)}${cells.predicted.padStart(20)}${cells.measured.padStart(20)}${cells.error.padStart(10)}  ${verdict}`;
  const intervalOf = ({ interval, insideInterval, unit }: ComparisonRow): string => {
    if (interval === null) return 'no interval';
    return `${insideInterval === true ? 'inside' : 'outside'} ${amount(interval.low, unit)} to ${amount(interval.high, unit)}`;
  };
  return [
    line(
      { metric: 'metric', predicted: 'predicted', measured: 'measured', error: 'error' },
      withIntervals ? `${' '.repeat(14)}measured against the interval of the prediction` : '',
    ),
    ...rows.map((row) => {
      const verdict = row.within ? 'ok' : `beyond ${row.tolerancePercent} %`;
      return line(
        {
          metric: row.metric,
          predicted: amount(row.predicted, row.unit),
          measured: amount(row.measured, row.unit),
          error: row.errorPercent === null ? '-' : `${row.errorPercent.toFixed(1)} %`,
        },
        withIntervals ? `${verdict.padEnd(14)}${intervalOf(row)}` : verdict,
      );
    }),
    '',
  ]
    .map((text) => text.trimEnd())
    .join('\n');
}
