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

/** Two-sided Student t quantiles at 99 % for 1 to 30 degrees of freedom (standard tables). */
const studentT99 = [
  63.657, 9.925, 5.841, 4.604, 4.032, 3.707, 3.499, 3.355, 3.25, 3.169, 3.106, 3.055, 3.012, 2.977, 2.947, 2.921, 2.898,
  2.878, 2.861, 2.845, 2.831, 2.819, 2.807, 2.797, 2.787, 2.779, 2.771, 2.763, 2.756, 2.75,
];

/** Mean of independent replications with the half-width of its 99 % confidence interval. */
export interface Estimate {
  readonly mean: number;
  readonly halfWidth: number;
  readonly replications: number;
}

/** @param samples one figure per replication; 2 or more. Beyond 31 of them the quantile of 31 is used: a wider interval. */
export function estimate(samples: readonly number[]): Estimate {
  const statistics = new RunningStatistics();
  for (const sample of samples) statistics.add(sample);
  const quantile = studentT99[Math.min(samples.length - 1, studentT99.length) - 1];
  return {
    mean: statistics.mean,
    halfWidth: quantile * Math.sqrt(statistics.variance / samples.length),
    replications: samples.length,
  };
}
