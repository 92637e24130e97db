import { answerOf, type Profile, repeatableUtilisation, type Scenario, shareOfUsable } from '#core';
import { byAvailability, outcomeOf } from '../components/when-it-breaks.ts';
import type { AuditData } from './audit.ts';
import type { BeforeData } from './before-and-after.ts';
import type { CapacityData } from './capacity.ts';
import type { CoalescingData } from './coalescing.ts';
import { resolved } from './recorded.ts';
import type { RunsData } from './runs.ts';
import type { BreaksData } from './when-it-breaks.ts';

/** The few figures that the first page tells the story with. */
export interface StoryData {
  readonly target: {
    readonly name: string;
    readonly connections: number;
    readonly ratePerSecond: number;
    readonly firstLimit: string;
    readonly utilisation: number;
    readonly connectionsMost: number;
    /** At both ends of what the costs may be there. */
    readonly connectionsLow: number;
    readonly connectionsHigh: number;
  };
  /** Raw errors, nothing counted as zero. */
  readonly accuracy: {
    readonly loads: number;
    readonly metrics: readonly { readonly metric: string; readonly meanPercent: number }[];
  };
  readonly capacity: {
    readonly name: string;
    readonly ratePerSecond: number;
    readonly p99Ms: number | null;
    readonly p99MsLast: number | null;
  };
  readonly audit: { readonly claims: number; readonly consistent: number; readonly refuted: number };
  readonly before: { readonly memoryBefore: number; readonly memoryAfter: number };
  readonly breaks: readonly {
    readonly title: string;
    readonly clientsOpen: number;
    readonly clientsAsked: number;
    readonly messagesLost: number;
  }[];
  readonly coalescing: {
    readonly load: string;
    readonly single: number;
    readonly merged: number;
    readonly p99MsSingle: number;
    readonly p99MsMerged: number;
  };
}

export function storyData(parts: {
  readonly target: Scenario;
  readonly profiles: readonly Profile[];
  readonly runs: RunsData;
  readonly capacity: CapacityData;
  readonly audit: AuditData;
  readonly before: BeforeData;
  readonly breaks: BreaksData;
  readonly coalescing: CoalescingData;
}): StoryData {
  const { target, profiles, runs, capacity, audit, before, breaks, coalescing } = parts;
  const input = resolved(target, profiles);
  const answer = answerOf(input);
  const { first } = answer.limits;
  const [knee] = capacity.knees;
  const atTarget = knee.points.find(({ load }) => load >= target.workload.ratePerSecond) ?? knee.points[0];
  const [, , beforeTarget, afterTarget] = before.sides.map(
    ({ report }) => report.summary.resources.find(({ resource }) => resource === 'memory')?.utilisation ?? 0,
  );
  const [load] = coalescing.loads;
  const merged = load.points.reduce((least, one) =>
    one.microsecondsPerMessage < least.microsecondsPerMessage ? one : least,
  );
  const countOf = (verdict: string): number => audit.claims.filter((claim) => claim.verdict === verdict).length;
  return {
    target: {
      name: input.machine.name,
      connections: target.workload.connections,
      ratePerSecond: target.workload.ratePerSecond,
      firstLimit: first.resource,
      utilisation: shareOfUsable(first),
      connectionsMost: answer.connections.byMachine.load,
      connectionsLow: answer.connections.least,
      connectionsHigh: answer.connections.most,
    },
    accuracy: rawErrors(runs),
    capacity: {
      name: knee.name,
      ratePerSecond: atTarget.load,
      p99Ms: atTarget.p99Ms,
      p99MsLast: knee.points[knee.points.length - 1].p99Ms,
    },
    audit: { claims: audit.claims.length, consistent: countOf('consistent'), refuted: countOf('inconsistent') },
    before: { memoryBefore: beforeTarget, memoryAfter: afterTarget },
    breaks: breaks.breakages.map(({ title, variants }) => {
      const worst = variants.map(outcomeOf).sort(byAvailability).at(-1);
      const { clientsOpen = 0, clientsAsked = 0, messagesLost = 0 } = worst ?? {};
      return { title, clientsOpen, clientsAsked, messagesLost };
    }),
    coalescing: {
      load: load.load,
      single: load.points[0].microsecondsPerMessage,
      merged: merged.microsecondsPerMessage,
      p99MsSingle: load.points[0].p99Ms,
      p99MsMerged: merged.p99Ms,
    },
  };
}

/** Mean absolute errors over the loads that leave the machine room, as they came out: a floor decides what matters, not what is shown. */
function rawErrors({ runs, metrics }: RunsData): StoryData['accuracy'] {
  const repeatable = runs.filter(({ machineUtilisation }) => machineUtilisation < repeatableUtilisation);
  return {
    loads: repeatable.length,
    metrics: metrics.flatMap(({ metric }) => {
      const errors = repeatable
        .flatMap(({ rows }) => rows.filter((row) => row.metric === metric))
        .flatMap(({ errorPercent }) => (errorPercent === null ? [] : [Math.abs(errorPercent)]));
      if (errors.length === 0) return [];
      return [{ metric, meanPercent: errors.reduce((sum, error) => sum + error, 0) / errors.length }];
    }),
  };
}
