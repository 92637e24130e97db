import { PerformanceObserver } from 'node:perf_hooks';

/** Garbage collections of this thread: how many, and how long its event loop stood still for them. */
export class CollectionMeter {
  pauses = 0;
  pauseMicroseconds = 0;

  constructor() {
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        this.pauses += 1;
        this.pauseMicroseconds += duration * 1_000;
      }
    }).observe({ entryTypes: ['gc'] });
  }
}
