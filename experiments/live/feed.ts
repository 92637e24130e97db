import { JetStreamPublisher } from '../../server/bus/jetstream.ts';
import type { ServerProcess } from './server-process.ts';

/** Where a live run's messages go in. */
export interface Feed {
  publish(channel: string, dataJson: string, publishedAtMs: number): void;
  /** Publishes that were not confirmed; such a message may be in the stream all the same. */
  readonly unconfirmed: number;
  close(): Promise<void>;
}

/** Into the server's own stream. */
export class EmbeddedFeed implements Feed {
  readonly unconfirmed = 0;
  #server: ServerProcess;

  constructor(server: ServerProcess) {
    this.#server = server;
  }

  publish(channel: string, dataJson: string, publishedAtMs: number): void {
    this.#server.publish(channel, dataJson, publishedAtMs);
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Into a stream of a nats-server. */
export class NatsFeed implements Feed {
  unconfirmed = 0;
  #publisher: JetStreamPublisher;

  private constructor(publisher: JetStreamPublisher) {
    this.#publisher = publisher;
  }

  static async connect(url: string, subjects: string): Promise<NatsFeed> {
    return new NatsFeed(await JetStreamPublisher.connect(url, subjects));
  }

  publish(channel: string, dataJson: string, publishedAtMs: number): void {
    this.#publisher.publish(channel, dataJson, publishedAtMs).catch(() => {
      this.unconfirmed += 1;
    });
  }
  close(): Promise<void> {
    return this.#publisher.close().catch(() => undefined);
  }
}
