import { NakReason } from '../base/outcomes.ts';
import type { IntakeEffects } from './effects.ts';
import { IntakeLedger } from './ledger.ts';
import { RateLimiter } from './rate-limiter.ts';

export interface IntakeOptions {
  readonly shards: number;
  /** Messages that may wait in one shard's inbox. */
  readonly shardInboxMessages: number;
  readonly natsRateMaxPerSecond: number;
  readonly broadcastRateMaxPerSecond: number;
  /** Seconds of rate that both limiters let pass at once. */
  readonly rateBurstFactor: number;
  /** What a rate above the caps does: wait in the stream, in order; or pull and hand back (R35), out of order. */
  readonly rateExceededMode: 'wait' | 'nak';
  /** Above the pause threshold: stop pulling, or pull and hand back (R54). */
  readonly pauseMode: 'stop' | 'nak';
}

/** What the intake needs to know of a bus message. */
export interface BusDelivery {
  /** 1 for the first delivery. */
  readonly deliveryCount: number;
}

/** Whether the shards have the message, so that it is to be acknowledged, or it is to be handed back (NAKed). */
export type IntakeDecision = 'acknowledge' | 'hand-back';

/** Credits of a shard whose event loop is not there. */
const absent = -1;
/** A rate that is used up is pulled for again once so much of it has come together: few pulls, little delay. */
const resumeSeconds = 0.05;

/**
 * Decides what happens to each bus message (R34 to R37, R40, R54): hand it to the shards and acknowledge, or NAK.
 *
 * Driving contract: `messageArrived` for each delivery, whose answer is the driver's to give; `creditsReturned` when a
 * shard took messages out of its inbox, `pauseChanged` when admission says so; `demandAt` is how many messages to take
 * now, and `demandDueNs` when that will be more by itself. A message is handed back only before any shard took it, so a
 * redelivery never duplicates a broadcast; a slow shard delays nobody. A driver that offers messages in the order of the
 * stream, and none beyond the demand, has none handed back while `rateExceededMode` is wait and `pauseMode` is stop: then
 * the order of the stream is the order of broadcast.
 */
export class Intake<M extends BusDelivery> {
  readonly ledger = new IntakeLedger();
  #effects: IntakeEffects<M>;
  #ingestLimiter: RateLimiter;
  #broadcastLimiter: RateLimiter;
  #credits: Int32Array;
  #inboxMessages: number;
  #resumeTokens: number;
  #waitsForRate: boolean;
  #pullsWhilePaused: boolean;
  #paused = false;

  constructor(options: IntakeOptions, effects: IntakeEffects<M>) {
    const { natsRateMaxPerSecond, broadcastRateMaxPerSecond, rateBurstFactor } = options;
    this.#effects = effects;
    this.#ingestLimiter = new RateLimiter(natsRateMaxPerSecond, natsRateMaxPerSecond * rateBurstFactor);
    this.#broadcastLimiter = new RateLimiter(broadcastRateMaxPerSecond, broadcastRateMaxPerSecond * rateBurstFactor);
    this.#inboxMessages = options.shardInboxMessages;
    this.#credits = new Int32Array(options.shards).fill(this.#inboxMessages);
    const ratePerSecond = Math.min(natsRateMaxPerSecond, broadcastRateMaxPerSecond);
    this.#resumeTokens = Math.max(1, Math.min(this.#inboxMessages, Math.floor(ratePerSecond * resumeSeconds)));
    this.#waitsForRate = options.rateExceededMode === 'wait';
    this.#pullsWhilePaused = options.pauseMode === 'nak';
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Messages worth taking now: none while paused, else what the shard with the most room and the rate caps allow. */
  demandAt(nowNs: number): number {
    if (this.#paused && !this.#pullsWhilePaused) return 0;
    const room = this.#room;
    if (!this.#waitsForRate || room === 0) return room;
    return Math.min(room, this.#ingestLimiter.availableAt(nowNs), this.#broadcastLimiter.availableAt(nowNs));
  }

  /** When a rate cap that stands in the way allows messages again; Infinity when it is not time that is waited for. */
  demandDueNs(nowNs: number): number {
    if (!this.#waitsForRate || this.#room === 0 || (this.#paused && !this.#pullsWhilePaused)) return Infinity;
    const dueNs = Math.max(
      this.#ingestLimiter.dueNs(this.#resumeTokens),
      this.#broadcastLimiter.dueNs(this.#resumeTokens),
    );
    return Math.max(nowNs, Math.ceil(dueNs));
  }

  /** @returns what the driver answers the bus */
  messageArrived(message: M, nowNs: number): IntakeDecision {
    this.ledger.busMessages += 1;
    if (message.deliveryCount > 1) this.ledger.redelivered += 1;
    if (this.#paused) return this.#refuse(NakReason.paused);
    if (this.#waitsForRate) {
      if (this.#room === 0) return this.#refuse(NakReason.inboxFull);
      this.#ingestLimiter.take(nowNs);
      this.#broadcastLimiter.take(nowNs);
    } else {
      if (!this.#ingestLimiter.tryTake(nowNs)) return this.#refuse(NakReason.ingestRate);
      if (this.#room === 0) return this.#refuse(NakReason.inboxFull);
      if (!this.#broadcastLimiter.tryTake(nowNs)) return this.#refuse(NakReason.broadcastRate);
    }
    for (let shard = 0; shard < this.#credits.length; shard += 1) {
      if (this.#credits[shard] > 0) {
        this.#credits[shard] -= 1;
        this.#effects.deliver(shard, message);
      } else if (this.#credits[shard] !== absent) {
        this.ledger.missedShares += 1;
        this.#effects.missed(shard, message);
      }
    }
    this.ledger.acknowledged += 1;
    return 'acknowledge';
  }

  creditsReturned(shard: number, messages: number): void {
    this.#credits[shard] += messages;
  }

  /** A shard's event loop ended: it gets nothing until `shardStarted`. */
  shardEnded(shard: number): void {
    this.#credits[shard] = absent;
  }

  /** A shard's event loop has begun anew, with an empty inbox. */
  shardStarted(shard: number): void {
    this.#credits[shard] = this.#inboxMessages;
  }

  /** @param paused whether CPU use is above the pause threshold (R54), as `Admission` tells it */
  pauseChanged(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    this.#effects.setPaused(paused);
  }

  /** What the shard with the most room can take. */
  get #room(): number {
    let room = 0;
    for (let shard = 0; shard < this.#credits.length; shard += 1) room = Math.max(room, this.#credits[shard]);
    return room;
  }

  #refuse(reason: NakReason): IntakeDecision {
    this.ledger.nakedByReason[reason] += 1;
    return 'hand-back';
  }
}
