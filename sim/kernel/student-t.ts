import { assert } from '#core';

/**
 * Beyond this many degrees of freedom the quantile of so many is given: it differs from the normal distribution's by
 * less than one part in 10^5.
 */
const degreesOfFreedomMost = 100_000;

/**
 * Two-sided quantile of Student's t: the value that |T| stays below with probability `confidence`.
 *
 * The distribution is a finite sum for whole degrees of freedom (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4); the
 * quantile is found by bisection down to neighbouring doubles. Only operations that IEEE 754 defines exactly, so the
 * same bits on every engine.
 *
 * @param degreesOfFreedom 1 or more, whole
 */
export function studentTQuantile(confidence: number, degreesOfFreedom: number): number {
  assert(confidence > 0 && confidence < 1, () => `confidence ${confidence} is not between 0 and 1`);
  assert(
    Number.isInteger(degreesOfFreedom) && degreesOfFreedom >= 1,
    () => `${degreesOfFreedom} degrees of freedom: takes whole numbers from 1`,
  );
  const freedom = Math.min(degreesOfFreedom, degreesOfFreedomMost);
  let low = 0;
  let high = 1;
  while (studentTProbability(high, freedom) < confidence) high *= 2;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return high;
    if (studentTProbability(middle, freedom) < confidence) low = middle;
    else high = middle;
  }
}

/** Probability that |T| is below `t`, for T of Student's distribution with so many degrees of freedom. */
export function studentTProbability(t: number, degreesOfFreedom: number): number {
  const odd = degreesOfFreedom % 2 === 1;
  const squareOfCosine = degreesOfFreedom / (degreesOfFreedom + t * t);
  const cosine = Math.sqrt(squareOfCosine);
  const sine = t / Math.sqrt(degreesOfFreedom + t * t);
  let term = odd ? cosine : 1;
  let sum = degreesOfFreedom === 1 ? 0 : term;
  for (let factor = odd ? 2 : 1; factor <= degreesOfFreedom - 3; factor += 2) {
    term *= (squareOfCosine * factor) / (factor + 1);
    const next = sum + term;
    if (next === sum) break;
    sum = next;
  }
  if (!odd) return sine * sum;
  return (2 / Math.PI) * (arctangent(t / Math.sqrt(degreesOfFreedom)) + sine * sum);
}

/** Arc tangent of x >= 0: halved until small, then its series. `Math.atan` may differ in the last bit between engines. */
function arctangent(x: number): number {
  let reduced = x;
  for (let halvings = 0; halvings < 4; halvings += 1) reduced /= 1 + Math.sqrt(1 + reduced * reduced);
  const square = reduced * reduced;
  // |reduced| <= tan(pi / 32) < 0.0985: the first term left out is below 1e-18 of the sum.
  let series = 1 / 17;
  for (let divisor = 15; divisor >= 1; divisor -= 2) series = 1 / divisor - square * series;
  return 16 * reduced * series;
}
