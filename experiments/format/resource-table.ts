import { isCap, type ResourceUse, shareOfUsable } from '#core';
import { noPaint, type Paint } from './paint.ts';
import { type ReadableUnit, readableUnit, rounded } from './quantities.ts';

const barColumns = 6;

/**
 * What a machine has against what the load asks of it, a resource a line: used at the mean and at the worst interval, demand
 * with its range, what may be used, and the demand as a bar of that. The longest bar is the first limit. Caps are no part of
 * the machine: `capsText`.
 */
export function resourceTable(resources: readonly ResourceUse[], paint: Paint = noPaint): string[] {
  const lines = resources.filter(({ resource }) => !isCap(resource)).map((use) => resourceLine(use, paint));
  return [row(['', 'used', 'peak', 'demand', 'low-high', 'usable'], 'demand/usable'), ...lines];
}

/** `connections 12,000 of 12,000, bus-rate 25 of 100 messages/s`: what the load asks of the settings that refuse. */
export function capsText(resources: readonly ResourceUse[], paint: Paint = noPaint): string {
  const caps = resources.filter(({ resource }) => isCap(resource));
  return caps
    .map(({ resource, demand, limit, unit }) => {
      const name = unit === resource ? '' : ` ${unit}`;
      const text = `${resource} ${rounded(demand)} of ${rounded(limit)}${name}`;
      return demand > limit ? paint.bad(`${text} (${percentOf(demand / limit)})`) : text;
    })
    .join(', ');
}

/** Demand over what may be used, as every page prints it. */
export const shareText = (use: ResourceUse): string => percentOf(shareOfUsable(use));

const percentOf = (share: number): string =>
  `${(share * 100).toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })} %`;

function resourceLine(use: ResourceUse, paint: Paint): string {
  const { resource, used, peak, demand, demandLow, demandHigh, limit, usable = limit, unit } = use;
  const { name, divisor } = readableUnit(unit, usable);
  const label = name === resource ? resource : `${resource}, ${name}`;
  const digits = digitsFor(usable, { name, divisor });
  const range = demandLow === undefined || demandHigh === undefined ? '' : `${digits(demandLow)}-${digits(demandHigh)}`;
  const share = shareOfUsable(use);
  const length = `${bar(share)} ${percentOf(share).padStart(9)}`;
  return row(
    [label, digits(used), peak === undefined ? '' : digits(peak), digits(demand), range, digits(usable)],
    share > 1 ? paint.bad(length) : length,
  );
}

/** Cells of one row carry equally many digits: two after the point below 100, none above. */
function digitsFor(usable: number, { divisor }: ReadableUnit): (value: number) => string {
  const places = usable / divisor < 100 ? 2 : 0;
  return (value) =>
    (value / divisor).toLocaleString('en-US', { minimumFractionDigits: places, maximumFractionDigits: places });
}

/** Full at 100 %; beyond it a > at the end. */
function bar(share: number): string {
  if (share > 1) return `${'#'.repeat(barColumns - 1)}>`;
  return '#'.repeat(Math.round(share * barColumns)).padEnd(barColumns, '.');
}

const widths = [17, 8, 8, 8, 12, 10] as const;
const row = (cells: readonly string[], end: string): string =>
  `${cells
    .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
    .join('')} ${end}`.trimEnd();
