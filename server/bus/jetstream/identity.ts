import type { JetStreamManager, StreamInfo } from 'nats';
import { nullWhenNotFound } from './bus-error.ts';

/** Newest messages whose content is remembered, to find where a stream that went back parts from what was broadcast. */
const rememberedMax = 4_096;

/** What the stream turned out to be, compared with what was broadcast of it. */
export type StreamFinding =
  | { readonly kind: 'same' }
  /** Another stream of that name: all its messages are new. */
  | { readonly kind: 'made-anew' }
  /** The same stream, that went back: what comes after `commonThrough` is not what was broadcast. */
  | { readonly kind: 'went-back'; readonly commonThrough: number };

const same: StreamFinding = { kind: 'same' };

/**
 * Identity of a stream by content. A stream that lost its newest messages, with a machine's power or by a store that was
 * put back, comes back under its old name and creation time and gives their sequences to others.
 */
export class StreamIdentity {
  #created = '';
  #sequences = new Float64Array(rememberedMax);
  #storedAtMs = new Float64Array(rememberedMax);
  #count = 0;

  /** A stream begins: what was remembered was of another. */
  begin(stream: StreamInfo): void {
    this.#created = String(stream.created);
    this.#count = 0;
  }

  /** A message that was handed over; in the order of the stream, give or take late ones. */
  handedOver(sequence: number, storedAtMs: number): void {
    const at = this.#count % rememberedMax;
    this.#sequences[at] = sequence;
    this.#storedAtMs[at] = Math.floor(storedAtMs);
    this.#count += 1;
  }

  /** Whether the stream's own state contradicts what was handed over: no question to the server, so for every poll. */
  isDoubtful({ created, state }: StreamInfo, newestSequence: number): boolean {
    if (String(created) !== this.#created || state.last_seq < newestSequence) return true;
    const known = this.#timeOf(state.last_seq);
    return known !== null && state.messages > 0 && known !== Math.floor(Date.parse(String(state.last_ts)));
  }

  /**
   * Compares the stream with what was handed over, message by message where that is in doubt.
   * @param newestSequence highest sequence that came, as of before `stream` was asked for
   */
  async compare(manager: JetStreamManager, stream: StreamInfo, newestSequence: number): Promise<StreamFinding> {
    const isOfOtherTime = String(stream.created) !== this.#created;
    const name = stream.config.name;
    const newest = Math.min(newestSequence, stream.state.last_seq);
    const atNewest = await this.#compareAt(manager, name, newest);
    if (newest === newestSequence && (isOfOtherTime ? atNewest === 'same' : atNewest !== 'other')) {
      // nats-server 2.9 gives a stream whose settings were changed another time of creation at its next start.
      this.#created = String(stream.created);
      return same;
    }
    // What both have is a beginning of both, so the end of it can be halved for.
    let low = this.#oldest - 1;
    let high = newest;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((await this.#compareAt(manager, name, middle)) === 'other') high = middle - 1;
      else low = middle;
    }
    if (isOfOtherTime && (await this.#compareAt(manager, name, high)) !== 'same') return { kind: 'made-anew' };
    return { kind: 'went-back', commonThrough: Math.max(0, high) };
  }

  get #oldest(): number {
    const held = Math.min(this.#count, rememberedMax);
    let oldest = Infinity;
    for (let at = 0; at < held; at += 1) oldest = Math.min(oldest, this.#sequences[at]);
    return oldest === Infinity ? 1 : oldest;
  }

  /** Whether the message that was handed over stands at that place, or another; where either is not known, neither. */
  async #compareAt(manager: JetStreamManager, stream: string, sequence: number): Promise<'same' | 'other' | 'unknown'> {
    const known = this.#timeOf(sequence);
    if (known === null) return 'unknown';
    const stored = await manager.streams.getMessage(stream, { seq: sequence }).catch(nullWhenNotFound);
    if (stored === null) return 'unknown';
    return stored.time.getTime() === known ? 'same' : 'other';
  }

  #timeOf(sequence: number): number | null {
    const held = Math.min(this.#count, rememberedMax);
    for (let back = 1; back <= held; back += 1) {
      const at = (this.#count - back) % rememberedMax;
      if (this.#sequences[at] === sequence) return this.#storedAtMs[at];
      if (this.#sequences[at] + rememberedMax < sequence) return null;
    }
    return null;
  }
}
