import { channelName, Channels, encodeMessage, MessageSizes, type Workload } from '#core';
import { RandomStream } from '#sim';

/** Publishes at a rate on an absolute timetable: a late timer is made up for, so the mean rate is exact. */
export class Publisher {
  published = 0;
  #workload: Workload;
  #channels: Channels;
  #sizes: MessageSizes;
  #random: RandomStream;
  #publish: (channel: string, dataJson: string, publishedAtMs: number) => void;
  #timer: NodeJS.Timeout | null = null;
  #nextAtMs = 0;
  #rateFactor = 1;

  constructor(
    workload: Workload,
    seed: number,
    publish: (channel: string, dataJson: string, publishedAtMs: number) => void,
  ) {
    this.#workload = workload;
    this.#channels = new Channels(workload);
    this.#sizes = new MessageSizes(workload);
    this.#random = new RandomStream(seed, 'publish', 0);
    this.#publish = publish;
  }

  start(): void {
    this.#nextAtMs = performance.now();
    this.#run();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  set rateFactor(factor: number) {
    this.#rateFactor = factor;
  }

  #run(): void {
    while (this.#nextAtMs <= performance.now()) {
      const channel = channelName(this.#channels.published(this.published));
      const sizeBytes = this.#sizes.of(this.published);
      this.published += 1;
      const publishedAtMs = performance.timeOrigin + performance.now();
      this.#publish(channel, paddedData(channel, this.published, publishedAtMs, sizeBytes), publishedAtMs);
      const gapMs = 1_000 / (this.#workload.ratePerSecond * this.#rateFactor);
      this.#nextAtMs += this.#workload.arrivals === 'poisson' ? this.#random.exponential(gapMs) : gapMs;
    }
    this.#timer = setTimeout(() => this.#run(), Math.max(0, this.#nextAtMs - performance.now()));
  }
}

/** JSON text that brings the whole message frame to the wanted payload size, whatever the digits of its numbers. */
function paddedData(channel: string, sequence: number, publishedAtMs: number, messageBytes: number): string {
  const bare = encodeMessage(channel, sequence, publishedAtMs, '""').length;
  return `"${'x'.repeat(Math.max(0, messageBytes - bare))}"`;
}
