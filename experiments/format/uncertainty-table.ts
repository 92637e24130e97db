import { type RunReport, summaryFigures } from '#core';
import { readableUnit } from './quantities.ts';
import { aligned, wrapped } from './text-layout.ts';

/**
 * Each figure of a prediction with its interval and percentiles as text; nothing where the report has none. All cells of a
 * row end at the digit that the interval reaches: further ones would be noise.
 */
export function uncertaintyTable({ uncertainty }: RunReport): string {
  if (uncertainty === undefined) return '';
  const { method, confidence, profileRelativeError, estimates } = uncertainty;
  const known = summaryFigures.filter(({ path }) => estimates[path] !== undefined);
  const [first] = Object.values(estimates);
  const ways = { replications: `${first.samples} replications`, 'batch-means': `${first.samples} batches of one run` };
  const rows = known.map(({ path, unit }) => {
    const { mean, halfWidth, p10, p50, p90 } = estimates[path];
    const { name, divisor } = readableUnit(unit, Math.abs(mean));
    const digits = digitsOf(mean / divisor, halfWidth / divisor);
    const cells = [mean, halfWidth, p10, p50, p90].map((value) => digits(value / divisor));
    return [figureName(path, name), ...cells];
  });
  const text = `Intervals at ${confidence * 100} %, from ${ways[method]}: chance alone. The profile's costs may be off by ${(profileRelativeError * 100).toFixed(1)} % beyond it`;
  return `\n${wrapped(text).join('\n')}\n${aligned([['figure', 'mean', '+-', 'p10', 'p50', 'p90'], ...rows]).join('\n')}\n`;
}

/** A figure's path with its unit, which some paths name themselves. */
function figureName(path: string, unit: string): string {
  const figure = path.replace('summary.', '').replace(/(Bytes|BitsPerSecond)$/, '');
  return unit === '1/s' || figure.startsWith(unit) ? figure : `${figure}, ${unit}`;
}

const placesMost = 4;
const digitsOfMean = 5;

/** Writes numbers to the second digit of the half-width; without one, to five digits of the mean. */
function digitsOf(mean: number, halfWidth: number): (value: number) => string {
  const magnitude = (value: number): number => Math.floor(Math.log10(Math.abs(value)));
  const last = halfWidth > 0 ? magnitude(halfWidth) - 1 : mean === 0 ? 0 : magnitude(mean) - digitsOfMean + 1;
  const places = Math.min(placesMost, Math.max(0, -last));
  return (value) => value.toLocaleString('en-US', { minimumFractionDigits: places, maximumFractionDigits: places });
}
