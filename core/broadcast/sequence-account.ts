import { LossReason } from '../base/outcomes.ts';

/** Messages of the stream that will never be handed over. */
export interface LostRange {
  readonly fromSequence: number;
  readonly toSequence: number;
  /** Their channel where it is known of all of them; else null: they may have been of any. */
  readonly channel: string | null;
  readonly reason: LossReason;
}

const none: readonly LostRange[] = [];

/**
 * Account of one stream by sequence: every one is handed over, pending, or lost and told, and which is known at any
 * moment. Both worlds keep it: the server's buses beside their intake, and the simulator's.
 *
 * Driving contract: `arrived` for each delivery before it is offered to the intake, in the order of the stream where
 * that is possible; `handedOver` or `handedBack` with the intake's answer; `discardedBelow` with the stream's first
 * sequence whenever it is known; `lost` for what else can never come. After any of these `takeLost` gives the losses to
 * tell: to the history's floor, to the clients and to the counters. Law, for every sequence after the beginning: it is
 * told lost once or handed over once, never both.
 */
export class SequenceAccount {
  /** Every sequence up to this one is handed over or told lost. */
  #settledThrough = 0;
  /** Highest sequence that was handed over, handed back or told lost. */
  #newest = 0;
  /** Above `#settledThrough`. */
  #settled = new Set<number>();
  /** Handed back, and to come again; with their channels. */
  #handedBack = new Map<number, string>();
  #lost: LostRange[] = [];
  /** Messages told lost, by `LossReason`. */
  readonly lostByReason = new Float64Array(Object.keys(LossReason).length);

  /** Everything up to `sequence` is somebody else's matter: it was before our time. */
  beginsAfter(sequence: number): void {
    this.#settledThrough = sequence;
    this.#newest = sequence;
    this.#settled.clear();
    this.#handedBack.clear();
    this.#lost = [];
  }

  /** Every sequence up to this one is handed over or told lost: where a consumer that is made anew has to begin after. */
  get settledThrough(): number {
    return this.#settledThrough;
  }
  /** Highest sequence that the account knows of. */
  get newestSequence(): number {
    return this.#newest;
  }
  /** Messages handed back that are to come again. */
  get waiting(): number {
    return this.#handedBack.size;
  }
  get lostMessages(): number {
    let total = 0;
    for (let reason = 0; reason < this.lostByReason.length; reason += 1) total += this.lostByReason[reason];
    return total;
  }

  /** Whether the message was handed over, or told lost, before: a delivery of it is to be acknowledged and no more. */
  isSettled(sequence: number): boolean {
    return sequence <= this.#settledThrough || this.#settled.has(sequence);
  }
  isHandedBack(sequence: number): boolean {
    return this.#handedBack.has(sequence);
  }

  handedOver(sequence: number): void {
    this.#handedBack.delete(sequence);
    if (sequence > this.#newest) this.#newest = sequence;
    this.#settle(sequence);
  }

  handedBack(sequence: number, channel: string): void {
    this.#handedBack.set(sequence, channel);
    if (sequence > this.#newest) this.#newest = sequence;
  }

  /** The first sequence from `from` to `through` that is neither settled nor handed back; 0 when there is none. */
  firstHole(from: number, through: number): number {
    for (let sequence = Math.max(from, this.#settledThrough + 1); sequence <= through; sequence += 1) {
      if (!this.#settled.has(sequence) && !this.#handedBack.has(sequence)) return sequence;
    }
    return 0;
  }

  /** Handed back and to come again, the oldest first. */
  handedBackSequences(): number[] {
    return [...this.#handedBack.keys()].sort((left, right) => left - right);
  }

  /** These can never come, but for those of them that are settled already. */
  lost(fromSequence: number, toSequence: number, reason: LossReason): void {
    const from = Math.max(fromSequence, this.#settledThrough + 1);
    if (toSequence < from) return;
    // What is known between the two ends cuts the rest into ranges; the range itself may be of millions.
    const known = [...this.#settled, ...this.#handedBack.keys()]
      .filter((sequence) => sequence >= from && sequence <= toSequence)
      .sort((left, right) => left - right);
    let next = from;
    for (const sequence of known) {
      if (next < sequence) this.#tell(next, sequence - 1, null, reason);
      const channel = this.#handedBack.get(sequence);
      if (channel !== undefined) this.#tell(sequence, sequence, channel, reason);
      this.#handedBack.delete(sequence);
      next = sequence + 1;
    }
    if (next <= toSequence) this.#tell(next, toSequence, null, reason);
    if (toSequence > this.#newest) this.#newest = toSequence;
    if (from === this.#settledThrough + 1) {
      for (const sequence of known) this.#settled.delete(sequence);
      this.#settledThrough = toSequence;
      this.#advance();
    } else {
      for (let sequence = from; sequence <= toSequence; sequence += 1) this.#settled.add(sequence);
    }
  }

  /** The stream has discarded everything below `firstSequence`, whoever's limit or purge it was. */
  discardedBelow(firstSequence: number): void {
    if (firstSequence - 1 > this.#settledThrough)
      this.lost(this.#settledThrough + 1, firstSequence - 1, LossReason.discarded);
  }

  /** What became lost since the last call, in the order of finding. */
  takeLost(): readonly LostRange[] {
    if (this.#lost.length === 0) return none;
    const lost = this.#lost;
    this.#lost = [];
    return lost;
  }

  #tell(fromSequence: number, toSequence: number, channel: string | null, reason: LossReason): void {
    this.lostByReason[reason] += toSequence - fromSequence + 1;
    const previous = this.#lost.at(-1);
    if (
      previous !== undefined &&
      previous.toSequence + 1 === fromSequence &&
      previous.channel === channel &&
      previous.reason === reason
    ) {
      this.#lost[this.#lost.length - 1] = { ...previous, toSequence };
    } else {
      this.#lost.push({ fromSequence, toSequence, channel, reason });
    }
  }

  #settle(sequence: number): void {
    if (sequence === this.#settledThrough + 1) {
      this.#settledThrough = sequence;
      if (this.#settled.size > 0) this.#advance();
    } else if (sequence > this.#settledThrough) {
      this.#settled.add(sequence);
    }
  }

  #advance(): void {
    while (this.#settled.delete(this.#settledThrough + 1)) this.#settledThrough += 1;
  }
}
