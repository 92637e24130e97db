import { assert } from '../base/assert.ts';
import { powerOf } from '../base/exact-math.ts';

/**
 * Popularity of channels after Zipf (1949): channel k, counted from 0, has a weight of 1 / (k + 1)^s. An exponent of 0 makes
 * all channels equal; the web's and chat rooms' lie near 1 (Breslau et al. 1999 found 0.64 to 0.83 for pages).
 *
 * Nothing is drawn: member n of a row takes its place on a sequence of the golden ratio, so that every first n messages, or
 * clients, have each channel's share as nearly as whole numbers can, whatever n is, and in a scale model too.
 */
export class ChannelPopularity {
  /** Share of the whole up to and with each channel. */
  #cumulative: Float64Array;
  #weights: Float64Array;
  /** Cumulative inclusion, by the number of channels that a client takes. */
  #inclusions = new Map<number, Float64Array>();

  constructor(channels: number, exponent: number) {
    this.#weights = new Float64Array(channels);
    this.#cumulative = new Float64Array(channels);
    let total = 0;
    for (let channel = 0; channel < channels; channel += 1) {
      this.#weights[channel] = 1 / powerOf(channel + 1, exponent);
      total += this.#weights[channel];
    }
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) {
      this.#weights[channel] /= total;
      sum += this.#weights[channel];
      this.#cumulative[channel] = sum;
    }
  }

  /** Share of all messages that a channel gets. */
  shareOf(channel: number): number {
    return this.#weights[channel];
  }

  /** Channel of member `index` of the row. */
  channelOf(index: number): number {
    return firstAbove(this.#cumulative, spread(index, goldenStep));
  }

  /**
   * Channel number `offset`, from 0, of `count` different ones that client `client` takes: systematic sampling with unequal
   * probabilities (Madow 1949). A channel so popular that everybody would take it more than once is taken by everybody.
   */
  chosenChannel(client: number, offset: number, count: number): number {
    return firstAbove(this.#inclusionOf(count), spread(client, plasticStep) + offset);
  }

  /** Share of the clients that take a channel, of those that take `count`. */
  inclusionOf(channel: number, count: number): number {
    const cumulative = this.#inclusionOf(count);
    return cumulative[channel] - (channel === 0 ? 0 : cumulative[channel - 1]);
  }

  #inclusionOf(count: number): Float64Array {
    const known = this.#inclusions.get(count);
    if (known !== undefined) return known;
    const channels = this.#weights.length;
    assert(count <= channels, () => `${count} different channels of ${channels}`);
    const cumulative = new Float64Array(channels);
    // Weights fall, so those that everybody takes come first.
    let certain = 0;
    let rest = 1;
    while (certain < count && (count - certain) * this.#weights[certain] >= rest * (1 - 1e-12)) {
      rest -= this.#weights[certain];
      certain += 1;
      cumulative[certain - 1] = certain;
    }
    let restSum = 0;
    for (let channel = certain; channel < channels; channel += 1) restSum += this.#weights[channel];
    let sum = 0;
    for (let channel = certain; channel < channels; channel += 1) {
      sum += this.#weights[channel];
      cumulative[channel] = certain + ((count - certain) * sum) / restSum;
    }
    this.#inclusions.set(count, cumulative);
    return cumulative;
  }
}

/** 2^32 / golden ratio (Knuth, TAOCP 3, 6.4), and 2^32 / plastic number (Roberts 2018), which keeps out of its step. */
export const goldenStep = 2_654_435_769;
export const plasticStep = 3_242_174_889;
/** 2^32 / plastic number squared: a third row. */
export const plasticSquareStep = 2_447_445_413;

/** Place of member `index` of a row in [0, 1): every first n are spread evenly over it (Weyl 1916), on every engine the same. */
export function spread(index: number, step: number): number {
  return (Math.imul(index + 1, step) >>> 0) / 4_294_967_296;
}

/** Index of the first entry above `value`; the last where rounding leaves none. */
export function firstAbove(ascending: Float64Array, value: number): number {
  let below = 0;
  let above = ascending.length - 1;
  while (below < above) {
    const middle = (below + above) >> 1;
    if (ascending[middle] > value) above = middle;
    else below = middle + 1;
  }
  return below;
}
