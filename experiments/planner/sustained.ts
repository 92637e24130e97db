import {
  closedForm,
  connectionsAsked,
  limitingResources,
  type ResolvedScenario,
  shareOfUsable,
  type Summary,
} from '#core';
import { simulate } from '#sim';
import { judgesResource, missedBy, type Objectives, type Reason } from './objectives.ts';

/** What a test of a load found. */
export interface SustainedTest {
  readonly holds: boolean;
  /** Why not; empty where it holds. */
  readonly reasons: readonly Reason[];
  /** Simulated seconds; 0 where the closed form already says that a resource is asked for more than it has. */
  readonly seconds: number;
  /** null where nothing had to be simulated. */
  readonly summary: Summary | null;
}

/** A steady load is verified for half an hour, as the source document's capacity test runs. */
const steadySeconds = 1_800;
/** Long enough for a queue that builds up to show in most steps of a search; what it misses the long run finds. */
const stepSecondsMin = 60;
const stepSecondsMax = 120;

/** Nothing in it happens at a time of its own, so that any part of it is like any other. */
export const isSteady = ({ scenario }: ResolvedScenario): boolean =>
  scenario.faults.length === 0 && scenario.workload.rateCurve === undefined;

/** Seconds of a search's steps: the scenario's own, from one to two minutes; one with faults or a curve is never cut. */
export function secondsOfStep(input: ResolvedScenario): number {
  const { durationSeconds, warmUpSeconds } = input.scenario.workload;
  if (!isSteady(input)) return durationSeconds;
  return Math.max(Math.min(Math.max(durationSeconds, stepSecondsMin), stepSecondsMax), 2 * warmUpSeconds);
}

/** Seconds of the final test: never less than the scenario's own. */
export function secondsOfProof(input: ResolvedScenario, seconds: number = steadySeconds): number {
  const { durationSeconds } = input.scenario.workload;
  return isSteady(input) ? Math.max(seconds, durationSeconds) : durationSeconds;
}

export const withSeconds = (input: ResolvedScenario, durationSeconds: number): ResolvedScenario => ({
  ...input,
  scenario: { ...input.scenario, workload: { ...input.scenario.workload, durationSeconds } },
});

/** Resources that are asked for more than may be used: such a load holds for no longer than its queues have room. */
export function overloaded(input: ResolvedScenario, objectives: Objectives): Reason[] {
  const connections = connectionsAsked(input.scenario);
  return limitingResources(closedForm(input, { connections }).resources)
    .filter((use) => shareOfUsable(use) > 1 && judgesResource(objectives, use.resource))
    .map(({ resource, utilisation, limit, usable = limit }) => ({
      what: `${resource} demand`,
      found: `${(utilisation * 100).toFixed(1)} % of its limit`,
      accepted: `at most ${((usable / limit) * 100).toFixed(0)} %`,
      sinceSeconds: null,
    }));
}

/**
 * The one test of `capacity` and `advise`: a load is sustained when core's verdict on a run of the scale model holds, with the
 * scenario's own faults. What the closed form refutes is not simulated, because the verdict would say the same.
 */
export function sustains(input: ResolvedScenario, seconds: number, objectives: Objectives): SustainedTest {
  const reasons = overloaded(input, objectives);
  if (reasons.length > 0) return { holds: false, reasons, seconds: 0, summary: null };
  return simulated(input, seconds, objectives);
}

/** The same by simulation in any case, for its figures. */
export function simulated(input: ResolvedScenario, seconds: number, objectives: Objectives): SustainedTest {
  const report = simulate(withSeconds(input, seconds), { scale: 'auto' });
  const reasons = missedBy(objectives, report);
  return { holds: reasons.length === 0, reasons, seconds, summary: report.summary };
}

/** Distance at which two loads count as the same: half a percent, in round numbers. */
export function grainOf(load: number, of: 'connections' | 'ratePerSecond'): number {
  const least = of === 'connections' ? 1 : 0.001;
  let grain = least;
  for (let power = least; power <= load; power *= 10) {
    for (const step of [1, 2, 5]) if (step * power <= load * 0.005) grain = step * power;
  }
  return Number(grain.toPrecision(3));
}

/** The largest multiple of the grain that does not exceed the load, without digits of noise. */
export function roundedDown(load: number, of: 'connections' | 'ratePerSecond'): number {
  const grain = grainOf(load, of);
  return Number((Math.floor(load / grain + 1e-9) * grain).toPrecision(12));
}
