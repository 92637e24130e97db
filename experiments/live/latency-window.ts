import { LatencyHistogram, nanosecondsPerMillisecond } from '#core';

/** A window as it crosses the process boundary. */
export interface SerialisedLatency {
  /** What `LatencyHistogram.toArray` gave. */
  readonly histogram: readonly number[];
  readonly negative: number;
  readonly leastMs: number;
}

/**
 * Latencies since the last `reset`. One below zero is no latency: the publisher's clock is ahead of ours by at least that
 * much. It is counted apart and is not in the histogram, whose percentiles would look better by it.
 */
export class LatencyWindow {
  readonly histogram = new LatencyHistogram();
  /** Messages that arrived before they were published, by the clocks. */
  negative = 0;
  /** Least latency in ms, negative ones included; infinite before the first message. */
  leastMs = Infinity;

  record(latencyMs: number): void {
    if (latencyMs < this.leastMs) this.leastMs = latencyMs;
    if (latencyMs >= 0) this.histogram.record(Math.round(latencyMs * nanosecondsPerMillisecond));
    else this.negative += 1;
  }

  reset(): void {
    this.histogram.reset();
    this.negative = 0;
    this.leastMs = Infinity;
  }

  merge(other: LatencyWindow): void {
    this.histogram.merge(other.histogram);
    this.negative += other.negative;
    this.leastMs = Math.min(this.leastMs, other.leastMs);
  }

  serialise(): SerialisedLatency {
    return { histogram: this.histogram.toArray(), negative: this.negative, leastMs: this.leastMs };
  }

  mergeSerialised({ histogram, negative, leastMs }: SerialisedLatency): void {
    this.histogram.mergeArray(histogram);
    this.negative += negative;
    this.leastMs = Math.min(this.leastMs, leastMs);
  }
}
