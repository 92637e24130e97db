/**
 * Fixed pool of workers fed by one bounded queue (R45), for an event loop.
 *
 * A job is one broadcast over a slice of subscribers; a broadcast is queued whole, as as many jobs as its slices. A turn
 * of the loop runs at most `workers` jobs, so that a huge broadcast cannot freeze the loop. Broadcasts run in order.
 */
export class WorkerPool {
  readonly workers: number;
  readonly queueJobsMax: number;
  #handles: Int32Array;
  #jobs: Int32Array;
  #head = 0;
  #broadcasts = 0;
  #queuedJobs = 0;

  /**
   * @param workers jobs that one turn may run (R14, this shard's share)
   * @param queueJobsMax most queued jobs (R15, this shard's share)
   */
  constructor(workers: number, queueJobsMax: number) {
    this.workers = workers;
    this.queueJobsMax = queueJobsMax;
    this.#handles = new Int32Array(queueJobsMax);
    this.#jobs = new Int32Array(queueJobsMax);
  }

  /** Jobs that wait, those of the broadcast under way included. */
  get queuedJobs(): number {
    return this.#queuedJobs;
  }

  get queuedBroadcasts(): number {
    return this.#broadcasts;
  }

  /**
   * Queues a broadcast of `jobs` jobs; 1 or more.
   * @returns false when the queue cannot hold them. A broadcast larger than the whole queue fits an empty one.
   */
  offer(handle: number, jobs: number): boolean {
    if (this.#broadcasts > 0 && this.#queuedJobs + jobs > this.queueJobsMax) return false;
    const tail = (this.#head + this.#broadcasts) % this.queueJobsMax;
    this.#handles[tail] = handle;
    this.#jobs[tail] = jobs;
    this.#broadcasts += 1;
    this.#queuedJobs += jobs;
    return true;
  }

  /** The broadcast whose turn it is; only while `queuedBroadcasts` > 0. */
  current(): number {
    return this.#handles[this.#head];
  }

  /** Ends the current broadcast, however many of its jobs were in fact needed. */
  finishCurrent(): void {
    this.#queuedJobs -= this.#jobs[this.#head];
    this.#head = (this.#head + 1) % this.queueJobsMax;
    this.#broadcasts -= 1;
  }
}
