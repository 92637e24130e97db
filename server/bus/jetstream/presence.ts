import { randomUUID } from 'node:crypto';
import type { Msg, NatsConnection, Subscription } from 'nats';

const announceMs = 1_000;

interface Announcement {
  readonly id: string;
  /** When it began to serve, or to start; the earlier one stays. */
  readonly sinceMs: number;
  readonly serves: boolean;
}

/**
 * Word among servers of one durable consumer, so that the later of two stops instead of splitting its messages with the
 * other. By plain subjects under `_INBOX`, where every user of NATS may publish and listen; each second, so that servers that
 * started at one moment, or that a partition hid from each other, notice too.
 */
export class Presence {
  #connection: NatsConnection;
  #subject: string;
  #subscription: Subscription;
  #timer: NodeJS.Timeout;
  #own: Announcement;
  #onOther: () => void;
  #yields = false;

  /** @param onOther told when another server has the older right to the consumer */
  constructor(connection: NatsConnection, stream: string, consumer: string, own: Announcement, onOther: () => void) {
    this.#connection = connection;
    this.#subject = `_INBOX.fanout-twin.${stream}.${consumer}`;
    this.#own = own;
    this.#onOther = onOther;
    this.#subscription = connection.subscribe(this.#subject, {
      callback: (error, message) => {
        if (error === null) this.#heard(message);
      },
    });
    this.#timer = setInterval(() => this.#announce(), announceMs);
    this.#announce();
  }

  /** Who a server is, over all its connections. */
  static identity(sinceMs: number): Announcement {
    return { id: randomUUID(), sinceMs, serves: false };
  }

  /** Whether another server has the older right. */
  get yields(): boolean {
    return this.#yields;
  }

  /** From now on this server serves: those that still start yield to it, whatever their clocks say. */
  serves(): void {
    this.#own = { ...this.#own, serves: true };
    this.#announce();
  }

  close(): void {
    clearInterval(this.#timer);
    if (!this.#connection.isClosed()) this.#subscription.unsubscribe();
  }

  #announce(): void {
    if (!this.#connection.isClosed()) this.#connection.publish(this.#subject, JSON.stringify(this.#own));
  }

  #heard(message: Msg): void {
    let other: Partial<Announcement>;
    try {
      other = message.json<Partial<Announcement>>();
    } catch {
      return;
    }
    const { id, sinceMs, serves } = other;
    if (typeof id !== 'string' || typeof sinceMs !== 'number' || id === this.#own.id) return;
    const isOlder = serves === this.#own.serves ? this.#isAfter(sinceMs, id) : serves === true;
    if (!isOlder) return this.#announce();
    if (this.#yields) return;
    this.#yields = true;
    this.#onOther();
  }

  #isAfter(sinceMs: number, id: string): boolean {
    return sinceMs === this.#own.sinceMs ? id < this.#own.id : sinceMs < this.#own.sinceMs;
  }
}
