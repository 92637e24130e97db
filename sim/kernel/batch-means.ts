import { assert, type Estimate } from '#core';
import { defaultConfidence, estimate } from './statistics.ts';

/** Enough for the quantile, few enough for long batches (Schmeiser 1982: 10 to 30). */
const defaultBatches = 20;

export interface BatchMeansOptions {
  readonly confidence?: number;
  /** Of equal length; 2 or more, and never more than there are values. */
  readonly batches?: number;
}

/**
 * Interval of the mean of one long run (Conway 1963; Law and Kelton): the settled series is cut into batches so long
 * that their means hardly depend on each other, and these are treated as independent samples.
 *
 * @param series without its warm-up (`mser5`). What does not fill a batch is left out at the start.
 */
export function batchMeans(
  series: readonly number[],
  { confidence = defaultConfidence, batches = defaultBatches }: BatchMeansOptions = {},
): Estimate {
  assert(batches >= 2 && series.length >= batches, () => `${series.length} values do not make ${batches} batches`);
  const size = Math.floor(series.length / batches);
  const first = series.length - size * batches;
  const means: number[] = [];
  for (let batch = 0; batch < batches; batch += 1) {
    let sum = 0;
    for (let index = 0; index < size; index += 1) sum += series[first + batch * size + index];
    means.push(sum / size);
  }
  return estimate(means, confidence);
}
