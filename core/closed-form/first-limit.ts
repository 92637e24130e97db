import { isCap, type ResourceUse, shareOfUsable } from '../experiment/run-report.ts';

/** Resources by demand over what may be used, largest first: what breaks first, and what next. */
export interface RankedLimits {
  readonly first: ResourceUse;
  readonly second: ResourceUse | null;
}

/**
 * Resources that limit a load, by `shareOfUsable`, the largest first: those of the machine always, a cap only where more is asked
 * than it allows. A server that is exactly as full as it was asked to be has not run into a limit.
 */
export function limitingResources(resources: readonly ResourceUse[]): ResourceUse[] {
  return resources
    .filter((use) => !isCap(use.resource) || shareOfUsable(use) > 1)
    .sort((left, right) => shareOfUsable(right) - shareOfUsable(left));
}

/** The one definition of the first limit: the longest bar. */
export function firstLimit(resources: readonly ResourceUse[]): RankedLimits {
  const [first, second] = limitingResources(resources);
  return { first, second: second ?? null };
}
