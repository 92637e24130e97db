import { describe, expect, it } from 'vitest';
import { WorkerPool } from './worker-pool.ts';

describe('WorkerPool', () => {
  it('queues broadcasts up to its jobs, and not one more', () => {
    const pool = new WorkerPool(2, 10);
    expect([pool.offer(1, 6), pool.offer(2, 4), pool.offer(3, 1)]).toEqual([true, true, false]);
    expect([pool.queuedBroadcasts, pool.queuedJobs]).toEqual([2, 10]);
  });

  it('takes a broadcast larger than the whole queue when it is empty, and only then', () => {
    const pool = new WorkerPool(2, 10);
    expect([pool.offer(1, 50), pool.offer(2, 1)]).toEqual([true, false]);
    pool.finishCurrent();
    expect(pool.offer(2, 50)).toBe(true);
  });

  it('gives broadcasts in the order in which they came, round its ring', () => {
    const pool = new WorkerPool(2, 3);
    const seen: number[] = [];
    for (let handle = 1; handle <= 8; handle += 1) {
      expect(pool.offer(handle, 1)).toBe(true);
      if (handle % 2 === 1) continue;
      while (pool.queuedBroadcasts > 0) {
        seen.push(pool.current());
        pool.finishCurrent();
      }
      expect(pool.queuedJobs).toBe(0);
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
