import { parentPort } from 'node:worker_threads';
import { type PointJob, runPoint } from './point.ts';
import type { PointOutcome } from './point-threads.ts';

/** A thread that simulates one point after another. */
parentPort?.on('message', (job: PointJob) => {
  let outcome: PointOutcome;
  try {
    outcome = { ok: true, line: runPoint(job) };
  } catch (error) {
    outcome = { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(outcome);
});
