import {
  type ConsumerConfig,
  headers,
  type JetStreamClient,
  type JetStreamManager,
  type NatsConnection,
  type StreamConfig,
} from 'nats';
import { accessOf, connectTo, type NatsAccess } from './connection.ts';
import { publishedAtHeader } from './stored-message.ts';

/** Publishes to the stream that a server reads; for the load tools and tests. */
export class JetStreamPublisher {
  #connection: NatsConnection;
  #client: JetStreamClient;
  #prefix: string;

  private constructor(connection: NatsConnection, prefix: string) {
    this.#connection = connection;
    this.#client = connection.jetstream();
    this.#prefix = prefix;
  }

  /**
   * @param access a URL, which may hold credentials, or all of what a server's settings say
   * @param subjects as in JS_SUBJECTS: its first token goes before every channel
   * @throws BusError when no server answers
   */
  static async connect(access: string | NatsAccess, subjects: string): Promise<JetStreamPublisher> {
    const how = typeof access === 'string' ? accessOf(access) : access;
    return new JetStreamPublisher(await connectTo(how, 'fanout-twin publisher'), subjects.split('.')[0]);
  }

  /**
   * @param id makes a repeated publish harmless: the stream stores a message of one id once
   * @returns the message's sequence, once the stream has stored it
   */
  async publish(channel: string, data: string | Uint8Array, publishedAtMs: number, id?: string): Promise<number> {
    const header = headers();
    header.set(publishedAtHeader, String(publishedAtMs));
    const options = id === undefined ? { headers: header } : { headers: header, msgID: id };
    const { seq } = await this.#client.publish(`${this.#prefix}.${channel}`, data, options);
    return seq;
  }

  /** Without a stream and its confirmation: for servers that fan out plain NATS subjects. */
  publishPlain(channel: string, text: string): void {
    this.#connection.publish(`${this.#prefix}.${channel}`, text);
  }

  /** How the stream and a consumer are set up. */
  async inspect(stream: string, consumer: string): Promise<{ stream: StreamConfig; consumer: ConsumerConfig }> {
    const manager = await this.manager();
    return {
      stream: (await manager.streams.info(stream)).config,
      consumer: (await manager.consumers.info(stream, consumer)).config,
    };
  }

  /** What an operator can do to stream and consumer. */
  manager(): Promise<JetStreamManager> {
    return this.#connection.jetstreamManager();
  }

  async removeConsumer(stream: string, consumer: string): Promise<void> {
    await (await this.manager()).consumers.delete(stream, consumer);
  }

  async removeStream(stream: string): Promise<void> {
    await (await this.manager()).streams.delete(stream);
  }

  async close(): Promise<void> {
    await this.#connection.drain();
  }

  /** Ends the connection as it is, also one whose server is gone; what was not confirmed is given up. */
  async abort(): Promise<void> {
    await this.#connection.close();
  }
}
