import { type Claim, type Verdict } from './claim.ts';
import type { Evidence } from './evidence.ts';
import type { Formula } from './formulas.ts';
import { inputs, recordingInputs, type InputName } from './inputs.ts';
import type { Lab } from './lab.ts';
import { sections } from './claims/index.ts';

export type Basis = 'closed form' | Evidence['kind'];

export interface Figure {
  readonly what: string;
  readonly value: number | string;
  readonly unit: string;
}

/** A claim with all that was found out about it; the rows of `audit --json`. */
export interface AuditedClaim {
  readonly id: string;
  readonly section: string;
  readonly line: number;
  readonly says: string;
  readonly relation: string;
  readonly claimed: Claim['claimed'];
  readonly unit: string;
  /** null: there is nothing to compute. */
  readonly recomputed: number | null;
  /** What was recomputed, where that is not the claimed quantity; then there is no deviation. */
  readonly recomputes: string | null;
  /** (claimed - recomputed) / recomputed. */
  readonly deviation: number | null;
  readonly verdict: Verdict;
  readonly basis: Basis | null;
  readonly contradicts: string | null;
  readonly right: Figure | null;
  readonly note: string;
  readonly restates: string | null;
  readonly formula: string | null;
  readonly inputs: readonly (Figure & { readonly name: string })[];
  readonly otherwise: readonly Figure[];
  readonly shownBy: readonly (Figure & { readonly kind: Evidence['kind']; readonly command: string })[];
  /** What this project has for the setting. */
  readonly configured: number | string | null;
  readonly command: string;
}

/** Every claim of the source document, recomputed. Deterministic: the same code gives the same figures. */
export function auditClaims(lab: Lab, wanted: (claim: Claim, section: string) => boolean = () => true): AuditedClaim[] {
  return sections.flatMap(({ title, claims }) =>
    claims.filter((claim) => wanted(claim, title)).map((claim) => audited(claim, title, lab)),
  );
}

function audited(claim: Claim, section: string, lab: Lab): AuditedClaim {
  const given = recordingInputs();
  const recompute = ({ of, alsoReads }: Formula): number => {
    const value = tidy(of(given.values));
    for (const name of alsoReads) void given.values[name];
    return value;
  };
  const { by, verdict, unit } = claim;
  const byFormula = by === undefined ? null : recompute(by);
  const otherwise = (claim.otherwise ?? []).map(([what, formula]) => ({ what, value: recompute(formula), unit: '' }));
  const read = [...given.read];
  const shownBy = (claim.shownBy ?? []).map(({ of, kind, what, unit: ofUnit, command }) => ({
    kind,
    what,
    value: tidy(of(lab)),
    unit: ofUnit,
    command: command === '' ? `audit --id ${claim.id}` : command,
  }));
  // Where there is no formula, what a run gave stands in for it.
  const first = by === undefined && claim.recomputes !== undefined ? shownBy[0]?.value : undefined;
  const recomputed = byFormula ?? (typeof first === 'number' ? first : null);
  return {
    id: claim.id,
    section,
    line: claim.line,
    says: claim.says,
    relation: claim.relation ?? '=',
    claimed: claim.claimed,
    unit,
    recomputed,
    recomputes: claim.recomputes ?? null,
    deviation: deviationOf(claim, recomputed),
    verdict,
    basis: basisOf(verdict, byFormula, shownBy[0]?.kind),
    contradicts: claim.contradicts ?? null,
    right: rightOf(claim, recomputed, recompute),
    note: claim.note ?? '',
    restates: claim.restates ?? null,
    formula: by?.words ?? null,
    inputs: read.map((name: InputName) => ({
      name,
      what: inputs[name].meaning,
      value: inputs[name].value,
      unit: inputs[name].unit,
    })),
    otherwise,
    shownBy,
    configured: claim.configured ?? null,
    command: `audit --id ${claim.id}`,
  };
}

function basisOf(verdict: Verdict, byFormula: number | null, kind: Evidence['kind'] | undefined): Basis | null {
  if (kind !== undefined && (verdict === 'empirical' || byFormula === null)) return kind;
  return byFormula === null ? null : 'closed form';
}

function deviationOf({ claimed, recomputes }: Claim, recomputed: number | null): number | null {
  if (typeof claimed !== 'number' || recomputed === null || recomputed === 0 || recomputes !== undefined) return null;
  return tidy((claimed - recomputed) / recomputed);
}

/** The number that should stand in the document instead; only for what is wrong. */
function rightOf(
  { verdict, right, unit, recomputes }: Claim,
  recomputed: number | null,
  recompute: (by: Formula) => number,
): Figure | null {
  if (verdict !== 'inconsistent' && verdict !== 'rounding') return null;
  if (right !== undefined && 'words' in right) return { what: '', value: right.words, unit: '' };
  if (right !== undefined) return { what: right.by.words, value: recompute(right.by), unit: right.unit };
  return recomputed === null
    ? null
    : { what: recomputes ?? '', value: recomputed, unit: recomputes === undefined ? unit : '' };
}

/** Without the last digits of binary fractions: 0.1 instead of 0.10000000000000009. */
function tidy<T extends number | string>(value: T): T {
  return (typeof value === 'number' && Number.isFinite(value) ? Number(value.toPrecision(12)) : value) as T;
}
