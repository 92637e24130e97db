import { hoursPerMonth } from './units.ts';

/** What a number counts, where a person writes it. Its plain form, without a suffix, is in this unit. */
export type QuantityUnit =
  | 'count'
  | 'bytes'
  | 'bit/s'
  | 'per second'
  | 'share per hour'
  | 'seconds'
  | 'milliseconds'
  | 'share'
  | 'percent'
  | 'factor'
  | 'cores'
  | 'USD per hour'
  | 'USD';

interface Unit {
  /** For an error. */
  readonly form: string;
  /** Factor of each suffix, in lower case, without spaces; '' is the plain number. */
  readonly suffixes: Readonly<Record<string, number>>;
}

const decimal = { '': 1, k: 1e3, m: 1e6, g: 1e9 };
const binary = { ki: 1_024, mi: 1_048_576, gi: 1_073_741_824, ti: 1_099_511_627_776 };
const perSecond = {
  '/s': 1,
  '/sec': 1,
  '/second': 1,
  '/min': 1 / 60,
  '/minute': 1 / 60,
  '/h': 1 / 3_600,
  '/hour': 1 / 3_600,
};
const time = {
  ms: 0.001,
  s: 1,
  sec: 1,
  second: 1,
  seconds: 1,
  m: 60,
  min: 60,
  minute: 60,
  minutes: 60,
  h: 3_600,
  hour: 3_600,
  hours: 3_600,
  d: 86_400,
  day: 86_400,
  days: 86_400,
};

const withSuffix = (
  factors: Readonly<Record<string, number>>,
  ...suffixes: readonly string[]
): Record<string, number> =>
  Object.fromEntries(
    Object.entries(factors).flatMap(([prefix, factor]) => suffixes.map((suffix) => [`${prefix}${suffix}`, factor])),
  );
const times = (factors: Readonly<Record<string, number>>, by: number): Record<string, number> =>
  Object.fromEntries(Object.entries(factors).map(([suffix, factor]) => [suffix, factor * by]));

const rates = Object.fromEntries(
  Object.entries(decimal).flatMap(([prefix, factor]) =>
    Object.entries(perSecond).map(([suffix, per]) => [`${prefix}${suffix}`, factor * per]),
  ),
);

const percentRates = Object.fromEntries(
  Object.entries(perSecond).map(([suffix, factor]) => [`%${suffix}`, factor * 36]),
);

const units: Readonly<Record<QuantityUnit, Unit>> = {
  count: { form: 'number, such as 12000 or 12k', suffixes: decimal },
  /** Decimal units as networks and vendors use them; binary ones with an i. */
  bytes: {
    form: 'bytes such as 500, 8KB (8,000), 8KiB (8,192) or 64GiB',
    suffixes: {
      ...decimal,
      ...withSuffix({ ...decimal, t: 1e12 }, 'b', 'bytes'),
      ...binary,
      ...withSuffix(binary, 'b'),
    },
  },
  'bit/s': {
    form: 'bit/s such as 2000000, 100kbit/s or 2Gbit/s',
    suffixes: { ...decimal, ...withSuffix(decimal, 'bit/s', 'bps', 'bits/s') },
  },
  'per second': { form: 'a rate per second such as 25, 12k, 25/s or 600/min', suffixes: { ...decimal, ...rates } },
  'share per hour': {
    form: 'a share per hour such as 0.3, 30% or 5%/min',
    suffixes: { '': 1, '%': 0.01, ...times(perSecond, 3_600), ...percentRates },
  },
  seconds: { form: 'seconds such as 90, or 300ms, 30m, 1h, 1h30m', suffixes: { '': 1, ...time } },
  milliseconds: {
    form: 'milliseconds such as 80, or 80ms, 0.3s',
    suffixes: { '': 1, ...times(time, 1_000), us: 0.001 },
  },
  share: { form: 'a share from 0 to 1 such as 0.2, or 20%', suffixes: { '': 1, '%': 0.01 } },
  percent: { form: 'a percentage such as 75 or 75%', suffixes: { '': 1, '%': 1 } },
  factor: { form: 'a factor such as 2, 2x or 200%', suffixes: { '': 1, x: 1, '%': 0.01 } },
  cores: { form: 'cores such as 1.9 or 1900m', suffixes: { '': 1, m: 0.001 } },
  'USD per hour': {
    form: 'USD per hour such as 0.067, $0.067/h or $49/month',
    suffixes: { '': 1, '/h': 1, '/hour': 1, '/month': 1 / hoursPerMonth },
  },
  USD: { form: 'USD such as 100 or $100', suffixes: decimal },
};

/** How a quantity of a unit is written, with examples: the "accepted" of an error. */
export const quantityForm = (unit: QuantityUnit): string => units[unit].form;

const number = String.raw`[+-]?(?:\d{1,3}(?:[,_]\d{3})+|\d+)?(?:\.\d+)?(?:e[+-]?\d+)?`;
const quantity = new RegExp(`^(\\$?)\\s*(${number})\\s*([^\\d\\s][^\\d]*)?$`, 'i');
/** A duration in parts, each with its unit: `1h30m`. */
const partForm = /(\d+(?:\.\d+)?)\s*([a-z]+)\s*/gy;

/** Reads a number with or without the suffix of its unit: `8KB`, `12k`, `1h30m`, `$100`, `20%`. @returns null for what is none */
export function parseQuantity(text: string, unit: QuantityUnit): number | null {
  const { suffixes } = units[unit];
  const match = quantity.exec(text.trim());
  if (match === null) return parseParts(text.trim().toLowerCase(), unit);
  const [, currency, digits, suffix = ''] = match;
  const value = Number(digits.replaceAll(/[,_]/g, ''));
  if (digits === '' || digits === '+' || digits === '-' || !Number.isFinite(value)) return null;
  if (currency === '$' && !unit.startsWith('USD')) return null;
  const factor = factorOf(suffixes, suffix.trim().toLowerCase().replaceAll(' ', ''));
  // Decimal points that a person means: 20 % is 0.2 and not a digit of a binary fraction more.
  return factor === undefined ? null : Number((value * factor).toPrecision(15));
}

/** Names that every object has are no suffixes. */
const factorOf = (suffixes: Unit['suffixes'], suffix: string): number | undefined =>
  Object.hasOwn(suffixes, suffix) ? suffixes[suffix] : undefined;

function parseParts(text: string, unit: QuantityUnit): number | null {
  if (unit !== 'seconds' && unit !== 'milliseconds') return null;
  const { suffixes } = units[unit];
  let sum = 0;
  partForm.lastIndex = 0;
  let end = 0;
  for (let part = partForm.exec(text); part !== null; part = partForm.exec(text)) {
    const factor = factorOf(suffixes, part[2]);
    if (factor === undefined) return null;
    sum += Number(part[1]) * factor;
    end = partForm.lastIndex;
  }
  return end === text.length && end > 0 ? Number(sum.toPrecision(15)) : null;
}
