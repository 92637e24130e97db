import { nanosecondsPerSecond, parseDuration } from '#core';

/** What a suffix multiplies by. The empty suffix is the unit that a plain number has. */
export type Units = Readonly<Record<string, number>>;

export const plainUnits: Units = { '': 1 };
export const countUnits: Units = { '': 1, k: 1e3, K: 1e3, M: 1e6 };
export const rateUnits: Units = { ...countUnits, '/s': 1, 'k/s': 1e3, 'M/s': 1e6, '/min': 1 / 60 };
export const percentUnits: Units = { '': 1, '%': 1 };
/** Decimal units as networks and vendors use them; binary ones with an i. */
export const byteUnits: Units = {
  '': 1,
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

const form = /^\s*([+-]?(?:\d{1,3}(?:[,_]\d{3})+|\d+)?(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*([A-Za-z%/]*)\s*$/;

/**
 * Reads a number with its unit, such as `12k`, `8KB`, `1.5`, `12,000` or `1e6`.
 *
 * @returns the number in the plain unit; null when the text is no number or the unit is not one of `units`
 */
export function readQuantity(text: string, units: Units): number | null {
  const match = form.exec(text);
  if (match === null || !/\d/.test(match[1])) return null;
  const factor = Object.hasOwn(units, match[2]) ? units[match[2]] : undefined;
  const value = Number(match[1].replaceAll(/[,_]/g, ''));
  return factor === undefined || !Number.isFinite(value) ? null : value * factor;
}

/** Reads `90s`, `1m30s`, `300ms`, `1.5h`, or a plain number of `unit`. @returns seconds, or null */
export function readSeconds(text: string, unit: 's' | 'ms'): number | null {
  const plain = readQuantity(text, plainUnits);
  if (plain !== null) return unit === 's' ? plain : plain / 1_000;
  const nanoseconds = parseDuration(text);
  return nanoseconds === null ? null : nanoseconds / nanosecondsPerSecond;
}

/** Reads `100`, `$100` or `100 USD`. */
export function readDollars(text: string): number | null {
  return readQuantity(text.trim().replace(/^\$/, ''), { '': 1, USD: 1, k: 1e3 });
}
