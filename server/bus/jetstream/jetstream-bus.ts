import { type ConsumerInfo, Events, type JetStreamManager, type NatsConnection, type StreamInfo } from 'nats';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  assert,
  type Intake,
  LossReason,
  nanosecondsPerMillisecond,
  SequenceAccount,
  type Settings,
  type StreamCounters,
} from '#core';
import { type Clock, wallMs } from '../../clock.ts';
import type { Log } from '../../observe/log.ts';
import type { Bus, BusListener, Delivery, Past } from '../bus.ts';
import { Arrivals } from './arrivals.ts';
import { BusError, messageOf, nullWhenNotFound } from './bus-error.ts';
import { connectTo, type NatsAccess } from './connection.ts';
import { StreamIdentity } from './identity.ts';
import { readPast } from './past.ts';
import { Presence } from './presence.ts';
import {
  checkConsumer,
  checkNames,
  checkStream,
  consumerNameOf,
  ensureConsumer,
  ensureStream,
  lineageOf,
  subjectsOf,
  whenReady,
} from './provision.ts';
import { pullExpiresMs, PullRequests } from './pull.ts';
import { deliveryOfStored } from './stored-message.ts';

const pollIntervalMs = 1_000;
const backoffMsLeast = 100;
const backoffMsMost = 5_000;
/** What a server of the same durable gets to say that it is there. */
const presenceWaitMs = 250;
/** Polls in a row with more than one pull request waiting: our own, forgotten with a connection, lives 5 s. */
const foreignPullsMax = 8;
const stopTimeoutMs = 1_000;
/** nats-server takes a stream that is made while it still deletes one of that name down with the old one. */
const settleMs = 200;

/**
 * The stream and its durable pull consumer. Every sequence of it is accounted for (core's `SequenceAccount`): handed over in
 * order, read again when its delivery got lost, or told lost.
 */
export class JetStreamBus implements Bus {
  #settings: Settings;
  #access: NatsAccess;
  #log: Log;
  #clock: Clock;
  #consumerName: string;
  #listener: BusListener | null = null;
  #connection: NatsConnection | null = null;
  #manager: JetStreamManager | null = null;
  #intake: Intake<Delivery> | null = null;
  #pull: PullRequests | null = null;
  #presence: Presence | null = null;
  #who = Presence.identity(wallMs());
  #arrivals: Arrivals | null = null;
  #account = new SequenceAccount();
  /** Changes when the stream is another: what was begun for the old one is to be dropped. */
  #generation = 0;
  #identity = new StreamIdentity();

  #epoch = '';
  /** Tells the stream from what it was before it went back; kept with the consumer, for servers that start later. */
  #lineage = '';
  #connected = false;
  #stopping = false;
  #restoring: Promise<void> | null = null;
  #restoreFailures = 0;
  #demandTimer: NodeJS.Timeout | null = null;
  #pollTimer: NodeJS.Timeout | null = null;
  #polling = false;
  #suspectedHole = 0;
  #handedBackOverdue = false;
  #foreignPulls = 0;
  #reached = 0;
  #stream: StreamInfo | null = null;
  #consumerInfo: ConsumerInfo | null = null;

  /** @param settings with `natsUrl` */
  constructor(settings: Settings, clock: Clock, log: Log) {
    const { natsUrl } = settings;
    assert(natsUrl !== null, 'the JetStream bus needs NATS_URL');
    this.#settings = settings;
    this.#access = { ...settings, natsUrl };
    this.#log = log;
    this.#clock = clock;
    this.#consumerName = consumerNameOf(settings);
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
    const arrivals = this.#arrivals;
    return {
      published: this.#stream?.state.last_seq ?? 0,
      deliveries: arrivals?.deliveries ?? 0,
      redeliveries: arrivals?.redeliveries ?? 0,
      acknowledged: arrivals?.acknowledged ?? 0,
      naked: arrivals?.naked ?? 0,
      expiredUnacknowledged: this.#account.lostMessages,
      ackPending: pending?.num_ack_pending ?? 0,
      pendingMessages: (pending?.num_pending ?? 0) + this.#account.waiting + (arrivals?.waiting ?? 0),
      storedMessages: this.#stream?.state.messages ?? 0,
      storedBytes: this.#stream?.state.bytes ?? 0,
    };
  }

  async open(listener: BusListener): Promise<Past> {
    this.#listener = listener;
    checkNames(this.#settings);
    this.#warnOfSharedChannels(subjectsOf(this.#settings));
    const connection = await connectTo(this.#access, `fanout-twin ${this.#consumerName}`);
    try {
      return await this.#openOn(connection);
    } catch (error) {
      this.#presence?.close();
      await connection.close();
      throw error;
    }
  }

  async #openOn(connection: NatsConnection): Promise<Past> {
    this.#begin(connection);
    this.#connected = true;
    const { stream, consumer } = await whenReady(
      this.#settings,
      connection,
      async () => {
        this.#manager = await connection.jetstreamManager();
        const found = await ensureStream(this.#manager, this.#settings, this.#log);
        return {
          stream: found,
          consumer: await ensureConsumer(this.#manager, this.#settings, this.#log, found.state.last_seq),
        };
      },
      () => this.#stopping,
    );
    await this.#refuseSecondPuller(consumer);
    this.#identity.begin(stream);
    this.#stream = stream;
    this.#consumerInfo = consumer;
    const { last_seq: last } = stream.state;
    const delivered = consumer.delivered.stream_seq;
    this.#lineage = lineageOf(consumer);
    // A consumer that is ahead of its stream remembers messages that the stream has lost since.
    if (delivered > last) {
      this.#lineage = stampOf(last);
      this.#log.write('error', 'stream went back while no server ran', { delivered, lastSequence: last });
      await this.#requireManager().consumers.delete(this.#settings.streamName, this.#consumerName);
      this.#consumerInfo = await ensureConsumer(this.#requireManager(), this.#settings, this.#log, last, this.#lineage);
    }
    this.#epoch = epochOf(stream, this.#lineage);
    const through = delivered > 0 ? Math.min(delivered, last) : last;
    this.#account.beginsAfter(through);
    return readPast(connection.jetstream(), stream, through, {
      historyAgeMs: this.#settings.historyAgeNs / nanosecondsPerMillisecond,
      historyBytesMax: this.#settings.historyBytesMax,
    });
  }

  start(intake: Intake<Delivery>): void {
    this.#intake = intake;
    this.#arrivals = new Arrivals(
      { intake, account: this.#account, clock: this.#clock, nakDelayNs: this.#settings.nakDelayNs },
      {
        taken: (delivery, storedAtMs) => {
          this.#identity.handedOver(delivery.sequence, storedAtMs);
          this.#listener?.messageTaken(delivery);
        },
        lost: () => this.#tellLosses(),
        hole: (from, through) => void this.#readHole(from, through),
        idle: () => this.#pullMore(),
      },
    );
    this.#presence?.serves();
    this.#pollTimer = setInterval(() => void this.#poll(), pollIntervalMs);
    this.#pullMore();
  }

  demandChanged(): void {
    this.#arrivals?.demandChanged();
    this.#pullMore();
  }

  /** Bounded, also where NATS does not answer: what was acknowledged last gets a second to leave the process. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#pollTimer !== null) clearInterval(this.#pollTimer);
    if (this.#demandTimer !== null) clearTimeout(this.#demandTimer);
    this.#arrivals?.clear();
    this.#pull?.close();
    this.#presence?.close();
    const connection = this.#connection;
    if (connection === null || connection.isClosed()) return;
    const gone = connection.drain().catch(() => undefined);
    await Promise.race([gone, sleep(stopTimeoutMs, undefined, { ref: false })]);
    void connection.close().catch(() => undefined);
  }

  // Pulling --------------------------------------------------------------------------------------------------------

  /** Asks for what the intake has room for, when nothing that was asked for is still to come. */
  #pullMore(): void {
    const intake = this.#intake;
    const pull = this.#pull;
    const arrivals = this.#arrivals;
    if (this.#stopping || intake === null || pull === null || arrivals === null) return;
    if (this.#restoring !== null || !this.#connected || pull.awaited > 0) return;
    if (arrivals.waiting > 0 || arrivals.isClosingHole) return;
    const demand = intake.demandAt(this.#clock.nowNs);
    if (demand > 0) return pull.request(Math.min(demand, this.#settings.maxAckPending));
    const dueNs = intake.demandDueNs(this.#clock.nowNs);
    if (dueNs === Infinity || this.#demandTimer !== null) return;
    const waitMs = Math.max(1, Math.ceil((dueNs - this.#clock.nowNs) / nanosecondsPerMillisecond));
    this.#demandTimer = setTimeout(() => {
      this.#demandTimer = null;
      this.#pullMore();
    }, waitMs);
  }

  #pullRefused(reason: string): void {
    if (this.#stopping) return;
    this.#log.write('warn', 'bus pull failed', { message: reason });
    void this.#restore(settleMs);
  }

  /** Reads by sequence what should have come and did not; what cannot be read any more is told lost. */
  async #readHole(from: number, through: number): Promise<void> {
    const arrivals = this.#arrivals;
    const account = this.#account;
    const generation = this.#generation;
    assert(arrivals !== null, 'started');
    const { streamName } = this.#settings;
    for (let failures = 0; !this.#stopping && generation === this.#generation; failures += 1) {
      try {
        const manager = this.#requireManager();
        const stream = await manager.streams.info(streamName);
        if (this.#identity.isDoubtful(stream, account.newestSequence)) throw new Error('the stream is another');
        account.discardedBelow(Math.min(stream.state.first_seq, arrivals.oldestWaiting));
        let read = 0;
        for (let sequence = Math.max(from, stream.state.first_seq); sequence <= through; sequence += 1) {
          if (account.isSettled(sequence) || account.isHandedBack(sequence) || arrivals.isWaiting(sequence)) continue;
          const stored = await manager.streams.getMessage(streamName, { seq: sequence }).catch(nullWhenNotFound);
          if (generation !== this.#generation) return;
          if (stored === null) account.lost(sequence, sequence, LossReason.deleted);
          else arrivals.read(deliveryOfStored(stored), stored.time.getTime());
          if (stored !== null) read += 1;
        }
        if (read > 0) {
          this.#log.write('warn', 'messages lost on the way, read again', { messages: read, fromSequence: from });
        }
        this.#tellLosses();
        return arrivals.holeClosed();
      } catch (error) {
        this.#log.write('debug', 'lost messages not read yet', { message: messageOf(error) });
        await sleep(backoffAfter(failures));
      }
    }
  }

  #tellLosses(): void {
    for (const range of this.#account.takeLost()) this.#listener?.messagesLost(range);
  }

  // Watching -------------------------------------------------------------------------------------------------------

  /** Once a second: is stream and consumer what they were, what left the stream, and what should have come? */
  async #poll(): Promise<void> {
    const manager = this.#manager;
    if (this.#polling || this.#stopping || this.#restoring !== null || manager === null) return;
    this.#polling = true;
    const generation = this.#generation;
    const newest = this.#account.newestSequence;
    try {
      const { streamName, shardInboxMessages } = this.#settings;
      const stream = await manager.streams.info(streamName);
      const consumer = await manager.consumers.info(streamName, this.#consumerName);
      if (generation !== this.#generation || this.#stopping) return;
      checkStream(stream.config);
      checkConsumer(consumer, shardInboxMessages);
      this.#stream = stream;
      this.#consumerInfo = consumer;
      if (this.#identity.isDoubtful(stream, newest)) return void this.#restore();
      this.#setConnected(true, 'JetStream answers');
      this.#warnOfForeignPulls(consumer);
      this.#compare(stream, consumer);
    } catch (error) {
      this.#pollFailed(error);
    } finally {
      this.#polling = false;
    }
    this.#pullMore();
  }

  #pollFailed(error: unknown): void {
    if (this.#stopping) return;
    if (error instanceof BusError) return this.#listener?.failed(error);
    this.#log.write('debug', 'bus poll failed', { message: messageOf(error) });
    void this.#restore(settleMs);
  }

  #compare(stream: StreamInfo, consumer: ConsumerInfo): void {
    const arrivals = this.#arrivals;
    if (arrivals === null) return;
    const { first_seq: first, last_seq: last } = stream.state;
    if (!arrivals.isClosingHole) this.#account.discardedBelow(Math.min(first, arrivals.oldestWaiting));
    this.#tellLosses();
    if (last > this.#reached) {
      this.#reached = last;
      if (last > this.#account.newestSequence) this.#listener?.streamReached(last);
    }
    // What the consumer delivered may still be under way, so only a hole that is there twice is one.
    const hole = arrivals.firstHole(consumer.delivered.stream_seq);
    if (hole !== 0 && hole === this.#suspectedHole) arrivals.expect(consumer.delivered.stream_seq);
    this.#suspectedHole = hole;
    const overdue = this.#account.waiting > consumer.num_ack_pending;
    if (overdue && this.#handedBackOverdue) void this.#readHandedBack(arrivals);
    this.#handedBackOverdue = overdue;
  }

  /** What was handed back and never comes again, whatever made the consumer give it up. */
  async #readHandedBack(arrivals: Arrivals): Promise<void> {
    const generation = this.#generation;
    for (const sequence of this.#account.handedBackSequences()) {
      const stored = await this.#requireManager()
        .streams.getMessage(this.#settings.streamName, { seq: sequence })
        .catch(() => null);
      if (generation !== this.#generation) return;
      if (stored !== null) arrivals.read(deliveryOfStored(stored), stored.time.getTime());
    }
    arrivals.demandChanged();
  }

  /** Two servers on one durable would split its messages between them. */
  async #refuseSecondPuller(first: ConsumerInfo): Promise<void> {
    if (first.num_waiting > 0 || first.delivered.consumer_seq > 0) await sleep(presenceWaitMs);
    const deadlineMs = performance.now() + pullExpiresMs + 1_000;
    let info = first;
    // The request of a server that was killed stays until it expires.
    while (info.num_waiting > 0 && this.#presence?.yields === false && performance.now() < deadlineMs) {
      if (this.#stopping) return;
      await sleep(presenceWaitMs);
      info = await this.#requireManager().consumers.info(this.#settings.streamName, this.#consumerName);
    }
    if (info.num_waiting > 0 || this.#presence?.yields === true) throw this.#secondPuller();
  }

  /**
   * Pullers that are no servers of this project say nothing; their requests show, and so do our own that a broken
   * connection left behind, which is why this is said and no more.
   */
  #warnOfForeignPulls({ num_waiting: waiting }: ConsumerInfo): void {
    this.#foreignPulls = waiting > 1 ? this.#foreignPulls + 1 : 0;
    if (this.#foreignPulls !== foreignPullsMax) return;
    this.#log.write('warn', 'others pull from this consumer', { consumer: this.#consumerName, requests: waiting });
  }

  #secondPuller(): BusError {
    return new BusError(
      `JS_CONSUMER_NAME: another server pulls from consumer ${this.#consumerName} of stream ${this.#settings.streamName}; set WS_INSTANCE to a name of this server's own (accepted: 1 to 32 letters, digits, _ or -)`,
    );
  }

  #warnOfSharedChannels(subjects: readonly string[]): void {
    const prefixes = new Set(subjects.map((subject) => subject.split('.')[0]));
    if (prefixes.size > 1) {
      this.#log.write('warn', 'subjects of several first tokens share channels', { subjects: subjects.join(', ') });
    }
  }

  // Trouble --------------------------------------------------------------------------------------------------------

  /** A connection, new or opened again: its pulls, its presence, and what becomes of it. */
  #begin(connection: NatsConnection): void {
    this.#pull?.close();
    this.#presence?.close();
    this.#connection = connection;
    this.#presence = new Presence(connection, this.#settings.streamName, this.#consumerName, this.#who, () => {
      if (this.#intake !== null && !this.#stopping) this.#listener?.failed(this.#secondPuller());
    });
    this.#pull = new PullRequests(connection, this.#settings.streamName, this.#consumerName, {
      message: (message) => this.#arrivals?.arrived(message),
      ended: () => this.#pullMore(),
      refused: (reason) => this.#pullRefused(reason),
    });
    void this.#watch(connection);
    void connection.closed().then((error) => this.#closed(connection, error));
  }

  async #watch(connection: NatsConnection): Promise<void> {
    for await (const { type, data } of connection.status()) {
      if (type === Events.Disconnect) this.#setConnected(false, 'connection lost');
      if (type === Events.Error) this.#log.write('warn', 'bus error', { message: messageOf(data) });
      // The pull of before the break is unknown to the server: begin anew instead of waiting for its end.
      if (type === Events.Reconnect) void this.#restore();
    }
  }

  /** The client library gave the connection up, for whatever reason: another is opened, as often as it takes. */
  async #closed(connection: NatsConnection, error: unknown): Promise<void> {
    if (this.#stopping || connection !== this.#connection || this.#intake === null) return;
    this.#setConnected(false, `connection closed: ${messageOf(error ?? 'no reason given')}`);
    for (let failures = 0; !this.#stopping; failures += 1) {
      try {
        const next = await connectTo(this.#access, `fanout-twin ${this.#consumerName}`);
        this.#manager = await next.jetstreamManager({ checkAPI: false });
        this.#begin(next);
        this.#presence?.serves();
        return await this.#restore();
      } catch (reason) {
        this.#log.write('warn', 'bus not connected', { message: messageOf(reason), failures: failures + 1 });
        await sleep(backoffAfter(failures));
      }
    }
  }

  /** Until it succeeds; one at a time, whoever asks. */
  #restore(afterMs = 0): Promise<void> {
    this.#restoring ??= this.#restoreUntilDone(afterMs).finally(() => {
      this.#restoring = null;
      this.#pullMore();
    });
    return this.#restoring;
  }

  async #restoreUntilDone(afterMs: number): Promise<void> {
    if (afterMs > 0) await sleep(afterMs);
    const connection = this.#connection;
    this.#restoreFailures = 0;
    while (!this.#stopping && connection === this.#connection && connection?.isClosed() === false) {
      try {
        return await this.#restoreOnce();
      } catch (error) {
        if (error instanceof BusError) return this.#listener?.failed(error);
        this.#restoreFailures += 1;
        this.#log.write('warn', 'bus not restored', { message: messageOf(error), failures: this.#restoreFailures });
        this.#setConnected(false, messageOf(error));
        await sleep(backoffAfter(this.#restoreFailures));
      }
    }
  }

  /** After a break: is it still the same stream, is the consumer there, and what got lost on the way? */
  async #restoreOnce(): Promise<void> {
    const manager = this.#requireManager();
    const newest = this.#account.newestSequence;
    const stream = await ensureStream(manager, this.#settings, this.#log);
    const finding = await this.#identity.compare(manager, stream, newest);
    if (finding.kind === 'went-back') {
      // Its consumer remembers deliveries of what is there no more.
      await manager.consumers.delete(this.#settings.streamName, this.#consumerName).catch(nullWhenNotFound);
    }
    const beginsAfter = finding.kind === 'went-back' ? finding.commonThrough : 0;
    const settled = finding.kind === 'same' ? this.#account.settledThrough : beginsAfter;
    if (finding.kind !== 'same') this.#lineage = finding.kind === 'went-back' ? stampOf(beginsAfter) : '';
    const consumer = await ensureConsumer(manager, this.#settings, this.#log, settled, this.#lineage);
    this.#stream = stream;
    this.#consumerInfo = consumer;
    if (finding.kind === 'same') this.#arrivals?.restarted();
    else this.#replaceStream(stream, beginsAfter);
    this.#pull?.forget();
    this.#setConnected(true, 'connected');
    this.#compare(stream, consumer);
    this.#arrivals?.expect(consumer.delivered.stream_seq);
  }

  #replaceStream(stream: StreamInfo, beginsAfter: number): void {
    this.#epoch = epochOf(stream, this.#lineage);
    this.#generation += 1;
    this.#account.beginsAfter(beginsAfter);
    this.#identity.begin(stream);
    this.#arrivals?.clear();
    this.#suspectedHole = 0;
    this.#reached = 0;
    this.#listener?.streamReplaced(this.#epoch, beginsAfter);
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

const backoffAfter = (failures: number): number =>
  Math.min(backoffMsMost, backoffMsLeast * 2 ** Math.min(failures, 10));

/** A stream that was lost and made anew has another creation time, and sequences that mean something else. */
const epochOf = ({ config, created }: StreamInfo, lineage: string): string =>
  `${config.name}@${created}${lineage === '' ? '' : `~${lineage}`}`;

/** Tells a stream that went back from what it was before, and from another time that it did. */
const stampOf = (through: number): string => `${through}.${Math.round(wallMs()).toString(36)}`;
