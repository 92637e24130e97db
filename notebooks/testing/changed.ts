/** What cannot be another number without being refused: settings, machines as they are sold, shares, counts of channels. */
const kept = new Set([
  'settings',
  'machine',
  'seed',
  'schemaVersion',
  'share',
  'channels',
  'subscriptionsPerClient',
  'shards',
]);
/** Lists of so many things lose the last ones, because pages count them. */
const manyThings = 20;
const thingsLost = 3;

/**
 * The same data, every figure in them another one: numbers times a factor that is never the same, so that ratios change
 * too; digits in texts one up; long lists shorter. A figure that a page shows as before did not come from its data.
 */
export function changed(data: unknown): unknown {
  let numbers = 0;
  const other = (value: unknown): unknown => {
    if (typeof value === 'number') {
      numbers += 1;
      const factor = 1.3 + (numbers % 17) / 40;
      return Number.isInteger(value) ? Math.round(value * factor) : value * factor;
    }
    if (typeof value === 'string') return value.replaceAll(/\d/g, (digit) => String((Number(digit) + 1) % 10));
    if (Array.isArray(value)) return (value.length < manyThings ? value : value.slice(0, -thingsLost)).map(other);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, kept.has(name) ? one : other(one)]));
  };
  return other(data);
}
