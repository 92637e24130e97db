import type { RunReport, Summary } from '#core';
import { evaluateThresholds, parseThreshold, type Threshold } from '../results/thresholds.ts';

/** One thing that keeps a load from holding, as a verdict gives it. */
export type Reason = NonNullable<Summary['verdict']>['reasons'][number];

/** What a load must meet: core's verdict, of which each condition that the user gives replaces the one on the same figure. */
export interface Objectives {
  readonly thresholds: readonly Threshold[];
}

/** The verdict's reasons that a condition on a figure of the report stands for. */
const reasonsOf: Readonly<Record<string, string>> = {
  'latencyMs.p99': 'p99 latency',
  drops: 'messages dropped',
  'ledger.busExpired': 'messages expired in the stream',
};
const resourcePath = /^resources\.([a-z-]+)\.utilisation$/;

/** @throws InputError for what is no condition */
export const objectivesOf = (given: readonly string[]): Objectives => ({ thresholds: given.map(parseThreshold) });

/** Why a run does not hold; empty where it does. */
export function missedBy({ thresholds }: Objectives, { summary }: Pick<RunReport, 'summary'>): Reason[] {
  const replaced = new Set(
    thresholds.map(({ path }) => {
      const resource = resourcePath.exec(path)?.[1];
      return resource === undefined ? reasonsOf[path] : `${resource} demand`;
    }),
  );
  const kept = (summary.verdict?.reasons ?? []).filter(({ what }) => !replaced.has(what));
  const missed = evaluateThresholds(thresholds, summary).filter(({ passed }) => !passed);
  return [
    ...kept,
    ...missed.map(({ threshold, found }) => ({
      what: threshold,
      found: foundText(found),
      accepted: threshold,
      sinceSeconds: null,
    })),
  ];
}

const foundText = (found: unknown): string => {
  if (found === null) return 'nothing';
  return typeof found === 'number' ? String(Number(found.toPrecision(5))) : String(found);
};

/** Whether a resource's own limit counts: not where the user gave a condition on it. */
export const judgesResource = ({ thresholds }: Objectives, resource: string): boolean =>
  thresholds.every(({ path }) => resourcePath.exec(path)?.[1] !== resource);

/** A reason in a sentence. */
export const reasonText = ({ what, found, accepted }: Reason): string =>
  what === accepted ? `${what} (found ${found})` : `${what}: ${found} (accepted: ${accepted})`;
