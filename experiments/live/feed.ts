import { setTimeout as sleep } from 'node:timers/promises';
import { JetStreamPublisher } from '../../server/bus/jetstream/publisher.ts';
import type { ServerProcess } from './server-process.ts';

/** Where a run's messages go in. */
export interface Feed {
  publish(channel: string, dataJson: string, publishedAtMs: number): void;
  /** Whether it takes another message now; what is not confirmed yet stays in memory. */
  readonly hasRoom: boolean;
  /** Publishes that were refused or never confirmed; such a message may be in the stream all the same. */
  readonly unconfirmed: number;
  /** Waits for what is pending, for a bounded time; what is not confirmed by then is counted. Never rejects. */
  close(): Promise<void>;
}

/** Messages and bytes that may wait for their confirmation. */
const pendingMax = 4_096;
const pendingBytesMax = 64_000_000;
/** Above the 5 s after which the client library gives up on a confirmation. */
const confirmTimeoutMs = 8_000;
const closeTimeoutMs = 2_000;

/** Into the server's own stream, over IPC. */
export class EmbeddedFeed implements Feed {
  readonly unconfirmed = 0;
  #pending = 0;
  #server: Pick<ServerProcess, 'publish'>;

  constructor(server: Pick<ServerProcess, 'publish'>) {
    this.#server = server;
  }

  get hasRoom(): boolean {
    return this.#pending < pendingMax;
  }

  publish(channel: string, dataJson: string, publishedAtMs: number): void {
    this.#pending += 1;
    this.#server.publish(channel, dataJson, publishedAtMs, () => {
      this.#pending -= 1;
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Into a stream of a nats-server. */
export class NatsFeed implements Feed {
  unconfirmed = 0;
  /** Why the last of them was not. */
  lastError: string | null = null;
  #pending = 0;
  #pendingBytes = 0;
  #publisher: JetStreamPublisher;
  #allAnswered: (() => void) | null = null;

  private constructor(publisher: JetStreamPublisher) {
    this.#publisher = publisher;
  }

  static async connect(url: string, subjects: string): Promise<NatsFeed> {
    return new NatsFeed(await JetStreamPublisher.connect(url, subjects));
  }

  get hasRoom(): boolean {
    return this.#pending < pendingMax && this.#pendingBytes < pendingBytesMax;
  }

  publish(channel: string, dataJson: string, publishedAtMs: number): void {
    const sizeBytes = dataJson.length;
    this.#pending += 1;
    this.#pendingBytes += sizeBytes;
    const answered = (): void => {
      this.#pending -= 1;
      this.#pendingBytes -= sizeBytes;
      if (this.#pending === 0) this.#allAnswered?.();
    };
    this.#publisher.publish(channel, dataJson, publishedAtMs).then(answered, (error: Error) => {
      this.unconfirmed += 1;
      this.lastError = /^503$|no responders/i.test(error.message)
        ? 'no stream takes this subject: start the server first, or compare JS_SUBJECTS'
        : error.message;
      answered();
    });
  }

  async close(): Promise<void> {
    if (this.#pending > 0) {
      const all = new Promise<void>((resolve) => {
        this.#allAnswered = resolve;
      });
      await within(all, confirmTimeoutMs);
    }
    this.unconfirmed += this.#pending;
    this.#pending = 0;
    // A drain waits for a server that may be gone; by now nothing is left that it could save.
    await within(this.#publisher.abort(), closeTimeoutMs);
  }
}

/** Waits for a promise, but no longer than this. Never rejects. */
async function within(promise: Promise<unknown>, timeoutMs: number): Promise<void> {
  const timeout = new AbortController();
  const late = sleep(timeoutMs, undefined, { signal: timeout.signal }).catch(() => undefined);
  await Promise.race([promise.catch(() => undefined), late]);
  timeout.abort();
}
