import type { Frame } from './effects.ts';
import type { History } from './history.ts';
import { PatternTrie } from './pattern-trie.ts';
import { isPattern } from './subscriptions.ts';

/** Messages of the history that one call looks at, so that a rare channel cannot hold the loop up. */
const visitsPerCallMax = 4_096;

/** Positions `[start, end)` of the history in which a client is owed a channel's messages. */
interface Span {
  start: number;
  readonly end: number;
}

/**
 * What one client asked to have again. One cursor goes through the history for all its channels, in order: a message
 * that a name and a pattern both ask for is replayed once, and no channel's order depends on what else was asked.
 */
interface Replay {
  position: number;
  end: number;
  /** Sequence up to which the client has been served. */
  sequence: number;
  /** Newest sequence when the latest request came. */
  endSequence: number;
  readonly spans: Span[];
  readonly channels: Map<string, Span[]>;
  readonly patterns: PatternTrie<Span[]>;
}

/** Told when the history forgot messages before a slow client had them. */
export interface Overrun {
  readonly fromSequence: number;
  readonly toSequence: number;
}

/**
 * Recovery of missed messages: a cursor into the shared history for each client that asked, outside its send buffer.
 * A client costs a few dozen bytes and its channels while it recovers, however much that is and however slowly it reads.
 */
export class Replays<F extends Frame> {
  #history: History<F>;
  #ofConnection = new Map<number, Replay>();
  #matched: Span[][] = [];

  constructor(history: History<F>) {
    this.#history = history;
  }

  /** Clients that have something left to recover. */
  get count(): number {
    return this.#ofConnection.size;
  }

  /**
   * Begins with what came after `sequence`, up to now; goes back when the client is already recovering something newer.
   * @returns whether the history holds all of it; if not, nothing is replayed
   */
  start(connection: number, channel: string, sequence: number): boolean {
    if (!this.#history.covers(channel, sequence)) return false;
    const start = this.#history.positionAfter(sequence);
    const end = this.#history.next;
    if (start >= end) return true;
    let replay = this.#ofConnection.get(connection);
    if (replay === undefined) {
      replay = {
        position: start,
        end,
        sequence,
        endSequence: 0,
        spans: [],
        channels: new Map(),
        patterns: new PatternTrie(),
      };
      this.#ofConnection.set(connection, replay);
    } else if (start < replay.position) {
      // What it has been served below the cursor it is not served again.
      for (const span of replay.spans) span.start = Math.max(span.start, replay.position);
      replay.position = start;
      replay.sequence = Math.min(replay.sequence, sequence);
    }
    replay.end = Math.max(replay.end, end);
    replay.endSequence = this.#history.newestSequence;
    add(replay, channel, { start, end });
    return true;
  }

  has(connection: number): boolean {
    return this.#ofConnection.has(connection);
  }

  forget(connection: number): void {
    this.#ofConnection.delete(connection);
  }

  /**
   * Appends the next frames to `out` from index `count` on.
   * @param onOverrun told when the history moved past the cursor
   * @returns the new count; the client is done when `has` says so
   */
  take(
    connection: number,
    out: F[],
    count: number,
    limits: { readonly framesMax: number; readonly bytesMax: number },
    onOverrun: (overrun: Overrun) => void,
  ): number {
    const replay = this.#ofConnection.get(connection);
    if (replay === undefined) return count;
    let filled = count;
    let bytes = 0;
    this.#skipForgotten(replay, onOverrun);
    for (let visits = 0; replay.position < replay.end; visits += 1) {
      if (visits === visitsPerCallMax || filled === limits.framesMax) return filled;
      const frame = this.#history.at(replay.position);
      if (frame !== null && this.#isOwed(replay, frame.channel)) {
        if (filled > count && bytes + frame.sizeBytes > limits.bytesMax) return filled;
        out[filled] = frame;
        filled += 1;
        bytes += frame.sizeBytes;
      }
      replay.position += 1;
      if (frame !== null) replay.sequence = frame.sequence;
    }
    this.#ofConnection.delete(connection);
    return filled;
  }

  /** Whether any of the client's channels that match is owed what stands at the cursor. */
  #isOwed({ position, channels, patterns }: Replay, channel: string): boolean {
    const named = channels.get(channel);
    if (named !== undefined && includes(named, position)) return true;
    if (patterns.size === 0) return false;
    this.#matched.length = 0;
    patterns.match(channel, this.#matched);
    for (let index = 0; index < this.#matched.length; index += 1) {
      if (includes(this.#matched[index], position)) return true;
    }
    return false;
  }

  #skipForgotten(replay: Replay, onOverrun: (overrun: Overrun) => void): void {
    const { first } = this.#history;
    if (replay.position >= first) return;
    replay.position = Math.min(first, replay.end);
    const next = replay.position < replay.end ? this.#history.at(replay.position) : null;
    onOverrun({ fromSequence: replay.sequence, toSequence: next?.sequence ?? replay.endSequence });
  }
}

function add(replay: Replay, channel: string, span: Span): void {
  replay.spans.push(span);
  const known = isPattern(channel) ? replay.patterns.get(channel) : replay.channels.get(channel);
  if (known !== undefined) known.push(span);
  else if (isPattern(channel)) replay.patterns.set(channel, [span]);
  else replay.channels.set(channel, [span]);
}

function includes(spans: readonly Span[], position: number): boolean {
  for (let index = 0; index < spans.length; index += 1) {
    if (position >= spans[index].start && position < spans[index].end) return true;
  }
  return false;
}
