import { subjectOf } from './answer.ts';
import { closedForm, largestLoad } from './closed-form.ts';
import type { ResolvedScenario } from '../experiment/resolve-scenario.ts';
import { isCap, type ResourceUse, shareOfUsable } from '../experiment/run-report.ts';
import type { LoadVariation } from '../experiment/workload-shape.ts';

type Resource = ResourceUse['resource'];

/** How one resource fills up with the load. */
export interface LimitCurve {
  readonly resource: Resource;
  /** `utilisation` is of what may be used: 1 is full. */
  readonly points: readonly { readonly load: number; readonly utilisation: number }[];
  /** Largest load that the resource holds; Infinity where it does not depend on the load. */
  readonly holds: number;
}

/** Every resource of a scenario against one load, in closed form. */
export interface LimitCurves {
  /** Machine and profile. */
  readonly subject: string;
  readonly of: keyof LoadVariation;
  /** The scenario's own load. */
  readonly asked: number;
  /** The other load, which stays. */
  readonly otherwise: number;
  readonly curves: readonly LimitCurve[];
  /** The machine's resource that is full first; null where none fills up. Caps that are settings don't count. */
  readonly first: LimitCurve | null;
}

/**
 * Utilisation of every resource from no load to beyond the first limit.
 * @param most largest load shown; a quarter beyond the first limit and the scenario's own load by default
 */
export function limitCurves(input: ResolvedScenario, of: keyof LoadVariation, most?: number): LimitCurves {
  const { connections, ratePerSecond } = input.scenario.workload;
  const asked = of === 'connections' ? connections : ratePerSecond;
  const found = closedForm(input).resources.map(({ resource }) => ({
    resource,
    holds: largestLoad(input, of, resource),
  }));
  const [first] = found
    .filter(({ resource, holds }) => !isCap(resource) && holds !== Infinity)
    .sort((left, right) => left.holds - right.holds);
  const end = most ?? 1.25 * Math.max(asked, first === undefined ? 0 : Math.min(first.holds, 20 * asked));
  const steps = 60;
  const curves = found.map(({ resource, holds }) => ({
    resource,
    holds,
    points: Array.from({ length: steps }, (_, step) => {
      const load = (end * (step + 1)) / steps;
      const use = closedForm(input, { [of]: load }).resources.find((one) => one.resource === resource);
      return { load, utilisation: use === undefined ? 0 : shareOfUsable(use) };
    }),
  }));
  return {
    subject: subjectOf(input),
    of,
    asked,
    otherwise: of === 'connections' ? ratePerSecond : connections,
    curves,
    first: curves.find(({ resource }) => resource === first?.resource) ?? null,
  };
}

/** The most messages per second that one resource allows, by connections. */
export interface FeasibleBoundary {
  readonly resource: Resource;
  /** Infinity where the rate does not matter, 0 where so many connections are too many at any rate. */
  readonly points: readonly { readonly connections: number; readonly ratePerSecond: number }[];
}

/** All loads, as connections x messages per second, at which no resource is full. */
export interface FeasibleRegion {
  /** Machine and profile. */
  readonly subject: string;
  readonly asked: { readonly connections: number; readonly ratePerSecond: number };
  readonly connectionsMost: number;
  readonly ratePerSecondMost: number;
  readonly boundaries: readonly FeasibleBoundary[];
}

/** How far a region is shown; by default so far that the scenario's own load and its nearest limits are inside. */
export interface RegionExtent {
  readonly connectionsMost?: number;
  readonly ratePerSecondMost?: number;
}

export function feasibleRegion(input: ResolvedScenario, extent: RegionExtent = {}): FeasibleRegion {
  const asked = {
    connections: input.scenario.workload.connections,
    ratePerSecond: input.scenario.workload.ratePerSecond,
  };
  const resources = closedForm(input).resources.map(({ resource }) => resource);
  const least = (of: keyof LoadVariation): number =>
    Math.min(...resources.map((resource) => largestLoad(input, of, resource)).filter((load) => load > 0));
  const shown = (own: number, limit: number): number => 1.4 * Math.max(own, Math.min(limit, 10 * own));
  const connectionsMost = Math.ceil(extent.connectionsMost ?? shown(asked.connections, least('connections')));
  const ratePerSecondMost = extent.ratePerSecondMost ?? shown(asked.ratePerSecond, least('ratePerSecond'));
  const steps = 48;
  const even = Array.from({ length: steps }, (_, step) =>
    Math.max(1, Math.round((connectionsMost * (step + 1)) / steps)),
  );
  const boundaries = resources.map((resource) => {
    // At the load's own rate and at none, so that an upright boundary falls where it belongs.
    const edges = [asked.ratePerSecond, 1e-6]
      .map((ratePerSecond) => largestLoad(withLoad(input, { ratePerSecond }), 'connections', resource))
      .filter((edge) => edge > 0 && edge < connectionsMost)
      .flatMap((edge) => [edge, edge + 1]);
    const columns = [...new Set([...even, ...edges, asked.connections])].sort((left, right) => left - right);
    return {
      resource,
      points: columns.map((connections) => ({
        connections,
        ratePerSecond: largestLoad(withLoad(input, { connections }), 'ratePerSecond', resource),
      })),
    };
  });
  return { subject: subjectOf(input), asked, connectionsMost, ratePerSecondMost, boundaries };
}

/** The most that all boundaries together allow at a number of connections, between their points linearly. */
export function feasibleRate({ boundaries }: FeasibleRegion, connections: number): number {
  return Math.min(
    ...boundaries.map(({ points }) => {
      const index = points.findIndex((point) => point.connections >= connections);
      if (index === -1) return 0;
      const above = points[index];
      const below = points[index - 1];
      if (below === undefined || above.connections === connections || above.ratePerSecond === Infinity) {
        return above.ratePerSecond;
      }
      const share = (connections - below.connections) / (above.connections - below.connections);
      return below.ratePerSecond === Infinity
        ? Infinity
        : below.ratePerSecond + share * (above.ratePerSecond - below.ratePerSecond);
    }),
  );
}

const withLoad = (input: ResolvedScenario, load: LoadVariation): ResolvedScenario => ({
  ...input,
  scenario: { ...input.scenario, workload: { ...input.scenario.workload, ...load } },
});
