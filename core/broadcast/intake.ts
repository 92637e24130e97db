import type { IntakeEffects } from './effects.ts';
import { IntakeLedger } from './ledger.ts';
import { NakReason } from '../base/outcomes.ts';
import { RateLimiter } from './rate-limiter.ts';

export interface IntakeOptions {
  readonly shards: number;
  /** Messages that may wait for one shard: its credit (design: "Intake to shards"). */
  readonly shardInboxMessages: number;
  /** R16, R40 */
  readonly natsRateMaxPerSecond: number;
  /** R17, R40 */
  readonly broadcastRateMaxPerSecond: number;
  /** Bucket size of both limiters as a multiple of one second's rate (R44). */
  readonly rateBurstFactor: number;
  /** R39 */
  readonly nakDelayNs: number;
  /** `nak`: while paused, messages are pulled and handed back, over and over, as the source document has it (R54). */
  readonly pauseMode: 'stop' | 'nak';
}

/** Credits of a shard whose event loop has ended: there is nobody to miss a message. */
const absent = -1;

/** What the intake needs to know of a bus delivery. */
export interface BusDelivery {
  /** 1 at the first delivery. */
  readonly deliveryCount: number;
}

/**
 * Decides what happens to each bus message (R34 to R37, R40, R54): hand it to the shards and acknowledge, or NAK.
 *
 * Driving contract: `messageArrived` for each delivery, `creditsReturned` when a shard took messages out of its inbox,
 * `pauseChanged` when admission says so; `demand` is how many messages to pull now. A message is NAKed only before any
 * shard took it, so a redelivery never duplicates a broadcast; a slow shard delays nobody.
 */
export class Intake<M extends BusDelivery> {
  readonly ledger = new IntakeLedger();
  #effects: IntakeEffects<M>;
  #ingestLimiter: RateLimiter;
  #broadcastLimiter: RateLimiter;
  #credits: Int32Array;
  #inboxMessages: number;
  #nakDelayNs: number;
  #pullsWhilePaused: boolean;
  #paused = false;

  constructor(options: IntakeOptions, effects: IntakeEffects<M>) {
    this.#effects = effects;
    this.#ingestLimiter = new RateLimiter(
      options.natsRateMaxPerSecond,
      options.natsRateMaxPerSecond * options.rateBurstFactor,
    );
    this.#broadcastLimiter = new RateLimiter(
      options.broadcastRateMaxPerSecond,
      options.broadcastRateMaxPerSecond * options.rateBurstFactor,
    );
    this.#inboxMessages = options.shardInboxMessages;
    this.#credits = new Int32Array(options.shards).fill(this.#inboxMessages);
    this.#nakDelayNs = options.nakDelayNs;
    this.#pullsWhilePaused = options.pauseMode === 'nak';
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Messages worth pulling now: none while paused, else what the shard with the most room can take. */
  get demand(): number {
    if (this.#paused && !this.#pullsWhilePaused) return 0;
    let demand = 0;
    for (let shard = 0; shard < this.#credits.length; shard += 1) demand = Math.max(demand, this.#credits[shard]);
    return demand;
  }

  messageArrived(message: M, nowNs: number): void {
    this.ledger.busMessages += 1;
    if (message.deliveryCount > 1) this.ledger.redelivered += 1;
    if (this.#paused) return this.#refuse(message, NakReason.paused);
    if (!this.#ingestLimiter.tryTake(nowNs)) return this.#refuse(message, NakReason.ingestRate);
    if (this.demand === 0) return this.#refuse(message, NakReason.inboxFull);
    if (!this.#broadcastLimiter.tryTake(nowNs)) return this.#refuse(message, NakReason.broadcastRate);
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
    this.#effects.acknowledge(message);
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

  #refuse(message: M, reason: NakReason): void {
    this.ledger.nakedByReason[reason] += 1;
    this.#effects.negativeAcknowledge(message, this.#nakDelayNs);
  }
}
