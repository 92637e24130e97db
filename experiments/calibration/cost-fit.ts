import { intervalConfidence, type RunReport } from '#core';
import { RandomStream } from '#sim';
import { fitNonNegative, meanRelativeError } from './least-squares.ts';

const bootstraps = 200;

/** A measured figure as a sum of counts x costs. */
export interface CostModel {
  readonly name: string;
  /** What each count counts, and so what each cost is the cost of. */
  readonly costs: readonly string[];
  readonly counts: (report: RunReport) => readonly number[];
  readonly value: (report: RunReport) => number;
  /** Values below it are noise, and weigh no more than it does. */
  readonly floor: number;
}

export interface CostEstimate {
  readonly cost: string;
  readonly value: number;
  /** Between them lie 90 % of the refits to resampled runs. */
  readonly low: number;
  readonly high: number;
}

export interface CostFit {
  readonly name: string;
  readonly estimates: readonly CostEstimate[];
  /** Mean of |fitted - measured| / measured over the runs. */
  readonly meanError: number;
}

/** Non-negative least squares with relative weights, and the spread of refits to resampled runs (bootstrap, Efron 1979). */
export function fitCosts(model: CostModel, reports: readonly RunReport[]): CostFit {
  const rows = reports.map(model.counts);
  const values = reports.map(model.value);
  const fit = (chosen: readonly number[]): readonly number[] =>
    fitNonNegative(
      chosen.map((index) => rows[index]),
      chosen.map((index) => values[index]),
      chosen.map((index) => 1 / Math.max(values[index], model.floor)),
    );
  const best = fit(reports.map((_report, index) => index));
  const random = new RandomStream(1, model.name, 0);
  const refits = Array.from({ length: bootstraps }, () =>
    fit(reports.map(() => random.uniformInteger(reports.length))),
  );
  const edge = Math.floor((bootstraps * (1 - intervalConfidence)) / 2);
  return {
    name: model.name,
    estimates: model.costs.map((cost, index) => {
      const sorted = refits.map((costs) => costs[index]).sort((left, right) => left - right);
      return { cost, value: best[index], low: sorted[edge], high: sorted[bootstraps - 1 - edge] };
    }),
    meanError: meanRelativeError(rows, values, best, model.floor),
  };
}
