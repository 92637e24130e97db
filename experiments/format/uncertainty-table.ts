import { type RunReport, summaryFigures } from '#core';
import { amount } from './capacity-card.ts';

/** Four digits that mean something: an interval may be far smaller than its figure. */
const precise = (value: number): string => value.toLocaleString('en-US', { maximumSignificantDigits: 4 });

/** Each figure of a prediction with its interval and percentiles as text; nothing where the report has none. */
export function uncertaintyTable({ uncertainty }: RunReport): string {
  if (uncertainty === undefined) return '';
  const { method, confidence, profileRelativeError, estimates } = uncertainty;
  const known = summaryFigures.filter(({ path }) => estimates[path] !== undefined);
  const [first] = Object.values(estimates);
  const ways = { replications: `${first.samples} replications`, 'batch-means': `${first.samples} batches of one run` };
  const line = (path: string, mean: string, halfWidth: string, percentiles: readonly string[]): string =>
    `${path.padEnd(36)}${mean.padStart(18)}${halfWidth.padStart(18)}${percentiles.map((cell) => cell.padStart(18)).join('')}\n`;
  return [
    `\nIntervals at ${confidence * 100} %, from ${ways[method]}; the profile's costs may be off by ${(profileRelativeError * 100).toFixed(1)} % beyond\n`,
    line('figure', 'mean', '+-', ['p10', 'p50', 'p90']),
    ...known.map(({ path, unit }) => {
      const { mean, halfWidth, p10, p50, p90 } = estimates[path];
      const cells = [p10, p50, p90].map((value) => amount(value, unit, precise));
      return line(path, amount(mean, unit, precise), amount(halfWidth, unit, precise), cells);
    }),
  ].join('');
}
