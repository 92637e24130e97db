/**
 * Sequences behind the newest of which a connection remembers whether they came: a bit each, 128 bytes a connection. A
 * message that was handed back comes hundreds of sequences late.
 */
const windowBits = 1_024;
const windowWords = windowBits / 32;
/** Sequences of a group that are found without a search: a power of two. */
const recentMax = 4_096;
/** Sequences that a group remembers, 8 MB; the oldest half is given up beyond. */
const rememberedMax = 1_048_576;

export interface SequenceAccountOptions {
  readonly connectionsMax: number;
  /**
   * Whether each connection receives every message of the stream, so that a hole in its sequence is a lost message.
   * Otherwise a connection is owed what others with the same subscriptions received: see `groupOf`.
   */
  readonly contiguous: boolean;
  /** Connections of one group have the same subscriptions. */
  readonly groupOf: (connection: number) => number;
}

/**
 * What each connection received and what it was owed, by the sequences of the stream.
 *
 * A stream carries channels that nobody here subscribes to, whose sequences are nobody's loss. So, unless the connections
 * receive the whole stream, those with the same subscriptions are compared with each other: what one of them received
 * between the subscription and the newest message of another is owed to the other as well. A message that none of them
 * received is not seen, and a group of one is not judged (`judged`).
 *
 * A duplicate is told from a late message over the last 1,024 sequences; what is older counts as a regression.
 */
export class SequenceAccount {
  /** Messages whose sequence this connection had already received. */
  duplicates = 0;
  /** Messages below the highest sequence of their connection that are not known to be duplicates. */
  regressions = 0;

  #contiguous: boolean;
  /** Of `contiguous`: sequences that never came, below the highest of each connection. */
  #skipped = 0;
  /** Highest sequence of each connection, -1 before the first message; and the sequence after which it is owed. */
  #newest: Float64Array;
  #owedAfter: Float64Array;
  /** Bit `sequence % 1,024` of a connection: whether that sequence of the last 1,024 came. */
  #window: Uint32Array;
  #group: Int32Array;
  #groups: Group[] = [];
  /** Distinct messages after `#owedAfter`, and how many its group had received up to there. */
  #received: Float64Array;
  #rankAtStart: Float64Array;

  constructor({ connectionsMax, contiguous, groupOf }: SequenceAccountOptions) {
    this.#contiguous = contiguous;
    this.#newest = new Float64Array(connectionsMax).fill(-1);
    this.#owedAfter = new Float64Array(connectionsMax).fill(-1);
    this.#window = new Uint32Array(connectionsMax * windowWords);
    this.#received = new Float64Array(connectionsMax);
    this.#rankAtStart = new Float64Array(connectionsMax);
    this.#group = Int32Array.from({ length: connectionsMax }, (_, connection) => groupOf(connection));
    const groups = this.#group.reduce((highest, group) => Math.max(highest, group + 1), 0);
    this.#groups = Array.from({ length: groups }, () => new Group());
  }

  /** Highest sequence that the connection has received; -1 before the first. */
  newestOf(connection: number): number {
    return this.#newest[connection];
  }

  /** The server said that the subscription begins after this sequence. Only the first time counts. */
  subscribed(connection: number, newestSequence: number): void {
    if (this.#owedAfter[connection] >= 0) return;
    this.#begin(connection, newestSequence);
  }

  follow(connection: number, sequence: number): void {
    const newest = this.#newest[connection];
    if (this.#owedAfter[connection] < 0) this.#begin(connection, sequence - 1);
    if (!this.#contiguous) {
      const group = this.#groups[this.#group[connection]];
      if (group.add(sequence) && sequence <= group.startedAfterMax) this.#foundLate(this.#group[connection], sequence);
    }
    const ahead = sequence - newest;
    if (newest < 0 || ahead > 0) {
      if (newest >= 0) this.#clearBits(connection, newest + 1, Math.min(ahead, windowBits));
      this.#newest[connection] = sequence;
      this.#setBit(connection, sequence);
      this.#count(connection, sequence);
      if (newest >= 0) this.#skipped += ahead - 1;
      else if (sequence > this.#owedAfter[connection]) this.#skipped += sequence - this.#owedAfter[connection] - 1;
      return;
    }
    if (-ahead >= windowBits) {
      this.regressions += 1;
    } else if (this.#hasBit(connection, sequence)) {
      this.duplicates += 1;
    } else {
      this.regressions += 1;
      this.#setBit(connection, sequence);
      this.#count(connection, sequence);
      if (sequence > this.#owedAfter[connection]) this.#skipped -= 1;
    }
  }

  /** Connections that were compared with something: a hole in their sequence would have been seen. */
  get judged(): number {
    let judged = 0;
    const members = this.#membersOf();
    for (let connection = 0; connection < this.#group.length; connection += 1) {
      if (this.#owedAfter[connection] < 0) continue;
      if (this.#contiguous || members[this.#group[connection]] > 1) judged += 1;
    }
    return judged;
  }

  /** Messages that connections were owed and that did not come, up to the newest that each has received. */
  get missing(): number {
    if (this.#contiguous) return this.#skipped;
    let missing = 0;
    for (let connection = 0; connection < this.#group.length; connection += 1) {
      const newest = this.#newest[connection];
      const group = this.#groups[this.#group[connection]];
      if (newest <= this.#owedAfter[connection] || !group.remembers(newest)) continue;
      const owed = group.rank(newest) - this.#rankAtStart[connection];
      missing += Math.max(0, owed - this.#received[connection]);
    }
    return missing;
  }

  #membersOf(): Int32Array {
    const members = new Int32Array(this.#groups.length);
    for (let connection = 0; connection < this.#group.length; connection += 1) {
      if (this.#owedAfter[connection] >= 0) members[this.#group[connection]] += 1;
    }
    return members;
  }

  #begin(connection: number, after: number): void {
    const group = this.#groups[this.#group[connection]];
    this.#owedAfter[connection] = after;
    this.#rankAtStart[connection] = group.rank(after);
    group.startedAfterMax = Math.max(group.startedAfterMax, after);
  }

  #count(connection: number, sequence: number): void {
    if (sequence > this.#owedAfter[connection]) this.#received[connection] += 1;
  }

  /**
   * A sequence that the group learns of now lies before the start of some of its members: it came late, or the answer to
   * their subscription overtook it on the way to the others.
   */
  #foundLate(group: number, sequence: number): void {
    for (let connection = 0; connection < this.#group.length; connection += 1) {
      if (this.#group[connection] === group && this.#owedAfter[connection] >= sequence)
        this.#rankAtStart[connection] += 1;
    }
  }

  #setBit(connection: number, sequence: number): void {
    const bit = sequence % windowBits;
    this.#window[connection * windowWords + (bit >> 5)] |= 1 << (bit & 31);
  }

  #hasBit(connection: number, sequence: number): boolean {
    const bit = sequence % windowBits;
    return ((this.#window[connection * windowWords + (bit >> 5)] >>> (bit & 31)) & 1) === 1;
  }

  #clearBits(connection: number, from: number, count: number): void {
    for (let sequence = from; sequence < from + count; sequence += 1) {
      const bit = sequence % windowBits;
      this.#window[connection * windowWords + (bit >> 5)] &= ~(1 << (bit & 31));
    }
  }
}

/** The sequences that any connection of a group received, in order. */
class Group {
  #sequences = new Float64Array(256);
  #count = 0;
  /** Highest sequence after which a member's subscription begins. */
  startedAfterMax = -1;
  /** Sequences given up at the front; their ranks are no longer known. */
  #forgotten = 0;
  #recent = new Float64Array(recentMax).fill(-1);

  /** @returns whether the sequence is new */
  add(sequence: number): boolean {
    const recent = sequence % recentMax;
    if (this.#recent[recent] === sequence) return false;
    const at = this.#search(sequence);
    this.#recent[recent] = sequence;
    if (at < this.#count && this.#sequences[at] === sequence) return false;
    const isLast = at === this.#count;
    // Older than all that is remembered: it was counted, or is counted as forgotten.
    if (at === 0 && this.#forgotten > 0) return false;
    if (this.#count === this.#sequences.length) this.#makeRoom();
    const place = isLast ? this.#count : this.#search(sequence);
    if (!isLast) this.#sequences.copyWithin(place + 1, place, this.#count);
    this.#sequences[place] = sequence;
    this.#count += 1;
    return true;
  }

  /** Not of a connection that lags more than half a million messages behind. */
  remembers(sequence: number): boolean {
    return this.#forgotten === 0 || sequence >= this.#sequences[0];
  }

  /** How many sequences up to this one, itself included, any member received. */
  rank(sequence: number): number {
    return this.#forgotten + this.#search(sequence + 1);
  }

  /** Index of the first sequence that is not below `sequence`. */
  #search(sequence: number): number {
    let low = 0;
    let high = this.#count;
    if (high > 0 && this.#sequences[high - 1] < sequence) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sequences[middle] < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #makeRoom(): void {
    if (this.#count < rememberedMax) {
      const larger = new Float64Array(this.#count * 2);
      larger.set(this.#sequences);
      this.#sequences = larger;
      return;
    }
    const half = this.#count >>> 1;
    this.#sequences.copyWithin(0, half, this.#count);
    this.#count -= half;
    this.#forgotten += half;
  }
}
