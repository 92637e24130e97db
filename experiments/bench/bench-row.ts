/** One measured figure: the median of several runs, with the spread. */
export interface BenchRow {
  readonly name: string;
  readonly figures: readonly number[];
  readonly unit: string;
  /** What the project promises of the median; absent for what is there to compare with. */
  readonly target?: { readonly bound: 'at least' | 'at most'; readonly value: number };
}
