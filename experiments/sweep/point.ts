import { z } from 'zod';
import { profileSchema, resolveScenario, scenarioSchema, summarySchema } from '#core';
import { simulate } from '#sim';

const fieldsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

/** One point to be simulated, complete in itself: a worker on another machine needs no file of ours. */
export const pointJobSchema = z.strictObject({
  index: z.number().int().min(0),
  fields: fieldsSchema,
  scenario: scenarioSchema,
  profile: profileSchema,
  /** Every connection by itself; else the scale model (`sim/cohort.ts`). */
  exact: z.boolean(),
});
export type PointJob = z.infer<typeof pointJobSchema>;

/** One point's result. */
export const sweepRowSchema = z.strictObject({
  index: z.number().int().min(0),
  /** The varied fields of the scenario, by path. */
  fields: fieldsSchema,
  summary: summarySchema,
});
export type SweepRow = z.infer<typeof sweepRowSchema>;

/** Simulates a point. @returns its row as a line of JSON: the same bytes wherever it runs */
export function runPoint({ index, fields, scenario, profile, exact }: PointJob): string {
  const resolution = resolveScenario(scenario, [profile]);
  if (!resolution.ok) throw new Error(resolution.issues.map(({ path, message }) => `${path}: ${message}`).join('; '));
  const { summary } = simulate(resolution.resolved, { scale: exact ? 1 : 'auto' });
  const row: SweepRow = { index, fields, summary };
  return JSON.stringify(row);
}

/** Reads a row's line. @returns null when it is torn or not a row */
export function parseRow(line: string): SweepRow | null {
  try {
    return sweepRowSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
