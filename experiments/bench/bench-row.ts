/** One measured figure: the median of several runs, with the spread. */
export interface BenchRow {
  readonly name: string;
  readonly figures: readonly number[];
  readonly unit: string;
}
