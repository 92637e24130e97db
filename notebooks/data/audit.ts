import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface AuditFigure {
  readonly what: string;
  readonly value: number | string;
  readonly unit: string;
}

/** A claim of the source document as `fanout audit --json` judges it. */
export interface AuditedClaim {
  readonly id: string;
  readonly section: string;
  readonly line: number;
  readonly says: string;
  readonly claimed: number | string | readonly number[] | null;
  readonly unit: string;
  readonly recomputed: number | null;
  /** (claimed - recomputed) / recomputed; null where that has no meaning. */
  readonly deviation: number | null;
  readonly verdict: string;
  readonly basis: string | null;
  /** Id of the claim that it cannot stand beside. */
  readonly contradicts: string | null;
  readonly right: AuditFigure | null;
  readonly note: string;
  readonly formula: string | null;
  readonly inputs: readonly (AuditFigure & { readonly name: string })[];
  readonly otherwise: readonly AuditFigure[];
  readonly shownBy: readonly (AuditFigure & { readonly kind: string; readonly command: string })[];
  readonly command: string;
}

export interface AuditData {
  readonly claims: readonly AuditedClaim[];
}

const outputBytesMost = 100_000_000;

/** Asks the project's own command: what it says is what the page shows. */
export async function auditData(): Promise<AuditData> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...process.execArgv, 'experiments/cli/main.ts', 'audit', '--json'],
    { cwd: fileURLToPath(new URL('../../', import.meta.url)), encoding: 'utf8', maxBuffer: outputBytesMost },
  );
  return { claims: JSON.parse(stdout) as AuditedClaim[] };
}
