import { Worker } from 'node:worker_threads';
import { assert } from '#core';
import type { PointJob } from './point.ts';

/** A point's line, or why there is none. */
export type PointOutcome =
  | { readonly ok: true; readonly line: string }
  | { readonly ok: false; readonly message: string };

/** A worker thread that simulates one point at a time; one that dies is replaced for the next point. */
export class PointThread {
  #worker: Worker | null = null;
  #answer: ((outcome: PointOutcome) => void) | null = null;

  run(job: PointJob): Promise<PointOutcome> {
    assert(this.#answer === null, 'a thread simulates one point at a time');
    this.#worker ??= this.#start();
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#worker?.postMessage(job);
    });
  }

  /** Ends the thread, and a point in it without a result. */
  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./point-thread.ts', import.meta.url));
    worker.on('message', (outcome: PointOutcome) => this.#answered(outcome));
    worker.once('error', (error) => {
      this.#worker = null;
      this.#answered({ ok: false, message: error instanceof Error ? error.message : String(error) });
    });
    worker.once('exit', (code) => {
      if (this.#worker === worker) this.#worker = null;
      this.#answered({ ok: false, message: `the thread ended with code ${code}` });
    });
    return worker;
  }

  #answered(outcome: PointOutcome): void {
    const answer = this.#answer;
    this.#answer = null;
    answer?.(outcome);
  }
}

export interface PointSink {
  onDone(line: string, job: PointJob): void;
  onFailed(message: string, job: PointJob): void;
}

/** Simulates points on several threads, in any order of completion. An aborted signal ends it at once. */
export async function runOnThreads(
  jobs: readonly PointJob[],
  { threads, sink, signal }: { readonly threads: number; readonly sink: PointSink; readonly signal?: AbortSignal },
): Promise<void> {
  let next = 0;
  const isStopped = (): boolean => signal?.aborted === true;
  const pool = Array.from({ length: Math.min(threads, jobs.length) }, () => new PointThread());
  const closeAll = (): void => pool.forEach((thread) => void thread.close());
  signal?.addEventListener('abort', closeAll);
  try {
    await Promise.all(
      pool.map(async (thread) => {
        while (next < jobs.length && !isStopped()) {
          const job = jobs[next];
          next += 1;
          const outcome = await thread.run(job);
          if (isStopped()) return;
          if (outcome.ok) sink.onDone(outcome.line, job);
          else sink.onFailed(outcome.message, job);
        }
      }),
    );
  } finally {
    signal?.removeEventListener('abort', closeAll);
    await Promise.all(pool.map((thread) => thread.close()));
  }
}
