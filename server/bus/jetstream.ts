import {
  AckPolicy,
  connect,
  type Consumer,
  type ConsumerConfig,
  type ConsumerInfo,
  type ConsumerMessages,
  DeliverPolicy,
  DiscardPolicy,
  Events,
  headers,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  type NatsConnection,
  nanos,
  NatsError,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from 'nats';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, type Intake, nanosecondsPerMillisecond, type Settings, type StreamCounters } from '#core';
import type { Clock } from '../clock.ts';
import type { Log } from '../observe/log.ts';
import type { Bus, BusListener, BusMessage, Delivery, Past, PastMessage } from './bus.ts';
import { DeliveryTracker } from './delivery-tracker.ts';

/**
 * The stream, its durable pull consumer, and a publisher for tools and tests: the only file that knows NATS, beside the
 * queue of sweeps (`experiments/sweep/point-queue.ts`).
 */

/** A message may carry the time of its publishing, in milliseconds since 1970; else it is when the stream stored it. */
export const publishedAtHeader = 'Published-At-Ms';

const connectTimeoutMs = 10_000;
const readyTimeoutMs = 15_000;
const reconnectWaitMs = 250;
const reconnectJitterMs = 250;
/** A pull request waits so long at the server; also how long a dead predecessor's request can be taken for a living one. */
const pullExpiresMs = 5_000;
const pollIntervalMs = 1_000;
const backoffMsLeast = 100;
const backoffMsMost = 5_000;
const pastBatch = 1_000;
/** A suffixed consumer of an instance that is gone for good. */
const consumerExpiresMs = 300_000;
const rereadAttempts = 100;
const notFound = '404';

/** The bus cannot be used as it is; the message says what to do. */
export class BusError extends Error {
  override readonly name = 'BusError';
}

export class JetStreamBus implements Bus {
  #settings: Settings;
  #log: Log;
  #clock: Clock;
  #url: string;
  #consumerName: string;
  #listener: BusListener | null = null;
  #connection: NatsConnection | null = null;
  #manager: JetStreamManager | null = null;
  #client: JetStreamClient | null = null;
  #consumer: Consumer | null = null;
  #intake: Intake<Delivery> | null = null;

  #epoch = '';
  #connected = false;
  #stopping = false;
  #pull: ConsumerMessages | null = null;
  #onDemand: (() => void) | null = null;
  #restoring: Promise<void> | null = null;
  #tracker = new DeliveryTracker();
  #pollTimer: NodeJS.Timeout | null = null;
  #stream: StreamInfo | null = null;
  #consumerInfo: ConsumerInfo | null = null;
  #loop: Promise<void> = Promise.resolve();

  #deliveries = 0;
  #redeliveries = 0;
  #acknowledged = 0;
  #naked = 0;

  /** @param settings with `natsUrl` */
  constructor(settings: Settings, clock: Clock, log: Log) {
    assert(settings.natsUrl !== null, 'the JetStream bus needs NATS_URL');
    this.#settings = settings;
    this.#log = log;
    this.#clock = clock;
    this.#url = settings.natsUrl;
    this.#consumerName =
      settings.instance === '' ? settings.consumerName : `${settings.consumerName}-${settings.instance}`;
  }

  get epoch(): string {
    return this.#epoch;
  }
  get connected(): boolean {
    return this.#connected;
  }

  /** Of this server's time; what is stored and pending is as of the last poll, a second ago at the most. */
  get counters(): StreamCounters {
    const pending = this.#consumerInfo;
    return {
      published: this.#stream?.state.last_seq ?? 0,
      deliveries: this.#deliveries,
      redeliveries: this.#redeliveries,
      acknowledged: this.#acknowledged,
      naked: this.#naked,
      expiredUnacknowledged: this.#tracker.expired,
      ackPending: pending?.num_ack_pending ?? 0,
      pendingMessages: (pending?.num_pending ?? 0) + this.#tracker.waiting,
      storedMessages: this.#stream?.state.messages ?? 0,
      storedBytes: this.#stream?.state.bytes ?? 0,
    };
  }

  async open(listener: BusListener): Promise<Past> {
    this.#listener = listener;
    this.#connection = await connectTo(this.#url, `fanout-twin ${this.#consumerName}`);
    this.#connected = true;
    void this.#watchConnection(this.#connection);
    this.#client = this.#connection.jetstream();
    const { stream, consumer } = await this.#prepare(this.#connection);
    this.#epoch = epochOf(stream);
    await this.#refuseSecondPuller(consumer);
    this.#stream = stream;
    this.#consumerInfo = consumer;
    const through = consumer.delivered.stream_seq > 0 ? consumer.delivered.stream_seq : stream.state.last_seq;
    this.#tracker.beginsAfter(through);
    return this.#readPast(stream, Math.min(through, stream.state.last_seq));
  }

  start(intake: Intake<Delivery>): void {
    this.#intake = intake;
    this.#loop = this.#pullForever(intake);
    this.#pollTimer = setInterval(() => void this.#poll(), pollIntervalMs);
  }

  demandChanged(): void {
    this.#onDemand?.();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#pollTimer !== null) clearInterval(this.#pollTimer);
    this.#onDemand?.();
    this.#pull?.stop();
    await this.#loop;
    // What was acknowledged last must leave the process before it ends.
    await this.#connection?.drain().catch(() => undefined);
  }

  // Pulling --------------------------------------------------------------------------------------------------------

  async #pullForever(intake: Intake<Delivery>): Promise<void> {
    let failures = 0;
    while (!this.#stopping) {
      if (intake.demandAt(this.#clock.nowNs) === 0) {
        await this.#demand(intake);
        continue;
      }
      try {
        await this.#pullOnce(intake);
        failures = 0;
      } catch (error) {
        if (this.#stopping) return;
        failures += 1;
        this.#log.write('warn', 'bus pull failed', { message: messageOf(error), failures });
        await sleep(Math.min(backoffMsMost, backoffMsLeast * 2 ** Math.min(failures, 10)));
        await this.#restore().catch((reason: unknown) => {
          this.#log.write('warn', 'bus not restored', { message: messageOf(reason) });
        });
      }
    }
  }

  /** Waits for credits, for the end of a pause, or for a rate cap that allows messages again. */
  async #demand(intake: Intake<Delivery>): Promise<void> {
    const nowNs = this.#clock.nowNs;
    const waitMs = (intake.demandDueNs(nowNs) - nowNs) / nanosecondsPerMillisecond;
    let timer: NodeJS.Timeout | null = null;
    await new Promise<void>((resolve) => {
      this.#onDemand = (): void => {
        if (this.#stopping || intake.demandAt(this.#clock.nowNs) > 0) resolve();
      };
      if (waitMs !== Infinity) timer = setTimeout(resolve, Math.max(1, Math.ceil(waitMs)));
    });
    if (timer !== null) clearTimeout(timer);
    this.#onDemand = null;
  }

  async #pullOnce(intake: Intake<Delivery>): Promise<void> {
    assert(this.#consumer !== null, 'opened before it is started');
    const pull = await this.#consumer.fetch({
      max_messages: Math.max(1, intake.demandAt(this.#clock.nowNs)),
      expires: pullExpiresMs,
    });
    this.#pull = pull;
    try {
      for await (const message of pull) this.#arrived(intake, message);
    } finally {
      this.#pull = null;
    }
  }

  #arrived(intake: Intake<Delivery>, source: JsMsg): void {
    this.#deliveries += 1;
    if (source.redelivered) this.#redeliveries += 1;
    if (this.#tracker.wasHandedOver(source.seq)) return source.ack();
    this.#decide(intake, deliveryOf(source), source);
  }

  #decide(intake: Intake<Delivery>, delivery: Delivery, source: JsMsg | null): void {
    if (intake.messageArrived(delivery, this.#clock.nowNs) === 'acknowledge') {
      this.#acknowledged += 1;
      this.#tracker.handedOver(delivery.sequence);
      this.#listener?.messageTaken(delivery);
      source?.ack();
    } else {
      this.#naked += 1;
      this.#tracker.handedBack(delivery.sequence);
      source?.nak(Math.round(this.#settings.nakDelayNs / nanosecondsPerMillisecond));
    }
  }

  // Stream and consumer --------------------------------------------------------------------------------------------

  /** Waits for a cluster that has just started: it elects a leader and finds its nodes first. @throws BusError */
  async #prepare(connection: NatsConnection): Promise<{ stream: StreamInfo; consumer: ConsumerInfo }> {
    const deadlineMs = performance.now() + readyTimeoutMs;
    for (;;) {
      try {
        this.#manager = await connection.jetstreamManager();
        const stream = await this.#ensureStream();
        return { stream, consumer: await this.#ensureConsumer(stream.state.last_seq) };
      } catch (error) {
        if (performance.now() < deadlineMs && !this.#stopping) {
          await sleep(backoffMsLeast);
          continue;
        }
        await connection.close();
        throw new BusError(
          `NATS_URL=${this.#url}: JetStream there cannot serve stream ${this.#settings.streamName} (${messageOf(error)}); start the server with -js, a cluster with most of its nodes, and JS_REPLICAS of them at the most`,
        );
      }
    }
  }

  async #ensureStream(): Promise<StreamInfo> {
    const { streamName, subjects, streamMaxAgeNs, streamMaxMessages, streamMaxBytes, streamStorage, streamReplicas } =
      this.#settings;
    const manager = this.#requireManager();
    const found = await manager.streams.info(streamName).catch(nullWhenNotFound);
    const asked = {
      name: streamName,
      subjects: subjects.split(',').map((subject) => subject.trim()),
      max_age: streamMaxAgeNs,
      max_msgs: streamMaxMessages,
      max_bytes: streamMaxBytes,
    };
    if (found === null) {
      this.#log.write('info', 'stream created', asked);
      return manager.streams.add({
        ...asked,
        storage: streamStorage === 'file' ? StorageType.File : StorageType.Memory,
        num_replicas: streamReplicas,
        retention: RetentionPolicy.Limits,
        discard: DiscardPolicy.Old,
      });
    }
    // A stream may be shared: what others set up is told, not changed.
    for (const key of ['subjects', 'max_age', 'max_msgs', 'max_bytes'] as const) {
      const has = JSON.stringify(found.config[key]);
      if (has === JSON.stringify(asked[key])) continue;
      this.#log.write('warn', 'stream differs from the settings', { key, found: has, asked: asked[key] });
    }
    return found;
  }

  /** @param lastSequence where a consumer that is new begins */
  async #ensureConsumer(lastSequence: number): Promise<ConsumerInfo> {
    const { streamName, ackWaitNs, maxAckPending, instance } = this.#settings;
    const manager = this.#requireManager();
    const found = await manager.consumers.info(streamName, this.#consumerName).catch(nullWhenNotFound);
    let info = found;
    if (found === null) {
      info = await manager.consumers.add(streamName, {
        durable_name: this.#consumerName,
        ack_policy: AckPolicy.Explicit,
        ack_wait: ackWaitNs,
        max_ack_pending: maxAckPending,
        max_deliver: -1,
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: lastSequence + 1,
        ...(instance === '' ? {} : { inactive_threshold: nanos(consumerExpiresMs) }),
      });
      this.#log.write('info', 'consumer created', { stream: streamName, consumer: this.#consumerName });
    } else if (found.config.ack_wait !== ackWaitNs || found.config.max_ack_pending !== maxAckPending) {
      info = await manager.consumers.update(streamName, this.#consumerName, {
        ack_wait: ackWaitNs,
        max_ack_pending: maxAckPending,
      });
      this.#log.write('info', 'consumer updated', { consumer: this.#consumerName });
    }
    assert(info !== null, 'found or added');
    assert(this.#client !== null, 'connected before');
    this.#consumer = await this.#client.consumers.get(streamName, this.#consumerName);
    return info;
  }

  /** Two servers on one durable would split its messages between them. */
  async #refuseSecondPuller(first: ConsumerInfo): Promise<void> {
    const deadlineMs = performance.now() + pullExpiresMs + 1_000;
    let info = first;
    // The request of a server that was killed stays until it expires.
    while (info.num_waiting > 0 && performance.now() < deadlineMs && !this.#stopping) {
      await sleep(250);
      info = await this.#requireManager().consumers.info(this.#settings.streamName, this.#consumerName);
    }
    if (info.num_waiting === 0) return;
    throw new BusError(
      `JS_CONSUMER_NAME: another server pulls from consumer ${this.#consumerName} of stream ${this.#settings.streamName}; set WS_INSTANCE to a name of this server's own (accepted: 1 to 32 letters, digits, _ or -)`,
    );
  }

  async #readPast(stream: StreamInfo, through: number): Promise<Past> {
    const first = stream.state.first_seq;
    const messages: PastMessage[] = [];
    if (stream.state.messages === 0 || through < first) return { unknownThrough: through, messages };
    assert(this.#client !== null, 'connected before');
    const reader = await this.#client.consumers.get(stream.config.name, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: first,
    });
    let last = 0;
    while (last < through) {
      const before = last;
      const batch = await reader.fetch({ max_messages: pastBatch, expires: 1_000 });
      for await (const source of batch) {
        last = source.seq;
        if (last <= through) messages.push({ sequence: last, message: messageFrom(source) });
        if (last >= through || source.info.pending === 0) break;
      }
      // Nothing more came: the rest has expired meanwhile.
      if (last === before) break;
    }
    await reader.delete().catch(() => undefined);
    return { unknownThrough: (messages[0]?.sequence ?? through + 1) - 1, messages };
  }

  // Trouble --------------------------------------------------------------------------------------------------------

  async #watchConnection(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === Events.Disconnect) this.#setConnected(false, 'connection lost');
      if (type !== Events.Reconnect) continue;
      // The pull of before the break is unknown to the server: begin anew instead of waiting for its end.
      await this.#restore().catch((error: unknown) => {
        this.#log.write('warn', 'bus not restored', { message: messageOf(error) });
      });
      this.#pull?.stop();
    }
  }

  /** One at a time, whoever asks. */
  #restore(): Promise<void> {
    this.#restoring ??= this.#restoreOnce().finally(() => {
      this.#restoring = null;
    });
    return this.#restoring;
  }

  /** After a break: is it still the same stream, is the consumer there, and what got lost on the way? */
  async #restoreOnce(): Promise<void> {
    const connection = this.#connection;
    if (connection === null || connection.isClosed() || this.#stopping) return;
    const stream = await this.#ensureStream();
    const epoch = epochOf(stream);
    const isSame = epoch === this.#epoch;
    const consumer = await this.#ensureConsumer(isSame ? this.#tracker.settledThrough : 0);
    if (!isSame) {
      this.#epoch = epoch;
      this.#tracker = new DeliveryTracker();
      this.#tracker.beginsAfter(0);
      this.#listener?.streamReplaced(epoch);
    }
    this.#setConnected(true, 'connected');
    await this.#fetchMissing(consumer.delivered.stream_seq);
  }

  /** Reads what the server sent and the broken connection lost. */
  async #fetchMissing(delivered: number): Promise<void> {
    const intake = this.#intake;
    if (intake === null) return;
    const { streamName } = this.#settings;
    for (const sequence of this.#tracker.missing(delivered)) {
      const stored = await this.#requireManager()
        .streams.getMessage(streamName, { seq: sequence })
        .catch(nullWhenNotFound);
      if (stored === null || this.#tracker.wasHandedOver(sequence)) continue;
      const publishedAtMs = stored.header.get(publishedAtHeader);
      const message = busMessage(stored.subject, stored.data, publishedAtMs, stored.time.getTime());
      this.#log.write('warn', 'message lost on the way, read again', { sequence });
      const delivery = deliveryFrom(message, sequence, stored.data.length, 2);
      // There is no delivery to hand back: what the intake refuses now is offered again.
      for (let attempts = 0; attempts < rereadAttempts && !this.#tracker.wasHandedOver(sequence); attempts += 1) {
        if (attempts > 0) await sleep(backoffMsLeast);
        this.#decide(intake, delivery, null);
      }
    }
  }

  async #poll(): Promise<void> {
    if (!this.#connected || this.#manager === null) return;
    try {
      this.#stream = await this.#manager.streams.info(this.#settings.streamName);
      this.#consumerInfo = await this.#manager.consumers.info(this.#settings.streamName, this.#consumerName);
      this.#tracker.discardedBelow(this.#stream.state.first_seq);
    } catch (error) {
      // The pull meets the same trouble and mends it.
      this.#log.write('debug', 'bus poll failed', { message: messageOf(error) });
    }
  }

  #setConnected(connected: boolean, reason: string): void {
    if (connected === this.#connected) return;
    this.#connected = connected;
    this.#listener?.connectionChanged(connected, reason);
  }

  #requireManager(): JetStreamManager {
    assert(this.#manager !== null, 'opened before it is used');
    return this.#manager;
  }
}

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
   * @param subjects as in JS_SUBJECTS: its first token goes before every channel
   * @throws BusError when no server answers
   */
  static async connect(url: string, subjects: string): Promise<JetStreamPublisher> {
    return new JetStreamPublisher(await connectTo(url, 'fanout-twin publisher'), subjects.split('.')[0]);
  }

  /**
   * @param id makes a repeated publish harmless: the stream stores a message of one id once
   * @returns the message's sequence, once the stream has stored it
   */
  async publish(channel: string, dataJson: string, publishedAtMs: number, id?: string): Promise<number> {
    const header = headers();
    header.set(publishedAtHeader, String(publishedAtMs));
    const options = id === undefined ? { headers: header } : { headers: header, msgID: id };
    const { seq } = await this.#client.publish(`${this.#prefix}.${channel}`, dataJson, options);
    return seq;
  }

  /** Without a stream and its confirmation: for servers that fan out plain NATS subjects. */
  publishPlain(channel: string, text: string): void {
    this.#connection.publish(`${this.#prefix}.${channel}`, text);
  }

  /** How the stream and a consumer are set up. */
  async inspect(stream: string, consumer: string): Promise<{ stream: StreamConfig; consumer: ConsumerConfig }> {
    const manager = await this.#connection.jetstreamManager();
    return {
      stream: (await manager.streams.info(stream)).config,
      consumer: (await manager.consumers.info(stream, consumer)).config,
    };
  }

  async removeConsumer(stream: string, consumer: string): Promise<void> {
    const manager = await this.#connection.jetstreamManager();
    await manager.consumers.delete(stream, consumer);
  }

  async removeStream(stream: string): Promise<void> {
    const manager = await this.#connection.jetstreamManager();
    await manager.streams.delete(stream);
  }

  async close(): Promise<void> {
    await this.#connection.drain();
  }

  /** Ends the connection as it is, also one whose server is gone; what was not confirmed is given up. */
  async abort(): Promise<void> {
    await this.#connection.close();
  }
}

async function connectTo(url: string, name: string): Promise<NatsConnection> {
  try {
    return await connect({
      servers: url.split(',').map((server) => server.trim()),
      name,
      timeout: connectTimeoutMs,
      maxReconnectAttempts: -1,
      reconnectTimeWait: reconnectWaitMs,
      reconnectJitter: reconnectJitterMs,
      // A dead peer is noticed after two of these.
      pingInterval: 5_000,
      maxPingOut: 2,
    });
  } catch (error) {
    throw new BusError(
      `NATS_URL=${url}: no NATS server answers there (${messageOf(error)}); start one with JetStream, as in nats-server -js, or leave NATS_URL empty for the embedded bus`,
    );
  }
}

/** A stream that was lost and made anew has another creation time, and sequences that mean something else. */
const epochOf = (stream: StreamInfo): string => `${stream.config.name}@${stream.created}`;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function nullWhenNotFound(error: unknown): null {
  if (error instanceof NatsError && (error.code === notFound || error.api_error?.code === 404)) return null;
  throw error;
}

function messageFrom(source: JsMsg): BusMessage {
  const header = source.headers?.get(publishedAtHeader);
  return busMessage(source.subject, source.data, header, source.info.timestampNanos / nanosecondsPerMillisecond);
}

const text = new TextDecoder();

function busMessage(
  subject: string,
  data: Uint8Array,
  publishedAtMs: string | undefined,
  storedAtMs: number,
): BusMessage {
  const atMs = Number(publishedAtMs);
  return {
    channel: subject.slice(subject.indexOf('.') + 1),
    dataJson: jsonOf(text.decode(data)),
    publishedAtMs: publishedAtMs !== undefined && publishedAtMs !== '' && Number.isFinite(atMs) ? atMs : storedAtMs,
    frame: null,
  };
}

/** The payload goes into the clients' frames as it is, so it must be JSON; what is not becomes a JSON string. */
function jsonOf(payload: string): string {
  try {
    JSON.parse(payload);
    return payload;
  } catch {
    return JSON.stringify(payload);
  }
}

const deliveryOf = (source: JsMsg): Delivery =>
  deliveryFrom(messageFrom(source), source.seq, source.data.length, source.info.redeliveryCount);

const deliveryFrom = (message: BusMessage, sequence: number, sizeBytes: number, deliveryCount: number): Delivery => ({
  sequence,
  message,
  channel: message.channel,
  sizeBytes,
  publishedAtNs: 0,
  deliveryCount,
});
