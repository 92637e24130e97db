import { JetStreamPublisher } from '../../../server/bus/jetstream/publisher.ts';

/** A message that JetStream confirmed. */
export interface Publication {
  readonly id: number;
  readonly channel: string;
  readonly sequence: number;
  /** Counts the streams of one name: the next begins when sequences go back. */
  readonly life: number;
}

const confirmTimeoutMs = 1_500;

/** Publishes at a rate, and keeps what was confirmed: the truth that clients are held against. */
export class Publications {
  readonly confirmed: Publication[] = [];
  readonly byId = new Map<number, Publication>();
  #publisher: JetStreamPublisher;
  #channels: readonly string[];
  #life = 0;
  #lastSequence = 0;
  #nextId = 1;
  #ratePerSecond: number;
  #isPaused = false;
  #stopping = false;
  #loop: Promise<void> = Promise.resolve();

  private constructor(publisher: JetStreamPublisher, channels: readonly string[], ratePerSecond: number) {
    this.#publisher = publisher;
    this.#channels = channels;
    this.#ratePerSecond = ratePerSecond;
  }

  static async start(url: string, channels: readonly string[], ratePerSecond: number): Promise<Publications> {
    const publications = new Publications(await JetStreamPublisher.connect(url, 'odin.>'), channels, ratePerSecond);
    publications.#loop = publications.#run();
    return publications;
  }

  get publisher(): JetStreamPublisher {
    return this.#publisher;
  }
  set paused(paused: boolean) {
    this.#isPaused = paused;
  }

  /** @returns what was confirmed; null when nobody knows whether the message was stored */
  async publish(channel: string): Promise<Publication | null> {
    const id = this.#nextId;
    this.#nextId += 1;
    const stored = this.#publisher.publish(channel, `{"n":${id}}`, id).catch(() => null);
    const sequence = await Promise.race([stored, wait(confirmTimeoutMs).then(() => null)]);
    if (sequence === null) return null;
    if (sequence <= this.#lastSequence) this.#life += 1;
    this.#lastSequence = sequence;
    const publication = { id, channel, sequence, life: this.#life };
    this.confirmed.push(publication);
    this.byId.set(id, publication);
    return publication;
  }

  async burst(messages: number): Promise<void> {
    for (let count = 0; count < messages && !this.#stopping; count += 1) {
      await this.publish(this.#channels[count % this.#channels.length]);
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#loop;
  }
  async close(): Promise<void> {
    await this.#publisher.abort();
  }

  async #run(): Promise<void> {
    for (let count = 0; !this.#stopping; count += 1) {
      if (!this.#isPaused) await this.publish(this.#channels[(count * 7 + (count >> 3)) % this.#channels.length]);
      await wait(1_000 / this.#ratePerSecond);
    }
  }
}

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
