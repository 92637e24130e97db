import { assert } from './assert.ts';

/**
 * Splits a whole total over parts in their proportion, in whole numbers whose sum is the total: each gets the whole part of
 * its share, and those with the largest remainders one more (Hamilton's method). A part of 0 gets nothing.
 *
 * @param total 0 or more, whole; 0 where all parts are 0
 * @param parts 0 or more
 */
export function apportioned(total: number, parts: readonly number[]): number[] {
  const sum = parts.reduce((all, part) => all + part, 0);
  if (sum === 0) {
    assert(total === 0, () => `${total} cannot be split over nothing`);
    return parts.map(() => 0);
  }
  const factor = total / sum;
  const shares = parts.map((part) => part * factor);
  // A share that is whole but for the last digit of a double is whole.
  const whole = shares.map((share) => Math.floor(share + share * 1e-12));
  let left = total - whole.reduce((all, count) => all + count, 0);
  const order = parts
    .map((_part, index) => index)
    .filter((index) => parts[index] > 0)
    .sort((one, other) => shares[other] - whole[other] - (shares[one] - whole[one]) || one - other);
  for (let turn = 0; left > 0; turn += 1, left -= 1) whole[order[turn % order.length]] += 1;
  for (let turn = order.length - 1; left < 0; turn = turn === 0 ? order.length - 1 : turn - 1) {
    if (whole[order[turn]] === 0) continue;
    whole[order[turn]] -= 1;
    left += 1;
  }
  return whole;
}
