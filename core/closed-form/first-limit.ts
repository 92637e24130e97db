import type { ResourceUse } from '../experiment/run-report.ts';

/** Resources by demand over limit, largest first: what breaks first, and what next. */
export interface RankedLimits {
  readonly first: ResourceUse;
  readonly second: ResourceUse | null;
}

/**
 * Ranks resources by utilisation. The connection cap does not count while the demand stays within it: a server that is
 * exactly as full as it was asked to be has not run into a limit.
 */
export function firstLimit(resources: readonly ResourceUse[]): RankedLimits {
  const ranked = resources
    .filter(({ resource, utilisation }) => resource !== 'connections' || utilisation > 1)
    .sort((left, right) => right.utilisation - left.utilisation);
  return { first: ranked[0], second: ranked[1] ?? null };
}
