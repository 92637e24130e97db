import { randomUUID } from 'node:crypto';
import { type Intake, nanosecondsPerMillisecond, type Settings, type StreamCounters, StreamModel } from '#core';
import type { Clock } from '../clock.ts';
import type { Bus, BusListener, BusMessage, Delivery, Past } from './bus.ts';

/** The stream in this process: core's `StreamModel` driven by the real clock. For trials, tests and live measurement. */
export class EmbeddedBus implements Bus {
  readonly epoch = randomUUID();
  readonly connected = true;
  #clock: Clock;
  #stream: StreamModel<BusMessage>;
  #intake: Intake<Delivery> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(settings: Settings, clock: Clock) {
    this.#clock = clock;
    this.#stream = new StreamModel({ ...settings, epoch: this.epoch });
  }

  get counters(): StreamCounters {
    return this.#stream.counters;
  }

  open(_listener: BusListener): Promise<Past> {
    return Promise.resolve({ unknownThrough: 0, messages: [] });
  }

  start(intake: Intake<Delivery>): void {
    this.#intake = intake;
    this.#pull();
  }

  /** @param dataJson JSON text */
  publish(channel: string, dataJson: string, publishedAtMs: number): void {
    const message: BusMessage = { channel, dataJson, publishedAtMs, frame: null };
    this.#stream.publish(message, channel, dataJson.length, this.#clock.nowNs);
    this.#pull();
  }

  acknowledge(delivery: Delivery): void {
    this.#stream.acknowledge(delivery.sequence, this.#clock.nowNs);
  }

  negativeAcknowledge(delivery: Delivery, delayNs: number): void {
    this.#stream.negativeAcknowledge(delivery.sequence, delayNs, this.#clock.nowNs);
  }

  demandChanged(): void {
    this.#pull();
  }

  stop(): Promise<void> {
    this.#intake = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    return Promise.resolve();
  }

  /** Takes what is there, once: a message that is NAKed without delay comes back in the next round of the loop. */
  #pull(): void {
    const intake = this.#intake;
    if (intake === null) return;
    let budget = this.#stream.pendingMessages;
    while (budget > 0 && intake.demand > 0) {
      const delivery = this.#stream.fetch(this.#clock.nowNs);
      if (delivery === null) break;
      budget -= 1;
      intake.messageArrived(delivery, this.#clock.nowNs);
    }
    this.#armTimer();
  }

  #armTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const nowNs = this.#clock.nowNs;
    const dueNs = this.#stream.nextEventNs(nowNs);
    if (dueNs === Infinity || this.#intake === null || this.#intake.demand === 0) return;
    const waitMs = Math.max(1, Math.ceil((dueNs - nowNs) / nanosecondsPerMillisecond));
    this.#timer = setTimeout(() => this.#pull(), waitMs);
  }
}
