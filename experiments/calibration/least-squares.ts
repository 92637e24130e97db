const sweepsMax = 20_000;
const settledChange = 1e-9;

/**
 * Weighted least squares with coefficients of 0 or more, by coordinate descent (exact for this convex problem; Franc,
 * Hlavac, Navara 2005).
 *
 * @param rows counts, one row for each measured value
 * @param weights of the residuals, one for each value
 */
export function fitNonNegative(
  rows: readonly (readonly number[])[],
  values: readonly number[],
  weights: readonly number[],
): number[] {
  const size = rows[0].length;
  // Normal equations, scaled so that all columns weigh alike.
  const scales = Array.from(
    { length: size },
    (_unused, column) => Math.sqrt(rows.reduce((sum, row, index) => sum + (row[column] * weights[index]) ** 2, 0)) || 1,
  );
  const gram = scales.map((left, column) =>
    scales.map((right, other) =>
      rows.reduce((sum, row, index) => sum + (row[column] * row[other] * weights[index] ** 2) / (left * right), 0),
    ),
  );
  const target = scales.map((scale, column) =>
    rows.reduce((sum, row, index) => sum + (row[column] * values[index] * weights[index] ** 2) / scale, 0),
  );
  const solution = scales.map(() => 0);
  for (let sweep = 0; sweep < sweepsMax; sweep += 1) {
    let change = 0;
    for (let column = 0; column < size; column += 1) {
      if (gram[column][column] === 0) continue;
      let gradient = target[column];
      for (let other = 0; other < size; other += 1) gradient -= gram[column][other] * solution[other];
      const next = Math.max(0, solution[column] + gradient / gram[column][column]);
      change = Math.max(change, Math.abs(next - solution[column]));
      solution[column] = next;
    }
    if (change < settledChange * Math.max(...solution)) break;
  }
  return solution.map((value, column) => value / scales[column]);
}

/** Mean of |fitted - value| / max(value, floor). */
export function meanRelativeError(
  rows: readonly (readonly number[])[],
  values: readonly number[],
  costs: readonly number[],
  floor: number,
): number {
  const errors = rows.map((row, index) => {
    const fitted = row.reduce((sum, count, column) => sum + count * costs[column], 0);
    return Math.abs(fitted - values[index]) / Math.max(values[index], floor);
  });
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}
