import { assert, type Estimate } from '#core';
import { quantileSorted } from 'simple-statistics';
import { studentTQuantile } from './student-t.ts';

/** Running mean and variance (Welford 1962). */
export class RunningStatistics {
  count = 0;
  mean = 0;
  #squares = 0;

  add(value: number): void {
    this.count += 1;
    const difference = value - this.mean;
    this.mean += difference / this.count;
    this.#squares += difference * (value - this.mean);
  }

  /** Unbiased; 0 for fewer than two values. */
  get variance(): number {
    return this.count < 2 ? 0 : this.#squares / (this.count - 1);
  }
}

/** Confidence of an interval where nothing else is asked for. */
export const defaultConfidence = 0.99;

/**
 * Mean, confidence interval (Student 1908) and percentiles of independent samples.
 *
 * @param samples one figure per replication or batch; 2 or more
 * @param confidence of the interval, between 0 and 1
 */
export function estimate(samples: readonly number[], confidence: number = defaultConfidence): Estimate {
  assert(samples.length >= 2, () => `an interval needs 2 samples or more, not ${samples.length}`);
  const statistics = new RunningStatistics();
  for (const sample of samples) statistics.add(sample);
  const sorted = [...samples].sort((left, right) => left - right);
  const quantile = studentTQuantile(confidence, samples.length - 1);
  return {
    mean: statistics.mean,
    halfWidth: quantile * Math.sqrt(statistics.variance / samples.length),
    p10: quantileSorted(sorted, 0.1),
    p50: quantileSorted(sorted, 0.5),
    p90: quantileSorted(sorted, 0.9),
    samples: samples.length,
  };
}
