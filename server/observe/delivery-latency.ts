import { type Frame, nanosecondsPerMillisecond } from '#core';

/** Upper bounds of the buckets, milliseconds; the objectives that predictions are about lie between them. */
export const latencyBoundsMs: readonly number[] = [
  1, 2, 5, 10, 20, 35, 50, 75, 100, 150, 200, 300, 500, 1_000, 2_500, 5_000, 10_000,
];
const lastBoundMs = latencyBoundsMs[latencyBoundsMs.length - 1];

/** Bucket by whole milliseconds, so that recording a delivery is a subtraction and two array accesses. */
const bucketOf = new Uint8Array(lastBoundMs + 1);
for (let ms = 0, bucket = 0; ms <= lastBoundMs; ms += 1) {
  if (ms > latencyBoundsMs[bucket]) bucket += 1;
  bucketOf[ms] = bucket;
}

/** Running totals of a histogram: deliveries by bucket, the last one above every bound, and the sum. */
export interface LatencyTotals {
  readonly buckets: readonly number[];
  readonly sumSeconds: number;
  /** Deliveries before their time of publishing: a publisher's clock is ahead. They are in no bucket. */
  readonly ahead: number;
}

/** From the publisher's time of a message to the socket write that carries it, for every delivery. */
export class DeliveryLatency {
  #buckets = new Float64Array(latencyBoundsMs.length + 1);
  #sumNs = 0;
  #ahead = 0;

  /** @param from first and `to` one beyond the last frame that is no control frame and no replay */
  record(frames: readonly Frame[], from: number, to: number, nowNs: number): void {
    for (let index = from; index < to; index += 1) {
      const ns = nowNs - frames[index].publishedAtNs;
      if (ns < 0) {
        this.#ahead += 1;
        continue;
      }
      const ms = Math.ceil(ns / nanosecondsPerMillisecond);
      this.#buckets[ms > lastBoundMs ? latencyBoundsMs.length : bucketOf[ms]] += 1;
      this.#sumNs += ns;
    }
  }

  get totals(): LatencyTotals {
    return { buckets: [...this.#buckets], sumSeconds: this.#sumNs / 1e9, ahead: this.#ahead };
  }
}
