/** Functions whose last digit engines may disagree on, from operations that IEEE 754 defines exactly: the same bytes everywhere. */

const asDouble = new Float64Array(1);
const asWords = new Uint32Array(asDouble.buffer);
asDouble[0] = 1;
/** Which of the two words holds sign and exponent: the second where the machine is little-endian. */
const highWord = asWords[1] === 0 ? 0 : 1;
const ln2 = Math.LN2;
/** Coefficients of the series of atanh. A division is many times slower than a load. */
const [c3, c5, c7, c9, c11, c13, c15, c17, c19, c21] = [3, 5, 7, 9, 11, 13, 15, 17, 19, 21].map(
  (divisor) => 1 / divisor,
);

/**
 * ln(x) for normal x > 0 with a relative error below 1e-15. `Math.log` may differ in the last bit between engines; this
 * uses only operations that IEEE 754 defines exactly: x = m * 2^e with m near 1, then the series of atanh.
 */
export function naturalLogarithm(x: number): number {
  asDouble[0] = x;
  const high = asWords[highWord];
  let exponent = ((high >>> 20) & 0x7ff) - 1_023;
  asWords[highWord] = (high & 0x000fffff) | 0x3ff00000;
  let mantissa = asDouble[0];
  if (mantissa > 1.4142135623730951) {
    mantissa /= 2;
    exponent += 1;
  }
  const ratio = (mantissa - 1) / (mantissa + 1);
  const square = ratio * ratio;
  // |ratio| <= 0.172: the first term left out is below 2e-17 of the sum.
  let series = c21 * square + c19;
  series = series * square + c17;
  series = series * square + c15;
  series = series * square + c13;
  series = series * square + c11;
  series = series * square + c9;
  series = series * square + c7;
  series = series * square + c5;
  series = series * square + c3;
  series = series * square + 1;
  return exponent * ln2 + 2 * ratio * series;
}

const ln2High = 0.69314718036912381649;
const ln2Low = 1.90821492927058770002e-10;

/**
 * e^x with a relative error below 1e-15, for |x| up to 700: x = n ln 2 + r with |r| <= 0.35, the series of e^r, and n
 * doublings (ln 2 in two parts after Cody and Waite 1980, so that r is exact).
 */
export function exponential(x: number): number {
  const doublings = Math.round(x / ln2);
  const r = x - doublings * ln2High - doublings * ln2Low;
  // |r|^18 / 18! is below 1e-23: what is left out is far below the last digit.
  let series = 1;
  for (let term = 17; term >= 1; term -= 1) series = 1 + (series * r) / term;
  const step = doublings < 0 ? 0.5 : 2;
  for (let count = Math.abs(doublings); count > 0; count -= 1) series *= step;
  return series;
}

/** base^exponent for a base above 0; exact for an exponent of 0 or 1. */
export function powerOf(base: number, exponent: number): number {
  if (exponent === 0) return 1;
  return exponent === 1 ? base : exponential(exponent * naturalLogarithm(base));
}
