import type { Frame } from './effects.ts';
import { isPattern, matchesPattern } from './subscriptions.ts';

export interface HistoryOptions {
  /** How long a message can be recovered; the stream's own window by default (R23). */
  readonly historyAgeNs: number;
  /** Payload bytes kept at the most; the oldest go first (R25). */
  readonly historyBytesMax: number;
}

/** Channels whose newest sequence is remembered, so that silence is told from loss. */
const channelsMax = 65_536;
/** Channels whose holes are remembered one by one; beyond that a hole is everybody's. */
const holedChannelsMax = 1_024;
/** How far a late message may stand behind its place in the order of sequences and still be found exactly. */
const lateWindow = 1_024;

/**
 * What a shard has broadcast lately, for clients that come back: frames in the order of their broadcast, shared by all.
 *
 * Positions count broadcasts since the start, without holes; the order of sequences differs from it only by late
 * redeliveries. Recovery goes by position, so a message that was broadcast late is recovered too.
 */
export class History<F extends Frame> {
  #options: HistoryOptions;
  #frames: (F | null)[] = new Array<F | null>(64).fill(null);
  #recordedNs = new Float64Array(64);
  /** Highest sequence up to each position. */
  #highest = new Float64Array(64);
  #first = 0;
  #next = 0;
  #sizeBytes = 0;
  #newestSequence = 0;
  #unknownThrough = 0;
  /** Sequence below which the past of unknown channels has a hole. */
  #holeThrough = 0;
  /** Highest sequence that the stream is known to have had. */
  #reached = 0;
  #newestOfChannel = new Map<string, number>();
  /** Sequence below which a channel's past has a hole. */
  #holeOfChannel = new Map<string, number>();

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Position of the oldest message. */
  get first(): number {
    return this.#first;
  }
  /** Position that the next message will have. */
  get next(): number {
    return this.#next;
  }
  get sizeBytes(): number {
    return this.#sizeBytes;
  }
  /** Highest sequence recorded or lost; 0 before the first. */
  get newestSequence(): number {
    return this.#newestSequence;
  }

  /** Nothing is known of messages up to this sequence: they were discarded, or were before our time. */
  get unknownThrough(): number {
    return this.#unknownThrough;
  }
  /** Nobody recovers from below this sequence over what was lost: for whoever takes this history over. */
  get holeThrough(): number {
    let floor = this.#holeThrough;
    for (const hole of this.#holeOfChannel.values()) floor = Math.max(floor, hole);
    return floor;
  }

  /**
   * Messages that will never be broadcast: from now on nobody recovers over them. Where newer ones were broadcast before,
   * a client may have those and lack these, so that its sequence proves nothing: the next message is the first that does.
   * @param channel of all of them; null when it is not known
   */
  lost(toSequence: number, channel: string | null): void {
    const floor = toSequence > this.#newestSequence ? toSequence : this.#newestSequence + 1;
    if (channel === null || (!this.#holeOfChannel.has(channel) && this.#holeOfChannel.size === holedChannelsMax)) {
      this.#holeThrough = Math.max(this.#holeThrough, floor);
    } else {
      this.#holeOfChannel.set(channel, Math.max(this.#holeOfChannel.get(channel) ?? 0, floor));
    }
    // A client that subscribes from now on is owed what comes after.
    this.#newestSequence = Math.max(this.#newestSequence, toSequence);
  }

  /** The stream holds messages up to this sequence, broadcast or not: another server may have given them to a client. */
  streamReached(sequence: number): void {
    if (sequence > this.#reached) this.#reached = sequence;
  }

  /** Says that the history begins after `sequence`: what the stream held before is not recoverable here. */
  beginsAfter(sequence: number): void {
    this.#unknownThrough = Math.max(this.#unknownThrough, sequence);
    this.#newestSequence = Math.max(this.#newestSequence, sequence);
  }

  /** Forgets everything: the stream was replaced, and its sequences begin again. */
  restart(): void {
    for (let position = this.#first; position < this.#next; position += 1) {
      this.#frames[position % this.#frames.length] = null;
    }
    this.#first = this.#next;
    this.#sizeBytes = 0;
    this.#newestSequence = 0;
    this.#unknownThrough = 0;
    this.#holeThrough = 0;
    this.#reached = 0;
    this.#newestOfChannel.clear();
    this.#holeOfChannel.clear();
  }

  record(frame: F, nowNs: number): void {
    if (this.#next - this.#first === this.#frames.length) this.#grow();
    const slot = this.#next % this.#frames.length;
    this.#newestSequence = Math.max(this.#newestSequence, frame.sequence);
    this.#frames[slot] = frame;
    this.#recordedNs[slot] = nowNs;
    this.#highest[slot] = this.#newestSequence;
    this.#next += 1;
    this.#sizeBytes += frame.sizeBytes;
    const known = this.#newestOfChannel.get(frame.channel);
    if (known !== undefined || this.#newestOfChannel.size < channelsMax) {
      this.#newestOfChannel.set(frame.channel, Math.max(known ?? 0, frame.sequence));
    }
    this.expire(nowNs);
  }

  /** Forgets what is too old or too much. */
  expire(nowNs: number): void {
    const { historyAgeNs, historyBytesMax } = this.#options;
    while (this.#first < this.#next) {
      const slot = this.#first % this.#frames.length;
      const frame = this.#frames[slot];
      if (frame === null) return;
      if (nowNs - this.#recordedNs[slot] < historyAgeNs && this.#sizeBytes <= historyBytesMax) return;
      this.#sizeBytes -= frame.sizeBytes;
      this.#unknownThrough = Math.max(this.#unknownThrough, frame.sequence);
      this.#frames[slot] = null;
      this.#first += 1;
    }
  }

  at(position: number): F | null {
    return position < this.#first || position >= this.#next ? null : this.#frames[position % this.#frames.length];
  }

  /**
   * Whether all messages of the channel after `sequence` are here. A pattern is covered by the window alone; a sequence
   * from the future by nothing.
   */
  covers(channel: string, sequence: number): boolean {
    if (sequence > this.#newestSequence && sequence > this.#reached) return false;
    if (sequence < this.#holeThrough || this.#hasHole(channel, sequence)) return false;
    if (sequence >= this.#unknownThrough) return true;
    const newest = this.#newestOfChannel.get(channel);
    return newest !== undefined && newest <= sequence;
  }

  /**
   * Where to go on for a client that has everything up to `sequence`. Where that message itself cannot be found, the
   * answer is early rather than late: the client sees some messages again and tells them by their sequence.
   */
  positionAfter(sequence: number): number {
    let low = this.#first;
    let high = this.#next;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#highest[middle % this.#frames.length] >= sequence) high = middle;
      else low = middle + 1;
    }
    const end = Math.min(this.#next, low + lateWindow);
    for (let position = low; position < end; position += 1) {
      if (this.#frames[position % this.#frames.length]?.sequence === sequence) return position + 1;
    }
    return low;
  }

  #hasHole(channel: string, sequence: number): boolean {
    if (this.#holeOfChannel.size === 0) return false;
    if (!isPattern(channel)) return sequence < (this.#holeOfChannel.get(channel) ?? 0);
    for (const [holed, hole] of this.#holeOfChannel) {
      if (sequence < hole && matchesPattern(channel, holed)) return true;
    }
    return false;
  }

  #grow(): void {
    const size = this.#frames.length * 2;
    const frames = new Array<F | null>(size).fill(null);
    const recordedNs = new Float64Array(size);
    const highest = new Float64Array(size);
    for (let position = this.#first; position < this.#next; position += 1) {
      const from = position % this.#frames.length;
      frames[position % size] = this.#frames[from];
      recordedNs[position % size] = this.#recordedNs[from];
      highest[position % size] = this.#highest[from];
    }
    this.#frames = frames;
    this.#recordedNs = recordedNs;
    this.#highest = highest;
  }
}
