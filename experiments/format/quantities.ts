import { bytesPerMiB } from '#core';

/** A number with thousands separators and at most two digits after the point; a dash where there is no value. */
export const number = (value: number | null): string =>
  value === null ? '-' : value.toLocaleString('en-US', { maximumFractionDigits: 2 });

/** A whole number for people: nothing after the point from 100 on, three digits below. */
export const rounded = (value: number | null): string =>
  value === null
    ? '-'
    : value.toLocaleString(
        'en-US',
        Math.abs(value) >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 },
      );

/** A unit that a person reads, and by how much to divide the one of a report. */
export interface ReadableUnit {
  readonly name: string;
  readonly divisor: number;
}

/** @param largest of the values that share the unit */
export function readableUnit(unit: string, largest: number): ReadableUnit {
  if (unit === 'bytes') return { name: 'MiB', divisor: bytesPerMiB };
  if (unit === 'bit/s') {
    return largest >= 1e9 ? { name: 'Gbit/s', divisor: 1e9 } : { name: 'Mbit/s', divisor: 1e6 };
  }
  return { name: unit, divisor: 1 };
}

/** A quantity in the unit a person reads; a dash where there is no value. */
export function amount(value: number | null, unit: string, digits: (value: number) => string = number): string {
  if (value === null) return '-';
  const { name, divisor } = readableUnit(unit, Math.abs(value));
  return `${digits(value / divisor)} ${name}`.trimEnd();
}

/** A number of a thing, in the singular where there is one. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${number(count)} ${count === 1 ? one : many}`;

/** A month's price: cents below $1,000. */
export const usd = (value: number): string =>
  `$${value.toLocaleString('en-US', value < 1_000 ? { minimumFractionDigits: 2, maximumFractionDigits: 2 } : { maximumFractionDigits: 0 })}`;
