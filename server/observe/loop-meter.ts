import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

const resolutionMs = 10;
const windowMs = 10_000;
const nanosecondsPerSecond = 1e9;

/** How late this thread's event loop runs what is due, over the last 10 to 20 seconds, and how long it was busy. */
export interface LoopFigures {
  readonly delayP50Seconds: number;
  readonly delayP99Seconds: number;
  readonly delayMaxSeconds: number;
  /** Since the thread began: time in which it ran something, and in which it waited. */
  readonly activeSeconds: number;
  readonly idleSeconds: number;
}

interface Window {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export class LoopMeter {
  #delay = monitorEventLoopDelay({ resolution: resolutionMs });
  #before: Window = { p50: 0, p99: 0, max: 0 };
  #timer: NodeJS.Timeout;

  constructor() {
    this.#delay.enable();
    this.#timer = setInterval(() => {
      this.#before = this.#window();
      this.#delay.reset();
    }, windowMs).unref();
  }

  read(): LoopFigures {
    const now = this.#window();
    const { active, idle } = performance.eventLoopUtilization();
    return {
      delayP50Seconds: Math.max(now.p50, this.#before.p50),
      delayP99Seconds: Math.max(now.p99, this.#before.p99),
      delayMaxSeconds: Math.max(now.max, this.#before.max),
      activeSeconds: active / 1_000,
      idleSeconds: idle / 1_000,
    };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#delay.disable();
  }

  /** The sampling timer's own interval is no delay. */
  #window(): Window {
    if (this.#delay.count === 0) return { p50: 0, p99: 0, max: 0 };
    const delay = (ns: number): number => Math.max(0, ns / nanosecondsPerSecond - resolutionMs / 1_000);
    return {
      p50: delay(this.#delay.percentile(50)),
      p99: delay(this.#delay.percentile(99)),
      max: delay(this.#delay.max),
    };
  }
}
