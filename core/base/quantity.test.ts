import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseQuantity, type QuantityUnit, quantityForm } from './quantity.ts';

describe('parseQuantity', () => {
  it.each<[string, QuantityUnit, number]>([
    ['12k', 'count', 12_000],
    ['1.2M', 'count', 1_200_000],
    ['12,000', 'count', 12_000],
    ['12_000', 'count', 12_000],
    ['8KB', 'bytes', 8_000],
    ['8 KiB', 'bytes', 8_192],
    ['500 bytes', 'bytes', 500],
    ['64GB', 'bytes', 64e9],
    ['64GiB', 'bytes', 64 * 2 ** 30],
    ['1Ki', 'bytes', 1_024],
    ['0.5 MB', 'bytes', 500_000],
    ['100kbit/s', 'bit/s', 100_000],
    ['2 Gbps', 'bit/s', 2e9],
    ['25/s', 'per second', 25],
    ['600/min', 'per second', 10],
    ['12k/h', 'per second', 12_000 / 3_600],
    ['30%', 'share per hour', 0.3],
    ['5%/min', 'share per hour', 3],
    ['300ms', 'seconds', 0.3],
    ['1h', 'seconds', 3_600],
    ['1h30m', 'seconds', 5_400],
    ['2 days', 'seconds', 172_800],
    ['300ms', 'milliseconds', 300],
    ['0.3 s', 'milliseconds', 300],
    ['20%', 'share', 0.2],
    ['75%', 'percent', 75],
    ['2x', 'factor', 2],
    ['150 %', 'factor', 1.5],
    ['1900m', 'cores', 1.9],
    ['$100', 'USD', 100],
    ['$1.5k', 'USD', 1_500],
    ['$0.067/h', 'USD per hour', 0.067],
    ['$73/month', 'USD per hour', 0.1],
  ])('reads %s of %s as %d', (text, unit, value) => {
    expect(parseQuantity(text, unit)).toBeCloseTo(value, 12);
  });

  it.each<[string, QuantityUnit]>([
    ['8KB', 'count'],
    ['12k', 'seconds'],
    ['1h', 'count'],
    ['$5', 'bytes'],
    ['20%', 'count'],
    ['', 'count'],
    ['k', 'count'],
    ['-', 'count'],
    ['1h30', 'seconds'],
    ['1h30x', 'seconds'],
    ['fast', 'per second'],
    ['1e999', 'count'],
    ['1,00', 'count'],
    ['25..35', 'per second'],
    ['constructor', 'count'],
    ['5 constructor', 'count'],
  ])('does not read %s as %s', (text, unit) => {
    expect(parseQuantity(text, unit)).toBeNull();
  });

  it('leaves every plain number as it is, in every unit', () => {
    const everyUnit: QuantityUnit[] = [
      'count',
      'bytes',
      'bit/s',
      'per second',
      'share per hour',
      'seconds',
      'milliseconds',
      'share',
      'percent',
      'factor',
      'cores',
      'USD per hour',
      'USD',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...everyUnit), fc.double({ min: -1e12, max: 1e12, noNaN: true }), (unit, value) => {
        const plain = Number(value.toPrecision(15));
        expect(parseQuantity(String(plain), unit)).toBe(plain === 0 ? 0 : plain);
        expect(quantityForm(unit)).toMatch(/such as .*\d/);
      }),
    );
  });
});
