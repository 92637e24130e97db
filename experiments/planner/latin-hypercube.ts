import { RandomStream } from '#sim';

/**
 * Points of a Latin hypercube in [0, 1): each input takes each of `points` equal strata exactly once, in an order of its
 * own (McKay, Beckman and Conover 1979). The same seed and names give the same points.
 */
export function latinHypercube(inputs: readonly string[], points: number, seed: number): Record<string, number>[] {
  const columns = inputs.map((input) => {
    const random = new RandomStream(seed, `latin-hypercube ${input}`, 0);
    const strata = Array.from({ length: points }, (_, index) => index);
    for (let last = points - 1; last > 0; last -= 1) {
      const other = random.uniformInteger(last + 1);
      [strata[last], strata[other]] = [strata[other], strata[last]];
    }
    return strata.map((stratum) => (stratum + random.nextUnit()) / points);
  });
  return Array.from({ length: points }, (_, point) =>
    Object.fromEntries(inputs.map((input, column) => [input, columns[column][point]])),
  );
}
