import type { Evidence } from './evidence.ts';
import type { Formula } from './formulas.ts';

export const verdicts = [
  'consistent',
  'rounding',
  'inconsistent',
  'ambiguous',
  'config',
  'procedure',
  'empirical',
] as const;

/**
 * What a claim turned out to be. consistent: rounds to the printed value, or the stated bound holds; rounding: cut off,
 * or rounded twice; inconsistent: contradicts another claim or its own inputs; ambiguous: depends on a choice that the
 * document leaves open; config: a setting or a criterion; procedure: a step to take; empirical: only a run can tell.
 */
export type Verdict = (typeof verdicts)[number];

/** One claim of the source document, in this project's words, and how it is judged. */
export interface Claim {
  readonly id: string;
  /** Line of the source document. */
  readonly line: number;
  readonly says: string;
  /** How `claimed` is meant; absent is "=". */
  readonly relation?: '~' | '<' | '<=' | '>' | '>=' | 'in';
  readonly claimed: number | string | readonly number[] | null;
  readonly unit: string;
  readonly verdict: Verdict;
  /** Absent: nothing to compute. */
  readonly by?: Formula;
  /** What is recomputed, where that is another quantity than the claimed one. */
  readonly recomputes?: string;
  /** Other readings, and other numbers that matter to it. */
  readonly otherwise?: readonly (readonly [string, Formula])[];
  /** The right number, or words where it is none, where the recomputed value is not it. */
  readonly right?: { readonly by: Formula; readonly unit: string } | { readonly words: string };
  readonly shownBy?: readonly Evidence[];
  /** What this project has for the setting; must be what is claimed. */
  readonly configured?: number | string | null;
  /** The value rounds to multiples of this; absent: as many digits as it is printed with. */
  readonly printedTo?: number;
  /** Whether the claim holds at the recomputed value, where relation and rounding do not say it. */
  readonly holds?: (recomputed: number) => boolean;
  readonly restates?: string;
  readonly contradicts?: string;
  readonly note?: string;
}

export interface Section {
  readonly title: string;
  readonly claims: readonly Claim[];
}
