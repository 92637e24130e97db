import { median } from 'simple-statistics';

const timers = 200;
const delayMs = 5;

/**
 * How late timers of whole milliseconds fire on this machine, at the median, in nanoseconds: Node rounds up to its next
 * millisecond, the kernel adds its slack and the wake-up.
 */
export async function measureTimerSlackNs(): Promise<number> {
  const lateMs: number[] = [];
  for (let count = 0; count < timers; count += 1) {
    const startMs = performance.now();
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    lateMs.push(performance.now() - startMs - delayMs);
  }
  return Math.round(Math.max(0, median(lateMs)) * 1e6);
}
