import { assert } from '../base/assert.ts';

export interface StreamOptions {
  /** Identity of the stream: sequences of one epoch mean nothing in another. */
  readonly epoch: string;
  /** Retention by age, count and size, whichever binds first (R33); the oldest are discarded. */
  readonly streamMaxAgeNs: number;
  readonly streamMaxMessages: number;
  readonly streamMaxBytes: number;
  /** A delivery that is not answered for so long is delivered again (R36). */
  readonly ackWaitNs: number;
  /** Deliveries that may be unanswered at once. */
  readonly maxAckPending: number;
}

/** A message on its way to the consumer; answered by its sequence. */
export interface StreamDelivery<M> {
  readonly sequence: number;
  readonly message: M;
  readonly channel: string;
  readonly sizeBytes: number;
  readonly publishedAtNs: number;
  /** 1 for the first delivery. */
  readonly deliveryCount: number;
}

export interface StreamCounters {
  readonly published: number;
  readonly deliveries: number;
  readonly redeliveries: number;
  readonly acknowledged: number;
  readonly naked: number;
  /** Discarded by retention before the consumer ever acknowledged them: lost to it. */
  readonly expiredUnacknowledged: number;
  /** Delivered and not answered yet. */
  readonly ackPending: number;
  /** In the stream and not acknowledged, delivered or not. */
  readonly pendingMessages: number;
  /** In the stream, acknowledged or not. */
  readonly storedMessages: number;
  readonly storedBytes: number;
}

interface Stored<M> {
  readonly sequence: number;
  readonly message: M;
  readonly channel: string;
  readonly sizeBytes: number;
  readonly publishedAtNs: number;
  deliveryCount: number;
  state: 'new' | 'pending' | 'waiting' | 'acknowledged';
  /** When the ack wait or the NAK delay ends; what does not match is an outdated entry of the due list. */
  dueNs: number;
}

/**
 * JetStream's stream with one durable pull consumer, as a pure state machine (R32 to R37): explicit acknowledgement,
 * ack wait, NAK with delay, unlimited deliveries, old messages discarded.
 *
 * Law: published = acknowledged + expired + pending messages. The simulator drives it with simulated time; the server's
 * embedded bus with the real clock.
 */
export class StreamModel<M> {
  readonly epoch: string;
  #options: StreamOptions;
  /** Ring of what the stream holds, by sequence: the oldest at `#firstSequence`. */
  #stored: (Stored<M> | null)[] = new Array<Stored<M> | null>(64).fill(null);
  #firstSequence = 1;
  #nextSequence = 1;
  #nextToDeliver = 1;
  #storedBytes = 0;
  /** Ends of ack waits, and what waits for its redelivery. */
  #ackWaits = new DueList();
  #redeliveriesDue = new DueList();

  #deliveries = 0;
  #redeliveries = 0;
  #acknowledged = 0;
  #naked = 0;
  #expired = 0;
  #ackPending = 0;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.epoch = options.epoch;
  }

  get counters(): StreamCounters {
    return {
      published: this.#nextSequence - 1,
      deliveries: this.#deliveries,
      redeliveries: this.#redeliveries,
      acknowledged: this.#acknowledged,
      naked: this.#naked,
      expiredUnacknowledged: this.#expired,
      ackPending: this.#ackPending,
      pendingMessages: this.pendingMessages,
      storedMessages: this.#nextSequence - this.#firstSequence,
      storedBytes: this.#storedBytes,
    };
  }

  /** Oldest sequence that the stream holds, or the next to come: what is below is gone. */
  firstSequenceAt(nowNs: number): number {
    this.#discard(nowNs);
    return this.#firstSequence;
  }

  /** Messages in the stream that the consumer has not acknowledged. */
  get pendingMessages(): number {
    return this.#nextSequence - 1 - this.#acknowledged - this.#expired;
  }

  /** Every message in the stream that the consumer has not acknowledged, oldest first. */
  visitPending(visit: (message: M, publishedAtNs: number) => void): void {
    for (let sequence = this.#firstSequence; sequence < this.#nextSequence; sequence += 1) {
      const stored = this.#at(sequence);
      if (stored !== null && stored.state !== 'acknowledged') visit(stored.message, stored.publishedAtNs);
    }
  }

  /** Stores a message. @returns its sequence, from 1 on, without holes. */
  publish(message: M, channel: string, sizeBytes: number, nowNs: number): number {
    const sequence = this.#nextSequence;
    const stored = this.#nextSequence - this.#firstSequence;
    if (stored === this.#stored.length) this.#grow();
    this.#stored[sequence % this.#stored.length] = {
      sequence,
      message,
      channel,
      sizeBytes,
      publishedAtNs: nowNs,
      deliveryCount: 0,
      state: 'new',
      dueNs: 0,
    };
    this.#nextSequence += 1;
    this.#storedBytes += sizeBytes;
    this.#discard(nowNs);
    return sequence;
  }

  /** The next message to deliver, redeliveries that are due first; null when there is none or too many are unanswered. */
  fetch(nowNs: number): StreamDelivery<M> | null {
    this.#discard(nowNs);
    this.#expireAckWaits(nowNs);
    if (this.#ackPending >= this.#options.maxAckPending) return null;
    const redelivered = this.#nextDue(nowNs);
    if (redelivered !== null) {
      this.#redeliveries += 1;
      return this.#deliver(redelivered, nowNs);
    }
    this.#nextToDeliver = Math.max(this.#nextToDeliver, this.#firstSequence);
    if (this.#nextToDeliver === this.#nextSequence) return null;
    const stored = this.#at(this.#nextToDeliver);
    this.#nextToDeliver += 1;
    assert(stored !== null && stored.state === 'new', () => `message ${this.#nextToDeliver - 1} was delivered before`);
    return this.#deliver(stored, nowNs);
  }

  /** @returns false when the message had expired, had been answered or had been given up already: nothing changes. */
  acknowledge(sequence: number, nowNs: number): boolean {
    this.#discard(nowNs);
    const stored = this.#at(sequence);
    if (stored === null || stored.state === 'acknowledged' || stored.state === 'new') return false;
    if (stored.state === 'pending') this.#ackPending -= 1;
    stored.state = 'acknowledged';
    this.#acknowledged += 1;
    return true;
  }

  /** Hands a delivery back, to be delivered again after `delayNs`. */
  negativeAcknowledge(sequence: number, delayNs: number, nowNs: number): boolean {
    this.#discard(nowNs);
    const stored = this.#at(sequence);
    if (stored === null || stored.state !== 'pending') return false;
    this.#ackPending -= 1;
    this.#naked += 1;
    stored.state = 'waiting';
    stored.dueNs = nowNs + delayNs;
    this.#redeliveriesDue.push(stored.dueNs, sequence);
    return true;
  }

  /** When something becomes deliverable by itself: a NAK delay or an ack wait that ends. Infinity for never. */
  nextEventNs(nowNs: number): number {
    this.#skipOutdated(this.#ackWaits, 'pending');
    this.#skipOutdated(this.#redeliveriesDue, 'waiting');
    const nextNs = Math.min(this.#ackWaits.firstNs, this.#redeliveriesDue.firstNs);
    return nextNs === Infinity ? Infinity : Math.max(nowNs, nextNs);
  }

  #deliver(stored: Stored<M>, nowNs: number): StreamDelivery<M> {
    stored.deliveryCount += 1;
    stored.state = 'pending';
    stored.dueNs = nowNs + this.#options.ackWaitNs;
    this.#ackWaits.push(stored.dueNs, stored.sequence);
    this.#ackPending += 1;
    this.#deliveries += 1;
    const { sequence, message, channel, sizeBytes, publishedAtNs, deliveryCount } = stored;
    return { sequence, message, channel, sizeBytes, publishedAtNs, deliveryCount };
  }

  /** Deliveries whose ack wait has ended count as unanswered no more, so that they free their place. */
  #expireAckWaits(nowNs: number): void {
    for (;;) {
      this.#skipOutdated(this.#ackWaits, 'pending');
      if (this.#ackWaits.firstNs > nowNs) return;
      const stored = this.#at(this.#ackWaits.firstSequence);
      this.#ackWaits.shift();
      assert(stored !== null, 'an ack wait without its message');
      stored.state = 'waiting';
      this.#ackPending -= 1;
      this.#redeliveriesDue.push(stored.dueNs, stored.sequence);
    }
  }

  #nextDue(nowNs: number): Stored<M> | null {
    this.#skipOutdated(this.#redeliveriesDue, 'waiting');
    if (this.#redeliveriesDue.firstNs > nowNs) return null;
    const stored = this.#at(this.#redeliveriesDue.firstSequence);
    this.#redeliveriesDue.shift();
    return stored;
  }

  /** Drops leading entries that no longer speak of their message's present state. */
  #skipOutdated(list: DueList, state: Stored<M>['state']): void {
    while (list.firstSequence !== 0) {
      const stored = this.#at(list.firstSequence);
      if (stored !== null && stored.state === state && stored.dueNs === list.firstNs) return;
      list.shift();
    }
  }

  #discard(nowNs: number): void {
    const { streamMaxAgeNs, streamMaxMessages, streamMaxBytes } = this.#options;
    while (this.#firstSequence < this.#nextSequence) {
      const index = this.#firstSequence % this.#stored.length;
      const oldest = this.#stored[index];
      assert(oldest !== null, () => `message ${this.#firstSequence} is missing`);
      const stored = this.#nextSequence - this.#firstSequence;
      const tooOld = nowNs - oldest.publishedAtNs >= streamMaxAgeNs;
      if (!tooOld && stored <= streamMaxMessages && this.#storedBytes <= streamMaxBytes) return;
      if (oldest.state === 'pending') this.#ackPending -= 1;
      if (oldest.state !== 'acknowledged') this.#expired += 1;
      this.#storedBytes -= oldest.sizeBytes;
      this.#stored[index] = null;
      this.#firstSequence += 1;
    }
  }

  #at(sequence: number): Stored<M> | null {
    if (sequence < this.#firstSequence || sequence >= this.#nextSequence) return null;
    return this.#stored[sequence % this.#stored.length];
  }

  #grow(): void {
    const larger = new Array<Stored<M> | null>(this.#stored.length * 2).fill(null);
    for (let sequence = this.#firstSequence; sequence < this.#nextSequence; sequence += 1) {
      larger[sequence % larger.length] = this.#stored[sequence % this.#stored.length];
    }
    this.#stored = larger;
  }
}

/** Heap of (time, sequence); entries are never removed but by `shift`, outdated ones are skipped by the owner. */
class DueList {
  #times: number[] = [];
  #sequences: number[] = [];

  get firstNs(): number {
    return this.#times.length === 0 ? Infinity : this.#times[0];
  }
  /** 0 when empty. */
  get firstSequence(): number {
    return this.#times.length === 0 ? 0 : this.#sequences[0];
  }

  push(timeNs: number, sequence: number): void {
    let hole = this.#times.length;
    this.#times.push(timeNs);
    this.#sequences.push(sequence);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!this.#isBefore(timeNs, sequence, parent)) break;
      this.#times[hole] = this.#times[parent];
      this.#sequences[hole] = this.#sequences[parent];
      hole = parent;
    }
    this.#times[hole] = timeNs;
    this.#sequences[hole] = sequence;
  }

  shift(): void {
    const timeNs = this.#times.pop();
    const sequence = this.#sequences.pop();
    const size = this.#times.length;
    if (timeNs === undefined || sequence === undefined || size === 0) return;
    let hole = 0;
    for (;;) {
      let child = hole * 2 + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#isBefore(this.#times[child + 1], this.#sequences[child + 1], child)) child += 1;
      if (this.#isBefore(timeNs, sequence, child)) break;
      this.#times[hole] = this.#times[child];
      this.#sequences[hole] = this.#sequences[child];
      hole = child;
    }
    this.#times[hole] = timeNs;
    this.#sequences[hole] = sequence;
  }

  #isBefore(timeNs: number, sequence: number, index: number): boolean {
    return timeNs < this.#times[index] || (timeNs === this.#times[index] && sequence < this.#sequences[index]);
  }
}
