import { Intake, type IntakeEffects, type Profile, type Settings, type StreamDelivery, StreamModel } from '#core';
import type { EventLoop } from '../machine/cpu.ts';
import type { SimulatedFrame } from './shard-host.ts';

export interface IntakeWorld {
  /** A message reaches a shard's thread at `atNs`; `missed` when its inbox was full. */
  handOver(shard: number, frame: SimulatedFrame, missed: boolean, atNs: number): void;
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
  #profile: Profile;
  #world: IntakeWorld;
  #startNs = 0;
  #elapsedNs = 0;
  #more = false;
  /** Whether NATS is within reach. */
  #connected = true;

  constructor(options: IntakeHostOptions) {
    const { settings } = options;
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
    for (let messages = 0; this.#connected && this.intake.demand > 0; messages += 1) {
      if (messages === messagesPerTurn) {
        this.#more = true;
        break;
      }
      const delivery = this.stream.fetch(startNs);
      if (delivery === null) break;
      this.#elapsedNs += this.#profile.cpu.perBusMessageNs;
      this.intake.messageArrived(delivery, startNs);
    }
    return Math.round(this.#elapsedNs);
  }

  turnEnded(nowNs: number): boolean {
    // While NATS is away, what falls due there comes to nobody's notice; nor does it while nothing is asked for, and what
    // asks again wakes this loop.
    if (this.#connected && this.intake.demand > 0) this.#world.wantsIntakeTimer(this.stream.nextEventNs(nowNs));
    return this.#more;
  }

  acknowledge(delivery: StreamDelivery<SimulatedFrame>): void {
    this.stream.acknowledge(delivery.sequence, this.#startNs);
  }
  negativeAcknowledge(delivery: StreamDelivery<SimulatedFrame>, delayNs: number): void {
    this.stream.negativeAcknowledge(delivery.sequence, Math.max(delayNs, redeliveryNsLeast), this.#startNs);
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
