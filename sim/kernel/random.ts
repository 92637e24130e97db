import { naturalLogarithm } from '#core';

const twoTo32 = 4_294_967_296;
const twoTo53 = 9_007_199_254_740_992;

/**
 * A random stream of its own for each (seed, component, replication): xoshiro128** 1.1 (Blackman and Vigna 2018),
 * its 128-bit state filled from a hash of the three. Components that draw from their own streams share random numbers
 * between scenarios, whatever else changes. Only integer and IEEE basic arithmetic: the same numbers on every engine.
 */
export class RandomStream {
  #state0: number;
  #state1: number;
  #state2: number;
  #state3: number;

  constructor(seed: number, component: string, replication: number) {
    let hash = (seed ^ 0x9e3779b9) >>> 0;
    for (let index = 0; index < component.length; index += 1) hash = mix(hash ^ component.charCodeAt(index));
    hash = mix(hash ^ (replication >>> 0));
    // Signed, so that engines keep the state as integers from the first to the last draw.
    this.#state0 = mix(hash + 1) | 0;
    this.#state1 = mix(this.#state0 ^ (hash + 2)) | 0;
    this.#state2 = mix(this.#state1 ^ (hash + 3)) | 0;
    // The state must not be all zero.
    this.#state3 = mix(this.#state2 ^ (hash + 4)) | 1;
  }

  /** Uniform integer in [0, 2^32). */
  nextUint32(): number {
    const product = Math.imul(this.#state1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = this.#state1 << 9;
    this.#state2 ^= this.#state0;
    this.#state3 ^= this.#state1;
    this.#state1 ^= this.#state2;
    this.#state0 ^= this.#state3;
    this.#state2 ^= shifted;
    this.#state3 = (this.#state3 << 11) | (this.#state3 >>> 21);
    return result;
  }

  /** Uniform in [0, 1) with 53 random bits. */
  nextUnit(): number {
    return ((this.nextUint32() >>> 5) * 67_108_864 + (this.nextUint32() >>> 6)) / twoTo53;
  }

  /** Uniform integer in [0, n), without bias: values beyond the last whole multiple of n are drawn again. */
  uniformInteger(n: number): number {
    const limit = twoTo32 - (twoTo32 % n);
    let value = this.nextUint32();
    while (value >= limit) value = this.nextUint32();
    return value % n;
  }

  /** Exponentially distributed with the given mean, by inversion. */
  exponential(mean: number): number {
    // 1 - u lies in (0, 1], so the logarithm is finite.
    return -mean * naturalLogarithm(1 - this.nextUnit());
  }
}

/** Finaliser of MurmurHash3 (Appleby): every input bit changes every output bit with probability near one half. */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
