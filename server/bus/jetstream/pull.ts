import { createInbox, type Msg, nanos, type NatsConnection, type Subscription } from 'nats';

/** A pull request waits so long at the server. */
export const pullExpiresMs = 5_000;
/** The server says so often that it still knows the request; after two and a half of them without a word it does not. */
const heartbeatMs = 1_000;
const silenceMs = 2.5 * heartbeatMs;

const requestEnded = new Set([404, 408]);
const heartbeat = 100;

export interface PullEvents {
  /** A message of the stream, in the order in which the server sent it. */
  readonly message: (message: Msg) => void;
  /** A request has ended, or all of it has come: time for the next. */
  readonly ended: () => void;
  /** The server refused the request, or is not there to answer: `reason` is its own. */
  readonly refused: (reason: string) => void;
}

/**
 * Pull requests to one consumer, one at a time, all answered into one inbox that stays open as long as the connection:
 * whatever comes late, after a pause of this process or of the network, is taken all the same. A client library that
 * closes an inbox by its own timer throws away what the server sent to it meanwhile.
 */
export class PullRequests {
  #connection: NatsConnection;
  #subject: string;
  #events: PullEvents;
  #inbox = createInbox();
  #subscription: Subscription;
  #request = 0;
  #awaited = 0;
  #timer: NodeJS.Timeout | null = null;
  #heardMs = 0;

  constructor(connection: NatsConnection, stream: string, consumer: string, events: PullEvents) {
    this.#connection = connection;
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
    this.#events = events;
    this.#subscription = connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.#arrived(message);
      },
    });
  }

  /** Messages that the present request may still bring; 0 when there is none. */
  get awaited(): number {
    return this.#awaited;
  }

  /** Asks for up to `count` messages; the one request before must have ended. */
  request(count: number): void {
    this.#request += 1;
    this.#awaited = count;
    this.#heardMs = performance.now();
    const options = { batch: count, expires: nanos(pullExpiresMs), idle_heartbeat: nanos(heartbeatMs) };
    this.#connection.publish(this.#subject, JSON.stringify(options), { reply: `${this.#inbox}.${this.#request}` });
    this.#timer ??= setInterval(() => setImmediate(() => this.#listen()), heartbeatMs);
  }

  /** Forgets the present request: nobody knows whether the server still does. What it brings is taken all the same. */
  forget(): void {
    this.#awaited = 0;
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#awaited = 0;
    if (!this.#connection.isClosed()) this.#subscription.unsubscribe();
  }

  /** Runs after what the sockets had, so that a process that was stopped hears what came meanwhile before it judges. */
  #listen(): void {
    if (this.#awaited === 0 || performance.now() - this.#heardMs < silenceMs) return;
    this.#awaited = 0;
    this.#events.refused('no heartbeat');
  }

  #arrived(message: Msg): void {
    this.#heardMs = performance.now();
    const code = message.headers?.code ?? 0;
    if (code !== 0 && message.data.length === 0 && message.reply?.startsWith('$JS.ACK.') !== true) {
      return this.#status(message, code);
    }
    if (this.#awaited > 0) this.#awaited -= 1;
    this.#events.message(message);
    if (this.#awaited === 0) this.#events.ended();
  }

  #status(message: Msg, code: number): void {
    if (code === heartbeat || message.subject !== `${this.#inbox}.${this.#request}` || this.#awaited === 0) return;
    this.#awaited = 0;
    const reason = message.headers?.description ?? '';
    if (requestEnded.has(code)) this.#events.ended();
    else this.#events.refused(`${code} ${reason}`.trim());
  }
}
