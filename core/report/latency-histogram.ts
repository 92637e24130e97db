import { nanosecondsPerMicrosecond } from '../base/units.ts';

const powersOfTwo = new Float64Array(64);
for (let shift = 0, power = 1; shift < powersOfTwo.length; shift += 1, power *= 2) powersOfTwo[shift] = power;

/** 2^7 buckets per doubling: the width of a bucket is at most 1/128 of its value. */
const subBucketBits = 7;
const subBuckets = 1 << subBucketBits;
/** 32-bit microseconds: the largest is 71 minutes, and what takes longer is counted there. */
const microsecondsMax = 4_294_967_295;
const bucketCount = (32 - subBucketBits + 1) * subBuckets;

/**
 * Log-linear histogram of latencies (as HdrHistogram does it): recorded in whole microseconds, every percentile within
 * 0.8 % (and half a microsecond) of the true value. Fixed size, no allocation per record.
 */
export class LatencyHistogram {
  #counts = new Float64Array(bucketCount);
  #count = 0;
  #sumMicroseconds = 0;
  #maxMicroseconds = 0;

  record(latencyNs: number): void {
    this.recordMany(latencyNs, 1);
  }

  /** So many messages of one latency. */
  recordMany(latencyNs: number, count: number): void {
    const microseconds = Math.min(microsecondsMax, Math.max(0, Math.round(latencyNs / nanosecondsPerMicrosecond)));
    this.#counts[bucketOf(microseconds)] += count;
    this.#count += count;
    this.#sumMicroseconds += microseconds * count;
    if (microseconds > this.#maxMicroseconds) this.#maxMicroseconds = microseconds;
  }

  /** Messages recorded. */
  get count(): number {
    return this.#count;
  }
  /** Mean in milliseconds; 0 when empty, as are the others: ask `count` first. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sumMicroseconds / this.#count / 1_000;
  }
  /** Largest in milliseconds, exact to the microsecond. */
  get max(): number {
    return this.#maxMicroseconds / 1_000;
  }

  /** @param percent 0 to 100. @returns milliseconds: the middle of the bucket that holds that rank; 0 when empty. */
  percentile(percent: number): number {
    if (this.#count === 0) return 0;
    const rank = Math.max(1, Math.ceil((percent / 100) * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < bucketCount; bucket += 1) {
      seen += this.#counts[bucket];
      if (seen >= rank) return Math.min(middleOf(bucket), this.#maxMicroseconds) / 1_000;
    }
    return this.max;
  }

  merge(other: LatencyHistogram): void {
    for (let bucket = 0; bucket < bucketCount; bucket += 1) this.#counts[bucket] += other.#counts[bucket];
    this.#count += other.#count;
    this.#sumMicroseconds += other.#sumMicroseconds;
    this.#maxMicroseconds = Math.max(this.#maxMicroseconds, other.#maxMicroseconds);
  }

  reset(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#sumMicroseconds = 0;
    this.#maxMicroseconds = 0;
  }

  /** Compact form for another process: [sum, max, bucket, count, bucket, count, ...]. */
  toArray(): number[] {
    const array = [this.#sumMicroseconds, this.#maxMicroseconds];
    for (let bucket = 0; bucket < bucketCount; bucket += 1) {
      if (this.#counts[bucket] > 0) array.push(bucket, this.#counts[bucket]);
    }
    return array;
  }

  /** Adds what `toArray` gave elsewhere. */
  mergeArray(array: readonly number[]): void {
    this.#sumMicroseconds += array[0];
    this.#maxMicroseconds = Math.max(this.#maxMicroseconds, array[1]);
    for (let index = 2; index < array.length; index += 2) {
      this.#counts[array[index]] += array[index + 1];
      this.#count += array[index + 1];
    }
  }
}

function bucketOf(microseconds: number): number {
  if (microseconds < subBuckets) return microseconds;
  const shift = 32 - Math.clz32(microseconds) - (subBucketBits + 1);
  return (shift + 1) * subBuckets + ((microseconds >>> shift) - subBuckets);
}

function middleOf(bucket: number): number {
  if (bucket < subBuckets) return bucket;
  const shift = Math.floor(bucket / subBuckets) - 1;
  const width = powersOfTwo[shift];
  return (subBuckets + (bucket % subBuckets)) * width + (width - 1) / 2;
}
