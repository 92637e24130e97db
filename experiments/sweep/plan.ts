import type { InputIssue, Profile } from '#core';
import { InputError } from '../input-error.ts';
import { readScenarioFields, refuseFleet, resolveFields, setField } from '../scenario-file.ts';
import { type CodeVersion, sha256Of } from './code-version.ts';
import { type Design, pointsOf, sizeOf } from './design.ts';
import type { PointJob } from './point.ts';

export const sweepSchemaVersion = 1;

/** What makes a sweep's results what they are; stands beside them, and must be the same to go on with them. */
export interface SweepManifest {
  readonly schemaVersion: typeof sweepSchemaVersion;
  readonly code: CodeVersion;
  readonly mode: 'cohort' | 'exact';
  readonly points: number;
  readonly design: Design;
  /** The scenario that all points share, with every default filled in. */
  readonly scenario: unknown;
  /** The runtime profiles that points use. */
  readonly profiles: readonly { readonly name: string; readonly sha256: string }[];
}

export interface SweepPlan {
  readonly manifest: SweepManifest;
  readonly jobs: readonly PointJob[];
  readonly warnings: readonly string[];
}

const issuesShownMost = 5;

export interface SweepRequest {
  readonly file: string;
  readonly overrides: readonly string[];
  readonly design: Design;
  readonly exact: boolean;
  readonly profiles: readonly Profile[];
  readonly code: CodeVersion;
}

/** Lays out a sweep and checks every point of it. @throws InputError naming the fields that are wrong, and in which points */
export function planSweep({ file, overrides, design, exact, profiles, code }: SweepRequest): SweepPlan {
  sizeOf(design);
  const base = readScenarioFields(file, overrides);
  const { resolved } = resolveFields(base, file, profiles);
  refuseFleet(resolved, file);
  const warnings = new Set<string>();
  const used = new Map<string, Profile>();
  const wrong = new Map<string, { readonly issue: InputIssue; count: number }>();
  const jobs: PointJob[] = [];
  const points = pointsOf(design);
  points.forEach((fields, index) => {
    const raw = structuredClone(base);
    for (const [path, value] of Object.entries(fields)) setField(raw, path, value);
    try {
      const point = resolveFields(raw, file, profiles);
      const { scenario, profile } = point.resolved;
      used.set(profile.name, profile);
      point.warnings.forEach((warning) => warnings.add(warning));
      jobs.push({ index, fields, scenario, profile, exact });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      for (const issue of error.issues) {
        const key = `${issue.path} ${issue.given}`;
        const known = wrong.get(key);
        if (known === undefined) wrong.set(key, { issue, count: 1 });
        else known.count += 1;
      }
    }
  });
  if (wrong.size > 0) {
    const shown = [...wrong.values()].slice(0, issuesShownMost);
    throw new InputError(
      file,
      shown.map(({ issue, count }) => ({
        ...issue,
        message: `${issue.message} (in ${count} of ${points.length} points)`,
      })),
    );
  }
  const manifest: SweepManifest = {
    schemaVersion: sweepSchemaVersion,
    code,
    mode: exact ? 'exact' : 'cohort',
    points: points.length,
    design,
    scenario: resolved.scenario,
    profiles: [...used.values()]
      .map((profile) => ({ name: profile.name, sha256: sha256Of(JSON.stringify(profile)) }))
      .sort((one, two) => (one.name < two.name ? -1 : 1)),
  };
  return { manifest, jobs, warnings: [...warnings] };
}
