import { channelName, Channels, encodeMessage, MessageSizes, type Workload } from '#core';
import { RandomStream } from '#sim';

/** Room for the digits of sequence and time, which differ from message to message. */
const spareBytes = 24;
/** How long it publishes without giving the event loop back. */
const turnMs = 5;
/** Lateness that is still made up for. A rate that cannot be reached does not pile up. */
const latenessMsMax = 1_000;

export interface PublisherOptions {
  readonly ratePerSecond: number;
  readonly arrivals: Workload['arrivals'];
  readonly seed: number;
  /** Channel of message n, from 0, and its payload on the wire. */
  readonly channelOf: (message: number) => string;
  readonly bytesOf: (message: number) => number;
  readonly publish: (channel: string, dataJson: string, publishedAtMs: number) => void;
  /** Whether the receiving side takes more now; what it has not confirmed is kept in memory. */
  readonly hasRoom?: () => boolean;
}

/**
 * Publishes at a rate on an absolute timetable: a late timer is made up for, so the mean rate is exact.
 *
 * A rate that this machine or the receiving side cannot carry neither blocks the event loop nor fills the memory: it
 * publishes in turns of 5 ms, waits while the receiving side has no room, and gives up what is more than a second late
 * (`skipped`).
 */
export class Publisher {
  published = 0;
  /** Messages of the timetable that were given up, because they were due more than a second before. */
  skipped = 0;
  #options: PublisherOptions;
  #random: RandomStream;
  #timer: NodeJS.Timeout | null = null;
  #immediate: NodeJS.Immediate | null = null;
  #nextAtMs = 0;
  #rateFactor = 1;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#random = new RandomStream(options.seed, 'publish', 0);
  }

  start(): void {
    this.#nextAtMs = performance.now();
    this.#run();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    this.#timer = null;
    this.#immediate = null;
  }

  set rateFactor(factor: number) {
    this.#rateFactor = factor;
  }

  #run(): void {
    const turnEndMs = performance.now() + turnMs;
    let nowMs = performance.now();
    let hasRoom = true;
    while (this.#nextAtMs <= nowMs && nowMs < turnEndMs) {
      hasRoom = this.#options.hasRoom?.() ?? true;
      if (!hasRoom) break;
      this.#publishOne();
      nowMs = performance.now();
    }
    this.#giveUpBefore(nowMs - latenessMsMax);
    const waitMs = hasRoom ? this.#nextAtMs - nowMs : Math.max(1, this.#nextAtMs - nowMs);
    if (waitMs > 0) this.#timer = setTimeout(() => this.#run(), waitMs);
    else this.#immediate = setImmediate(() => this.#run());
  }

  #publishOne(): void {
    const { channelOf, bytesOf, publish } = this.#options;
    const channel = channelOf(this.published);
    const sizeBytes = bytesOf(this.published);
    this.published += 1;
    const publishedAtMs = performance.timeOrigin + performance.now();
    publish(channel, paddedData(channel, this.published, publishedAtMs, sizeBytes), publishedAtMs);
    this.#nextAtMs += this.#gapMs();
  }

  #giveUpBefore(earliestMs: number): void {
    if (this.#nextAtMs >= earliestMs) return;
    const meanGapMs = 1_000 / (this.#options.ratePerSecond * this.#rateFactor);
    this.skipped += Math.floor((earliestMs - this.#nextAtMs) / meanGapMs);
    this.#nextAtMs = earliestMs;
  }

  #gapMs(): number {
    const gapMs = 1_000 / (this.#options.ratePerSecond * this.#rateFactor);
    return this.#options.arrivals === 'poisson' ? this.#random.exponential(gapMs) : gapMs;
  }
}

/** What of a workload decides the stream of messages, as a publisher wants it. */
export const streamOf = (
  workload: Workload,
): Pick<PublisherOptions, 'ratePerSecond' | 'arrivals' | 'channelOf' | 'bytesOf'> => {
  const channels = new Channels(workload);
  const sizes = new MessageSizes(workload);
  return {
    ratePerSecond: workload.ratePerSecond,
    arrivals: workload.arrivals,
    channelOf: (message) => channelName(channels.published(message)),
    bytesOf: (message) => sizes.of(message),
  };
};

/** JSON text that brings the whole message frame to the wanted payload size, whatever the digits of its numbers. */
function paddedData(channel: string, sequence: number, publishedAtMs: number, messageBytes: number): string {
  const bare = encodeMessage(channel, sequence, publishedAtMs, '""').length;
  return `"${'x'.repeat(Math.max(0, messageBytes - bare))}"`;
}

/** Smallest payload that a message frame of this channel can have. */
export const messageBytesMin = (channel: string): number => encodeMessage(channel, 1, 0, '""').length + spareBytes;
