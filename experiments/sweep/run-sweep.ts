import { offeredRates } from '#core';
import { cohortScale } from '#sim';
import type { PointJob, SweepRow } from './point.ts';
import { runOnThreads } from './point-threads.ts';
import { Progress, type ProgressTarget } from './progress.ts';
import type { SweepPlan } from './plan.ts';
import type { SweepFolder } from './sweep-folder.ts';

export interface SweepResult {
  readonly rows: readonly SweepRow[];
  readonly failures: readonly { readonly index: number; readonly message: string }[];
  readonly stopped: boolean;
}

/** How the points that are missing get done; tells the sink about each. */
export type RunPoints = (
  jobs: readonly PointJob[],
  sink: {
    onDone(line: string, job: PointJob): void;
    onFailed(message: string, job: PointJob): void;
    /** Something that the person who waits should know. */
    onNote(message: string): void;
  },
  signal: AbortSignal,
) => Promise<void>;

/** On this machine, a point a thread. */
export const onThreads =
  (threads: number): RunPoints =>
  (jobs, sink, signal) =>
    runOnThreads(jobs, { threads, sink, signal });

/** Does what a sweep's folder does not have yet, and puts the results in order. */
export async function runSweep(
  { jobs }: SweepPlan,
  folder: SweepFolder,
  {
    run,
    progress: target,
    signal,
  }: { readonly run: RunPoints; readonly progress: ProgressTarget; readonly signal: AbortSignal },
): Promise<SweepResult> {
  const missing = jobs.filter(({ index }) => !folder.has(index));
  const weightLeft = missing.reduce((sum, job) => sum + weightOf(job), 0);
  const progress = new Progress(target, { total: jobs.length, done: folder.done, weightLeft });
  if (folder.done > 0) progress.note(`going on: ${folder.done} of ${jobs.length} points are there`);
  const failures: { index: number; message: string }[] = [];
  if (missing.length > 0) {
    await run(
      missing,
      {
        onDone: (line, job) => {
          if (folder.add(job.index, line)) progress.advanced(weightOf(job));
          else if (folder.lineOf(job.index) !== line)
            progress.note(`warning: point ${job.index} came twice, with different results: not all ran the same code`);
        },
        onFailed: (message, { index, fields }) => {
          failures.push({ index, message });
          progress.note(`point ${index} (${JSON.stringify(fields)}) failed: ${message}`);
        },
        onNote: (message) => progress.note(message),
      },
      signal,
    );
    progress.end();
  }
  return { rows: signal.aborted ? [] : folder.finish(), failures, stopped: signal.aborted };
}

/** What simulating a point takes, in no unit: its deliveries, and what a second takes without any. */
function weightOf({ scenario, exact }: PointJob): number {
  const { connections, durationSeconds } = scenario.workload;
  const simulated = exact ? connections : connections / cohortScale(connections);
  return simulated * durationSeconds * (1 + offeredRates(scenario.workload).deliveriesPerClientPerSecond);
}
