import type { Msg } from 'nats';
import { type Intake, LossReason, nanosecondsPerMillisecond, type SequenceAccount } from '#core';
import type { Clock } from '../../clock.ts';
import type { Delivery } from '../bus.ts';
import { deliveryInfoOf, deliveryOf } from './stored-message.ts';

/** A message on its way to the intake: a delivery of the consumer, or one read by its sequence (without a source). */
interface Arrival {
  readonly delivery: Delivery;
  readonly storedAtMs: number;
  /** null: it was read by its sequence, and nobody waits for an answer. */
  readonly source: Msg | null;
  /** Its delivery is the consumer's next after the one that came before it. */
  readonly follows: boolean;
}

export interface ArrivalEvents {
  /** The intake took it. */
  readonly taken: (delivery: Delivery, storedAtMs: number) => void;
  /** Messages were told lost: the account has them. */
  readonly lost: () => void;
  /**
   * Sequences that should have come before what is there now and did not: read them and call `holeClosed`. What waits
   * behind them waits in order.
   */
  readonly hole: (from: number, through: number) => void;
  /** All that was there has been decided. */
  readonly idle: () => void;
}

export interface ArrivalOptions {
  readonly intake: Intake<Delivery>;
  readonly account: SequenceAccount;
  readonly clock: Clock;
  readonly nakDelayNs: number;
}

/**
 * Takes deliveries to the intake in the order of the stream, none beyond its demand, and answers each. Between two
 * deliveries of one consumer whose counts follow each other the stream holds nothing: what lies between is lost, and told.
 * Where the counts do not follow, something was lost on the way, and is read before anything newer goes out.
 */
export class Arrivals {
  #options: ArrivalOptions;
  #events: ArrivalEvents;
  #waiting: Arrival[] = [];
  #deliverySequence = 0;
  #isClosingHole = false;
  #timer: NodeJS.Timeout | null = null;
  deliveries = 0;
  redeliveries = 0;
  acknowledged = 0;
  naked = 0;

  constructor(options: ArrivalOptions, events: ArrivalEvents) {
    this.#options = options;
    this.#events = events;
  }

  /** Messages that came and that the intake has no room for yet, or that wait for older ones. */
  get waiting(): number {
    return this.#waiting.length;
  }
  get isClosingHole(): boolean {
    return this.#isClosingHole;
  }

  /** Counts of deliveries from before mean nothing any more: the consumer or the connection is another. */
  restarted(): void {
    this.#deliverySequence = 0;
  }

  /** Drops what waits: the stream is another, or this server ends. */
  clear(): void {
    this.#waiting = [];
    this.#deliverySequence = 0;
    this.#isClosingHole = false;
    this.#disarm();
  }

  arrived(source: Msg): void {
    const info = deliveryInfoOf(source.reply);
    if (info === null) return;
    this.deliveries += 1;
    if (info.deliveryCount > 1) this.redeliveries += 1;
    const follows = this.#deliverySequence !== 0 && info.deliverySequence === this.#deliverySequence + 1;
    this.#deliverySequence = info.deliverySequence;
    const { account } = this.#options;
    if (account.isSettled(info.streamSequence)) return answer(source, acknowledgement);
    const arrival = { delivery: deliveryOf(source, info), storedAtMs: info.storedAtMs, source, follows };
    if (this.#waiting.length === 0 && !this.#isClosingHole && this.#offer(arrival)) return;
    this.#waiting.push(arrival);
    this.#arm();
  }

  /** A message that was read by its sequence because its delivery got lost: it goes out before what waits. */
  read(delivery: Delivery, storedAtMs: number): void {
    if (this.#options.account.isSettled(delivery.sequence)) return;
    const at = this.#waiting.findIndex((one) => one.delivery.sequence >= delivery.sequence);
    if (at >= 0 && this.#waiting[at].delivery.sequence === delivery.sequence) return;
    this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, { delivery, storedAtMs, source: null, follows: true });
  }

  /** Whether the message has come and waits. */
  isWaiting(sequence: number): boolean {
    return this.#waiting.some(({ delivery }) => delivery.sequence === sequence);
  }

  /** Everything of the hole that could be read was given to `read`; what could not is the account's. */
  holeClosed(): void {
    this.#isClosingHole = false;
    this.#drain();
  }

  /** Says that sequences up to `through` should have come: the consumer has delivered them. */
  expect(through: number): void {
    if (this.#isClosingHole) return;
    const from = this.firstHole(through);
    if (from !== 0) this.#open(from, through);
  }

  /** The first sequence up to `through` that neither came nor is known to be lost; 0 when there is none. */
  firstHole(through: number): number {
    const { account } = this.#options;
    let from = account.firstHole(1, through);
    while (from !== 0 && this.isWaiting(from)) from = account.firstHole(from + 1, through);
    return from;
  }

  /** The oldest that waits; Infinity when none does. */
  get oldestWaiting(): number {
    return this.#waiting.length === 0 ? Infinity : this.#waiting[0].delivery.sequence;
  }

  /** Demand may have risen. */
  demandChanged(): void {
    if (!this.#isClosingHole) this.#drain();
  }

  #open(from: number, through: number): void {
    this.#isClosingHole = true;
    this.#events.hole(from, through);
  }

  /** @returns false when it has to wait: for room, or for what should have come before it */
  #offer(arrival: Arrival): boolean {
    const { account, intake, clock } = this.#options;
    const { sequence } = arrival.delivery;
    const expected = account.newestSequence + 1;
    if (sequence > expected) {
      if (!arrival.follows) {
        this.#open(expected, sequence - 1);
        return false;
      }
      account.lost(expected, sequence - 1, LossReason.deleted);
      this.#events.lost();
    }
    if (intake.demandAt(clock.nowNs) === 0) return false;
    this.#decide(arrival);
    return true;
  }

  #drain(): void {
    this.#disarm();
    const { account } = this.#options;
    let decided = 0;
    while (decided < this.#waiting.length && !this.#isClosingHole) {
      const arrival = this.#waiting[decided];
      if (account.isSettled(arrival.delivery.sequence)) {
        if (arrival.source !== null) answer(arrival.source, acknowledgement);
      } else if (!this.#offer(arrival)) break;
      decided += 1;
    }
    this.#waiting.splice(0, decided);
    if (this.#waiting.length > 0) this.#arm();
    else if (!this.#isClosingHole) this.#events.idle();
  }

  #decide({ delivery, storedAtMs, source }: Arrival): void {
    const { account, intake, clock, nakDelayNs } = this.#options;
    if (intake.messageArrived(delivery, clock.nowNs) === 'acknowledge') {
      this.acknowledged += 1;
      account.handedOver(delivery.sequence);
      this.#events.taken(delivery, storedAtMs);
      if (source !== null) answer(source, acknowledgement);
      return;
    }
    this.naked += 1;
    account.handedBack(delivery.sequence, delivery.channel);
    if (source !== null) answer(source, `-NAK {"delay":${Math.round(nakDelayNs)}}`);
  }

  /** What waits for a rate cap goes on by itself. */
  #arm(): void {
    if (this.#timer !== null) return;
    const { intake, clock } = this.#options;
    const dueNs = intake.demandDueNs(clock.nowNs);
    if (dueNs === Infinity) return;
    const waitMs = Math.max(1, Math.ceil((dueNs - clock.nowNs) / nanosecondsPerMillisecond));
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.demandChanged();
    }, waitMs);
  }

  #disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

const acknowledgement = '+ACK';
const answer = (source: Msg, text: string): void => {
  source.respond(text);
};
