import { randomUUID } from 'node:crypto';
import {
  type Intake,
  nanosecondsPerMillisecond,
  SequenceAccount,
  type Settings,
  type StreamCounters,
  StreamModel,
} from '#core';
import type { Clock } from '../clock.ts';
import type { Bus, BusListener, BusMessage, Delivery, Past } from './bus.ts';

const lossCheckMs = 1_000;

/** The stream in this process: core's `StreamModel` driven by the real clock. For trials, tests and live measurement. */
export class EmbeddedBus implements Bus {
  readonly epoch = randomUUID();
  readonly connected = true;
  #clock: Clock;
  #stream: StreamModel<BusMessage>;
  #account = new SequenceAccount();
  #nakDelayNs: number;
  #listener: BusListener | null = null;
  #intake: Intake<Delivery> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(settings: Settings, clock: Clock) {
    this.#clock = clock;
    this.#nakDelayNs = settings.nakDelayNs;
    this.#stream = new StreamModel({ ...settings, epoch: this.epoch });
  }

  get counters(): StreamCounters {
    return this.#stream.counters;
  }

  open(listener: BusListener): Promise<Past> {
    this.#listener = listener;
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

  demandChanged(): void {
    this.#pull();
  }

  stop(): Promise<void> {
    this.#intake = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    return Promise.resolve();
  }

  /** Takes what is there, once: a message that is handed back without delay comes again in the next round of the loop. */
  #pull(): void {
    const intake = this.#intake;
    const listener = this.#listener;
    if (intake === null || listener === null) return;
    const nowNs = this.#clock.nowNs;
    let budget = this.#stream.pendingMessages;
    while (budget > 0 && intake.demandAt(nowNs) > 0) {
      const delivery = this.#stream.fetch(nowNs);
      this.#tellLosses(listener, nowNs);
      if (delivery === null) break;
      budget -= 1;
      const { sequence, channel } = delivery;
      if (intake.messageArrived(delivery, nowNs) === 'acknowledge') {
        this.#account.handedOver(sequence);
        listener.messageTaken(delivery);
        this.#stream.acknowledge(sequence, nowNs);
      } else {
        this.#account.handedBack(sequence, channel);
        this.#stream.negativeAcknowledge(sequence, this.#nakDelayNs, nowNs);
      }
    }
    this.#tellLosses(listener, nowNs);
    this.#armTimer(intake, nowNs);
  }

  /** What retention discarded before it was taken. */
  #tellLosses(listener: BusListener, nowNs: number): void {
    this.#account.discardedBelow(this.#stream.firstSequenceAt(nowNs));
    for (const range of this.#account.takeLost()) listener.messagesLost(range);
  }

  #armTimer(intake: Intake<Delivery>, nowNs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#stream.pendingMessages === 0) return;
    const isWanted = intake.demandAt(nowNs) > 0;
    const dueNs = isWanted ? this.#stream.nextEventNs(nowNs) : intake.demandDueNs(nowNs);
    // What nobody asks for may expire meanwhile, and that is to be told while it is news.
    const waitMs = Math.max(1, Math.min(lossCheckMs, Math.ceil((dueNs - nowNs) / nanosecondsPerMillisecond)));
    this.#timer = setTimeout(() => this.#pull(), waitMs);
  }
}
