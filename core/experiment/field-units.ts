import type { QuantityUnit } from '../base/quantity.ts';

/** Endings of field names, the longer ones first: a field is named for what it counts. */
const endings: readonly (readonly [RegExp, QuantityUnit])[] = [
  [/BitsPerSecond$/, 'bit/s'],
  [/PerSecond$/, 'per second'],
  [/^usdPerHour$/, 'USD per hour'],
  [/^churnPerHour$/, 'share per hour'],
  [/Seconds$/, 'seconds'],
  [/Ms$/, 'milliseconds'],
  [/([a-z]B|^b)ytes$/, 'bytes'],
  [/([a-z]S|^s)hare$/, 'share'],
  [/^factor$/, 'factor'],
  [/Cores$/, 'cores'],
];

/** The unit of a scenario's numeric field, by its name. */
export function fieldUnit(name: string): QuantityUnit {
  return endings.find(([ending]) => ending.test(name))?.[1] ?? 'count';
}
