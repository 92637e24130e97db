/** What MSER-5 says of a series. */
export interface WarmUp {
  /** Values at the start to leave out; a multiple of five. */
  readonly truncation: number;
  /** Mean of what is left, incomplete last batch apart. */
  readonly mean: number;
  /**
   * False when the best truncation lies beyond the middle of the series: it has not settled, or is too short to tell.
   * `truncation` is then the best of the first half.
   */
  readonly settled: boolean;
}

/** Values in a batch: five, which gives the rule its name. */
const batchSize = 5;
/** Batches that remain at least: the statistic of the last few is small by chance alone. */
const batchesLeft = 5;

/**
 * How much of a series' start is warm-up, by MSER-5 (White 1997; White, Cobb and Spratt 2000): of the means of five
 * values each, leave out as many as minimise the squared standard error of the mean of the rest.
 *
 * A pure function of the series; nothing is assumed of its direction. It does not find a slow drift through the whole
 * series, and a series shorter than 50 values says little.
 */
export function mser5(series: readonly number[]): WarmUp {
  const count = Math.floor(series.length / batchSize);
  const batches: number[] = [];
  for (let batch = 0; batch < count; batch += 1) {
    let sum = 0;
    for (let index = 0; index < batchSize; index += 1) sum += series[batch * batchSize + index];
    batches.push(sum / batchSize);
  }
  // From the end to the start, so that each truncation's mean and squares follow from the one before (Welford 1962).
  let mean = 0;
  let squares = 0;
  let best = { batches: 0, error: Infinity, mean: Number.NaN };
  let bestOfAll = { batches: 0, error: Infinity };
  for (let truncation = count - 1; truncation >= 0; truncation -= 1) {
    const left = count - truncation;
    const difference = batches[truncation] - mean;
    mean += difference / left;
    squares += difference * (batches[truncation] - mean);
    if (left < Math.min(batchesLeft, count)) continue;
    const error = squares / (left * left);
    if (error <= bestOfAll.error) bestOfAll = { batches: truncation, error };
    if (truncation <= count / 2 && error <= best.error) best = { batches: truncation, error, mean };
  }
  return {
    truncation: best.batches * batchSize,
    mean: best.mean,
    settled: count > 0 && bestOfAll.batches <= count / 2,
  };
}
