import {
  Intake,
  type IntakeEffects,
  type LostRange,
  type Profile,
  SequenceAccount,
  type Settings,
  type StreamDelivery,
  StreamModel,
} from '#core';
import type { EventLoop } from '../machine/cpu.ts';
import type { SimulatedFrame } from './shard-host.ts';

export interface IntakeWorld {
  /** A message reaches a shard's thread at `atNs`; `missed` when its inbox was full. */
  handOver(shard: number, frame: SimulatedFrame, missed: boolean, atNs: number): void;
  /** Word reaches every shard's thread at `atNs` that messages of the stream will never come. */
  handOverLoss(range: LostRange, atNs: number): void;
  /** Wants a turn at `dueNs`: a redelivery falls due. */
  wantsIntakeTimer(dueNs: number): void;
}

export interface IntakeHostOptions {
  readonly settings: Settings;
  readonly shards: number;
  readonly profile: Profile;
  readonly world: IntakeWorld;
}

/** Bus messages that one turn takes at the most. */
const messagesPerTurn = 64;
/** A message that is handed back without delay takes a trip to the bus and back all the same. */
const redeliveryNsLeast = 1_000_000;

/**
 * The main thread's loop: the twin of `server/threads/supervisor.ts`. It pulls from core's `StreamModel`, lets core's `Intake`
 * decide and charges for each message.
 */
export class IntakeHost implements EventLoop, IntakeEffects<StreamDelivery<SimulatedFrame>> {
  readonly stream: StreamModel<SimulatedFrame>;
  readonly intake: Intake<StreamDelivery<SimulatedFrame>>;
  readonly account = new SequenceAccount();
  #nakDelayNs: number;
  #profile: Profile;
  #world: IntakeWorld;
  #startNs = 0;
  #elapsedNs = 0;
  #more = false;
  /** Whether NATS is within reach. */
  #connected = true;

  constructor(options: IntakeHostOptions) {
    const { settings } = options;
    this.#nakDelayNs = Math.max(settings.nakDelayNs, redeliveryNsLeast);
    this.#profile = options.profile;
    this.#world = options.world;
    this.stream = new StreamModel<SimulatedFrame>({ ...settings, epoch: 'simulated' });
    this.intake = new Intake({ ...settings, shards: options.shards }, this);
  }

  get connected(): boolean {
    return this.#connected;
  }
  /** NATS went out of reach, or came back: then the driver wakes this loop. */
  connectionChanged(connected: boolean): void {
    this.#connected = connected;
  }

  runTurn(startNs: number): number {
    this.#startNs = startNs;
    this.#elapsedNs = this.#profile.cpu.perTurnNs;
    this.#more = false;
    for (let messages = 0; this.#connected && this.intake.demandAt(startNs) > 0; messages += 1) {
      if (messages === messagesPerTurn) {
        this.#more = true;
        break;
      }
      const delivery = this.stream.fetch(startNs);
      if (delivery === null) break;
      this.#elapsedNs += this.#profile.cpu.perBusMessageNs;
      this.#tellLosses(startNs);
      if (this.intake.messageArrived(delivery, startNs) === 'acknowledge') {
        this.account.handedOver(delivery.sequence);
        this.stream.acknowledge(delivery.sequence, startNs);
      } else {
        this.account.handedBack(delivery.sequence, delivery.channel);
        this.stream.negativeAcknowledge(delivery.sequence, this.#nakDelayNs, startNs);
      }
    }
    if (this.#connected) this.#tellLosses(startNs);
    return Math.round(this.#elapsedNs);
  }

  turnEnded(nowNs: number): boolean {
    // While NATS is away, what falls due there comes to nobody's notice; nor does it while nothing is asked for, and what
    // asks again wakes this loop, but for a rate cap: that is a matter of time.
    if (!this.#connected || this.stream.pendingMessages === 0) return this.#more;
    const isWanted = this.intake.demandAt(nowNs) > 0;
    this.#world.wantsIntakeTimer(isWanted ? this.stream.nextEventNs(nowNs) : this.intake.demandDueNs(nowNs));
    return this.#more;
  }

  /** What retention discarded before it was taken is told before what came after it. */
  #tellLosses(nowNs: number): void {
    this.account.discardedBelow(this.stream.firstSequenceAt(nowNs));
    for (const range of this.account.takeLost()) {
      this.#world.handOverLoss(range, this.#startNs + Math.round(this.#elapsedNs));
    }
  }

  deliver(shard: number, delivery: StreamDelivery<SimulatedFrame>): void {
    this.#world.handOver(shard, delivery.message, false, this.#startNs + Math.round(this.#elapsedNs));
  }
  missed(shard: number, delivery: StreamDelivery<SimulatedFrame>): void {
    this.#world.handOver(shard, delivery.message, true, this.#startNs + Math.round(this.#elapsedNs));
  }
  setPaused(_paused: boolean): void {
    // The next turn's demand says so.
  }
}
