import type { Frame } from './effects.ts';
import type { History } from './history.ts';
import { isPattern, matchesPattern } from './subscriptions.ts';

/** Messages of the history that one call looks at, so that a rare channel cannot hold the loop up. */
const visitsPerCallMax = 4_096;

/** What one client asked to have again: everything in `[position, end)` of the history that its channels match. */
interface Replay {
  position: number;
  end: number;
  /** Sequence up to which the client has been served. */
  sequence: number;
  /** Newest sequence when the replay began. */
  readonly endSequence: number;
  readonly channels: Set<string>;
  readonly patterns: string[];
}

/** Told when the history forgot messages before a slow client had them. */
export interface Overrun {
  readonly fromSequence: number;
  readonly toSequence: number;
}

/**
 * Recovery of missed messages: a cursor into the shared history for each client that asked, outside its send buffer.
 * A client costs a few dozen bytes while it recovers, however much that is and however slowly it reads.
 */
export class Replays<F extends Frame> {
  #history: History<F>;
  #ofConnection = new Map<number, Replay[]>();

  constructor(history: History<F>) {
    this.#history = history;
  }

  /** Clients that have something left to recover. */
  get count(): number {
    return this.#ofConnection.size;
  }

  /**
   * Begins with what came after `sequence`, up to now. Channels that start at the same place share a cursor.
   * @returns whether the history holds all of it; if not, nothing is replayed
   */
  start(connection: number, channel: string, sequence: number): boolean {
    if (!this.#history.covers(channel, sequence)) return false;
    const position = this.#history.positionAfter(sequence);
    const end = this.#history.next;
    if (position >= end) return true;
    const replays = this.#ofConnection.get(connection) ?? [];
    if (replays.length === 0) this.#ofConnection.set(connection, replays);
    let replay = replays.find((one) => one.position === position && one.end === end);
    if (replay === undefined) {
      replay = {
        position,
        end,
        sequence,
        endSequence: this.#history.newestSequence,
        channels: new Set(),
        patterns: [],
      };
      replays.push(replay);
    }
    if (isPattern(channel)) replay.patterns.push(channel);
    else replay.channels.add(channel);
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
    const replays = this.#ofConnection.get(connection);
    let filled = count;
    let bytes = 0;
    let visits = 0;
    while (replays !== undefined && replays.length > 0) {
      const [replay] = replays;
      this.#skipForgotten(replay, onOverrun);
      while (replay.position < replay.end) {
        if (visits === visitsPerCallMax || filled === limits.framesMax) return filled;
        const frame = this.#history.at(replay.position);
        if (frame !== null && matches(replay, frame.channel)) {
          if (filled > count && bytes + frame.sizeBytes > limits.bytesMax) return filled;
          out[filled] = frame;
          filled += 1;
          bytes += frame.sizeBytes;
        }
        visits += 1;
        replay.position += 1;
        if (frame !== null) replay.sequence = frame.sequence;
      }
      replays.shift();
    }
    this.#ofConnection.delete(connection);
    return filled;
  }

  #skipForgotten(replay: Replay, onOverrun: (overrun: Overrun) => void): void {
    const { first } = this.#history;
    if (replay.position >= first) return;
    replay.position = Math.min(first, replay.end);
    const next = replay.position < replay.end ? this.#history.at(replay.position) : null;
    onOverrun({ fromSequence: replay.sequence, toSequence: next?.sequence ?? replay.endSequence });
  }
}

function matches(replay: Replay, channel: string): boolean {
  if (replay.channels.has(channel)) return true;
  for (const pattern of replay.patterns) if (matchesPattern(pattern, channel)) return true;
  return false;
}
