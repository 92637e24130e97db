import { nanosecondsPerMillisecond } from '#core';

/**
 * The only wall clock. Time is integer nanoseconds since the process started, the same on every thread: each thread's
 * monotonic clock counts from a start of its own, so the process's start is handed to the workers.
 */
export class Clock {
  readonly originMs: number;

  constructor(originMs: number = wallMs()) {
    this.originMs = originMs;
  }

  get nowNs(): number {
    return Math.round((wallMs() - this.originMs) * nanosecondsPerMillisecond);
  }
}

/** Milliseconds since 1970 with digits below the millisecond, steady while the process lives. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}
