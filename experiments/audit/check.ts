import type { AuditedClaim } from './audit.ts';
import type { Claim } from './claim.ts';
import { sections } from './claims/index.ts';
import { expectedValues } from './expected.ts';

const relativeTolerance = 1e-6;

const claims: ReadonlyMap<string, Claim> = new Map(
  sections.flatMap((section) => section.claims.map((claim) => [claim.id, claim])),
);

/** What is wrong with the audit itself, in sentences: figures that moved, verdicts that their figures no longer bear out. */
export function problemsOf(audited: readonly AuditedClaim[]): string[] {
  return audited.flatMap((row) => [...figureProblems(row), ...verdictProblems(row)]);
}

function figureProblems({ id, formula, recomputed, otherwise, configured, claimed, verdict }: AuditedClaim): string[] {
  const problems = [];
  const known = expectedValues[id];
  if (formula !== null && known === undefined) problems.push(`${id}: has no expected value`);
  if (known !== undefined) {
    if (recomputed === null || !agree(recomputed, known.recomputed)) {
      problems.push(`${id}: recomputed ${recomputed}, expected ${known.recomputed}`);
    }
    (known.otherwise ?? []).forEach((value, index) => {
      const found = otherwise[index]?.value;
      if (typeof found !== 'number' || !agree(found, value)) {
        problems.push(`${id}: ${otherwise[index]?.what} is ${found}, expected ${value}`);
      }
    });
  }
  if (configured !== null && configured !== claimed) {
    problems.push(`${id}: this project has ${configured}, the document ${String(claimed)}`);
  }
  if (verdict === 'empirical' && recomputed === null) problems.push(`${id}: no run stands behind it`);
  return problems;
}

/** A verdict has to follow from the figures where it can: consistent ones round or hold, refuted ones do not. */
function verdictProblems(row: AuditedClaim): string[] {
  const claim = claims.get(row.id);
  if (claim === undefined || row.recomputed === null) return [];
  const holds = claimHolds(claim, row.recomputed);
  if (holds === null) return [];
  if (row.verdict === 'consistent' && !holds)
    return [`${row.id}: is called consistent, but ${row.recomputed} does not bear it out`];
  if ((row.verdict === 'inconsistent' || row.verdict === 'rounding') && holds) {
    return [`${row.id}: is called ${row.verdict}, but ${row.recomputed} bears it out`];
  }
  return [];
}

/**
 * Whether the claimed value is the recomputed one as printed, or the bound holds at it; null where they are of different
 * kinds. A claim with a bound of the same kind ("below 90 % of 12,000 = 10,800") is about the bound's own value.
 */
export function claimHolds(
  { claimed, relation, recomputes, printedTo, holds }: Claim,
  recomputed: number,
): boolean | null {
  if (holds !== undefined) return holds(recomputed);
  if (Array.isArray(claimed)) {
    return relation === 'in' ? recomputed >= claimed[0] && recomputed <= claimed[1] : null;
  }
  if (typeof claimed !== 'number') return null;
  if (recomputes === undefined) return rounds(claimed, recomputed, printedTo);
  switch (relation) {
    case '<':
      return recomputed < claimed;
    case '>':
      return recomputed > claimed;
    case '<=':
    case '>=':
      // What is recomputed is the most that is possible: neither a promised most nor a promised least may lie above it.
      return recomputed >= claimed;
    default:
      return null;
  }
}

/** Whether a number is another as printed: half a unit of its last digit apart at most. */
function rounds(printed: number, exact: number, printedTo = unitOfLastDigit(printed)): boolean {
  return Math.abs(printed - exact) <= printedTo / 2 + Math.abs(exact) * 1e-9;
}

function unitOfLastDigit(value: number): number {
  const digits = String(value).split('.')[1]?.length ?? 0;
  return 10 ** -digits;
}

const agree = (found: number, wanted: number): boolean =>
  Math.abs(found - wanted) <= relativeTolerance * Math.max(Math.abs(wanted), Number.MIN_VALUE);
