import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import {
  activeTasks,
  encodeBinaryMessage,
  encodeMessage,
  evaluateHealth,
  Governor,
  type Frame,
  type HealthReport,
  History,
  Intake,
  type IntakeEffects,
  type LostRange,
  lossReasonNames,
  nanosecondsPerMillisecond,
  parseListenAddress,
  RefusalReason,
  type Settings,
} from '#core';
import type { Bus, BusListener, BusMessage, Delivery } from '../bus/bus.ts';
import { type Clock, wallMs } from '../clock.ts';
import type { Log } from '../observe/log.ts';
import { ClockSkew } from '../observe/clock-skew.ts';
import { type LoopFigures, LoopMeter } from '../observe/loop-meter.ts';
import { type DescriptorPlan, planDescriptors, readDescriptors } from './descriptors.ts';
import { HealthWatch } from './health-watch.ts';
import { ProcessMeter, ResidentMemory } from './process-meter.ts';
import { ShardThread } from './shard-thread.ts';
import {
  AddressCounts,
  type SharedMessage,
  SharedState,
  type ShardCounters,
  type ShardStart,
  type ToShard,
} from './thread-messages.ts';
import { encodeTextFrame } from '../clients/websocket.ts';

/** CPU and memory are sampled this often; admission is as stale as that at the most. */
const sampleIntervalMs = 1_000;
/** A shard that crashes more often than this within the window will not get better by itself. */
const crashesMax = 5;
const crashWindowMs = 60_000;
/** A thread that is stuck in native code does not end; the process does. */
const terminateTimeoutMs = 1_000;
/** Messages that are larger than a send buffer are told of in the log no more often than this. */
const largeMessageLogMs = 10_000;

/** Something outside this process stands in the way, such as a port in use. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/** Running totals of the whole server. */
export interface ServerSample {
  readonly atNs: number;
  readonly connections: number;
  readonly rssBytes: number;
  readonly cpuUserMicroseconds: number;
  readonly cpuSystemMicroseconds: number;
  readonly mainCpuMicroseconds: number;
  readonly shards: readonly ShardCounters[];
  readonly shardCrashes: number;
  readonly intake: {
    readonly busMessages: number;
    readonly redelivered: number;
    readonly acknowledged: number;
    readonly missedShares: number;
    readonly nakedByReason: readonly number[];
    readonly paused: boolean;
  };
  /** Messages of the stream that never came, by `LossReason`: clients were told. */
  readonly lostByReason: readonly number[];
  readonly stream: Bus['counters'];
  readonly busConnected: boolean;
  readonly flushIntervalNs: number;
  readonly health: HealthReport | null;
  readonly mainLoop: LoopFigures;
  /** How far publishers' clocks are ahead of this machine's; negative when they are behind or messages travel long. */
  readonly publisherClockSkewSeconds: number | null;
  /** Lines that a slow reader of the log cost, and those that could not be written. */
  readonly log: { readonly dropped: number; readonly failed: number };
}

/** A message as the main thread remembers it, for shards that start anew. */
interface SharedFrame extends Frame {
  readonly bytes: Uint8Array;
}

/** The main thread: bus, intake, admission and the shards' threads. The twin's counterpart is `sim/world/intake-host.ts`. */
export class Supervisor implements IntakeEffects<Delivery>, BusListener {
  /** As given, and as they hold with the descriptors that there are. */
  #asked: Settings;
  #settings: Settings;
  #clock: Clock;
  #bus: Bus;
  #log: Log;
  #shared: SharedState;
  #addresses: AddressCounts | null;
  #governor: Governor;
  #intake: Intake<Delivery>;
  #history: History<SharedFrame>;
  #threads: ShardThread[] = [];
  #port = 0;
  #reusePort = false;
  #sampler: NodeJS.Timeout | null = null;
  #logTimer: NodeJS.Timeout | null = null;
  #meter = new ProcessMeter();
  #memory = new ResidentMemory();
  #loop = new LoopMeter();
  #watch = new HealthWatch();
  #skew = new ClockSkew();
  #plan: DescriptorPlan;
  #largeMessages = 0;
  #largeLoggedMs = -Infinity;
  #flushIntervalNs: number;
  #drained = 0;
  #onDrained: (() => void) | null = null;
  #stopping = false;
  #health: HealthReport | null = null;
  #crashTimesMs: number[] = [];
  #crashes = 0;
  /** What was lost since the log said so last: a stream that is overrun loses by the hundred. */
  #lossToLog: {
    readonly messages: number;
    readonly fromSequence: number;
    readonly toSequence: number;
    readonly reason: string;
  } | null = null;
  #lostByReason = new Float64Array(lossReasonNames.length);
  #onFatal: (error: Error) => void;

  /** @param onFatal told when the server cannot go on; it has been stopped as far as it can be */
  constructor(
    settings: Settings,
    clock: Clock,
    bus: Bus,
    log: Log,
    onFatal: (error: Error) => void = (error) => {
      throw error;
    },
  ) {
    this.#plan = planDescriptors(readDescriptors(), settings);
    this.#asked = settings;
    this.#settings = { ...settings, connectionsMax: Math.max(1, this.#plan.connectionsMax) };
    this.#clock = clock;
    this.#bus = bus;
    this.#log = log;
    this.#onFatal = onFatal;
    this.#shared = SharedState.create(settings.shards);
    this.#addresses = settings.connectionsPerAddressMax > 0 ? AddressCounts.create(randomBytes(32)) : null;
    this.#governor = new Governor(this.#settings);
    this.#intake = new Intake(settings, this);
    this.#history = new History(settings);
    this.#flushIntervalNs = settings.flushIntervalNs;
  }

  /** Opens the bus, starts the shards, then pulls. @returns the port. @throws EnvironmentError, or the bus's error */
  async start(): Promise<number> {
    const settings = this.#settings;
    this.#checkDescriptors();
    const { host, port } = parseListenAddress(settings.listenAddress);
    this.#reusePort = settings.shards > 1;
    if (this.#reusePort && process.platform !== 'linux') {
      throw new EnvironmentError(
        `WS_SHARDS=${settings.shards}: several threads on one port need Linux; use WS_SHARDS=1`,
      );
    }
    // With a shared port the kernel would accept a second server beside a first one without a word.
    if (this.#reusePort && port !== 0) await probe(host, port);
    await this.#readPast();
    this.#threads = Array.from({ length: settings.shards }, (_unused, shard) => this.#createThread(shard));
    this.#port = port;
    this.#port = await this.#startShard(0);
    await Promise.all(this.#threads.slice(1).map((_thread, index) => this.#startShard(index + 1)));
    this.#sampler = setInterval(() => void this.#observe(), sampleIntervalMs);
    this.#logTimer = setInterval(
      () => this.#logMetrics(),
      Math.max(1, settings.metricsIntervalNs / nanosecondsPerMillisecond),
    );
    this.#bus.start(this.#intake);
    await this.#observe();
    return this.#port;
  }

  /** As they were given. */
  get settings(): Settings {
    return this.#asked;
  }
  get stopping(): boolean {
    return this.#stopping;
  }

  /**
   * Refuses new clients, closes the old ones in batches and ends the threads; bounded by WS_DRAIN_TIMEOUT.
   * @returns the last totals; null for a call too many
   */
  async stop(): Promise<ServerSample | null> {
    if (this.#stopping) return null;
    this.#stopping = true;
    if (this.#sampler !== null) clearInterval(this.#sampler);
    if (this.#logTimer !== null) clearInterval(this.#logTimer);
    this.#governor.admission.startDraining();
    this.#shared.standingRefusal = this.#governor.admission.standingRefusal;
    // Nothing more is taken in, so that what the shards have by now is all that they have to write.
    this.#intake.pauseChanged(true);
    const timeoutMs = this.#settings.drainTimeoutNs / nanosecondsPerMillisecond;
    const untilMs = performance.now() + timeoutMs;
    const drained = new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
    const busStopped = this.#bus.stop().catch((error: unknown) => {
      this.#log.write('warn', 'bus did not stop cleanly', { message: String(error) });
    });
    if (this.#threads.some(({ isRunning }) => isRunning)) {
      this.#toAll({ kind: 'drain', timeoutMs });
      await settledWithin(drained, timeoutMs);
    }
    // A message server that hangs keeps nobody: what it does not take in time it delivers again to who comes next.
    await settledWithin(busStopped, Math.max(0, untilMs - performance.now()));
    const last = await this.sample();
    this.#loop.stop();
    await settledWithin(Promise.all(this.#threads.map((thread) => thread.terminate())), terminateTimeoutMs);
    return last;
  }

  /** Fresh totals of all threads. */
  async sample(): Promise<ServerSample> {
    const shards = await Promise.all(this.#threads.map((thread) => thread.sample()));
    const cpu = process.cpuUsage();
    const main = process.threadCpuUsage();
    const { ledger, paused } = this.#intake;
    return {
      atNs: this.#clock.nowNs,
      connections: this.#shared.connections,
      rssBytes: this.#memory.read(),
      cpuUserMicroseconds: cpu.user,
      cpuSystemMicroseconds: cpu.system,
      mainCpuMicroseconds: main.user + main.system,
      shards,
      shardCrashes: this.#crashes,
      intake: {
        busMessages: ledger.busMessages,
        redelivered: ledger.redelivered,
        acknowledged: ledger.acknowledged,
        missedShares: ledger.missedShares,
        nakedByReason: [...ledger.nakedByReason],
        paused,
      },
      lostByReason: [...this.#lostByReason],
      stream: this.#bus.counters,
      busConnected: this.#bus.connected,
      flushIntervalNs: this.#flushIntervalNs,
      health: this.#health,
      mainLoop: this.#loop.read(),
      publisherClockSkewSeconds: this.#skew.seconds,
      log: { dropped: this.#log.dropped, failed: this.#log.failed },
    };
  }

  /** A drill: one shard fails as a defect would make it fail. */
  failShard(shard: number, how: 'throw' | 'exhaust-heap'): void {
    this.#log.write('warn', 'drill: a shard is made to fail', { shard, how });
    this.#threads[shard].post({ kind: 'fail', how });
  }

  // Effects of the intake ------------------------------------------------------------------------------------------

  deliver(shard: number, delivery: Delivery): void {
    this.#threads[shard].post({ kind: 'message', ...this.#crossing(delivery.message, delivery.sequence) });
  }
  missed(shard: number, delivery: Delivery): void {
    this.#threads[shard].post({ kind: 'missed', ...this.#crossing(delivery.message, delivery.sequence) });
  }
  setPaused(paused: boolean): void {
    if (this.#stopping) return;
    this.#log.write('warn', paused ? 'bus consumption paused' : 'bus consumption resumed');
  }

  // What the bus tells ---------------------------------------------------------------------------------------------

  connectionChanged(connected: boolean, reason: string): void {
    this.#log.write(connected ? 'info' : 'error', connected ? 'bus connected' : 'bus disconnected', { reason });
    void this.#observe();
  }
  streamReplaced(epoch: string, beginsAfter: number): void {
    this.#log.write('error', 'stream replaced', { epoch, beginsAfter });
    this.#history.restart();
    this.#history.beginsAfter(beginsAfter);
    this.#toAll({ kind: 'streamReplaced', epoch, beginsAfter });
  }
  messageTaken({ message, sequence }: Delivery): void {
    this.#skew.arrived(message.publishedAtMs, wallMs());
    this.#checkSize(message, sequence);
    this.#history.record(frameOf(this.#crossing(message, sequence)), this.#clock.nowNs);
  }
  messagesLost(range: LostRange): void {
    const { fromSequence, toSequence, channel, reason } = range;
    const untold = this.#lossToLog;
    this.#lossToLog = {
      messages: (untold?.messages ?? 0) + toSequence - fromSequence + 1,
      fromSequence: Math.min(untold?.fromSequence ?? Infinity, fromSequence),
      toSequence: Math.max(untold?.toSequence ?? 0, toSequence),
      reason: lossReasonNames[reason],
    };
    this.#lostByReason[reason] += toSequence - fromSequence + 1;
    this.#history.lost(toSequence, channel);
    this.#toAll({ kind: 'lost', range });
  }
  streamReached(sequence: number): void {
    this.#history.streamReached(sequence);
    this.#toAll({ kind: 'streamReached', sequence });
  }
  failed(error: Error): void {
    this.#onFatal(error);
  }

  async #readPast(): Promise<void> {
    const { unknownThrough, messages } = await this.#bus.open(this);
    this.#history.beginsAfter(unknownThrough);
    for (const { message, sequence } of messages) {
      this.#history.record(frameOf(this.#crossing(message, sequence)), this.#clock.nowNs);
    }
    if (messages.length > 0) this.#log.write('info', 'history read from the stream', { messages: messages.length });
  }

  #crossing(message: BusMessage, sequence: number): SharedMessage {
    return sharedMessage(message, sequence, this.#clock.originMs);
  }

  // Threads --------------------------------------------------------------------------------------------------------

  #createThread(shard: number): ShardThread {
    return new ShardThread(shard, this.#shared, {
      creditsReturned: (credits) => {
        this.#intake.creditsReturned(shard, credits);
        this.#bus.demandChanged();
      },
      drained: () => {
        this.#drained += 1;
        if (this.#drained === this.#threads.length) this.#onDrained?.();
      },
      crashed: (reason, connectionsLost) => void this.#restartShard(shard, reason, connectionsLost),
    });
  }

  async #startShard(shard: number): Promise<number> {
    const messages: SharedMessage[] = [];
    for (let position = this.#history.first; position < this.#history.next; position += 1) {
      const frame = this.#history.at(position);
      if (frame !== null) messages.push({ ...frame, payloadBytes: frame.sizeBytes });
    }
    const start: ShardStart = {
      shard,
      settings: this.#settings,
      clockOriginMs: this.#clock.originMs,
      port: this.#port,
      reusePort: this.#reusePort,
      epoch: this.#bus.epoch,
      past: { unknownThrough: this.#history.unknownThrough, holeThrough: this.#history.holeThrough, messages },
      shared: this.#shared.buffer,
      pendingSocketsMax: this.#plan.pendingSocketsMax,
      addresses: this.#addresses?.buffer ?? null,
    };
    try {
      return await this.#threads[shard].start(start);
    } catch (error) {
      throw new EnvironmentError(
        `WS_ADDR=${this.#settings.listenAddress}: cannot listen there: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  async #restartShard(shard: number, reason: string, connectionsLost: number): Promise<void> {
    this.#intake.shardEnded(shard);
    this.#crashes += 1;
    this.#log.write('error', 'shard crashed', { shard, reason, connectionsLost });
    const nowMs = performance.now();
    this.#crashTimesMs = [...this.#crashTimesMs.filter((atMs) => atMs > nowMs - crashWindowMs), nowMs];
    if (this.#stopping) return;
    if (this.#crashTimesMs.length > crashesMax) {
      this.#onFatal(new Error(`${crashesMax + 1} shards crashed within ${crashWindowMs / 1_000} s: ${reason}`));
      return;
    }
    try {
      const snapshot = this.#history.next;
      await this.#startShard(shard);
      // What others broadcast while it started: its first clients are told of a gap, and can recover it.
      for (let position = snapshot; position < this.#history.next; position += 1) {
        const frame = this.#history.at(position);
        if (frame !== null) this.#threads[shard].post({ kind: 'missed', ...frame, payloadBytes: frame.sizeBytes });
      }
      this.#intake.shardStarted(shard);
      this.#threads[shard].post({ kind: 'flushInterval', intervalNs: this.#flushIntervalNs });
      this.#bus.demandChanged();
      this.#log.write('info', 'shard restarted', { shard });
      await this.#observe();
    } catch (error) {
      this.#onFatal(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #toAll(message: ToShard): void {
    for (const thread of this.#threads) thread.post(message);
  }

  /** Feeds admission and health with the process's own use since the last time. */
  async #observe(): Promise<void> {
    const sample = await this.sample();
    if (this.#lossToLog !== null) this.#log.write('error', 'messages lost', this.#lossToLog);
    this.#lossToLog = null;
    if (this.#stopping) return;
    const cores = this.#meter.measure(sample) ? this.#meter.cpuCores : null;
    const { loopCores } = this.#meter;
    const decision = this.#governor.sampled({ cores, loopCores, memoryBytes: sample.rssBytes });
    this.#shared.standingRefusal = decision.standingRefusal;
    const wasPaused = this.#intake.paused;
    this.#intake.pauseChanged(decision.paused);
    if (wasPaused && !this.#intake.paused) this.#bus.demandChanged();
    const intervalNs = decision.flushIntervalNs;
    if (intervalNs !== this.#flushIntervalNs) this.#toAll({ kind: 'flushInterval', intervalNs });
    this.#flushIntervalNs = intervalNs;
    const limit = this.#settings.networkBitsPerSecond;
    this.#health = evaluateHealth(
      {
        cpuCores: this.#meter.cpuCores,
        memoryBytes: sample.rssBytes,
        connections: sample.connections,
        tasks: activeTasks(sample.connections, this.#settings.workerPoolSize),
        networkBitsPerSecond: this.#meter.networkBitsPerSecond,
        natsConnected: this.#bus.connected,
        loopCores: this.#governor.admission.loopCores,
        faults: this.#faults(),
      },
      { ...this.#settings, networkBitsPerSecond: limit > 0 ? limit : null },
    );
    this.#toAll({
      kind: 'health',
      json: JSON.stringify(this.#health),
      httpStatus: this.#health.status === 'unhealthy' ? 503 : 200,
      ready: this.#governor.admission.standingRefusal !== RefusalReason.draining && this.#bus.connected,
    });
  }

  #faults(): string[] {
    const nowNs = this.#clock.nowNs;
    return this.#watch.faults({
      nowMs: performance.now(),
      shardSilenceMs: this.#threads.map(({ silentMs }) => silentMs),
      bus: {
        connected: this.#bus.connected,
        wanted: !this.#intake.paused && this.#intake.demandAt(nowNs) > 0,
        messagesTaken: this.#intake.ledger.busMessages,
        messagesWaiting: this.#bus.counters.pendingMessages,
      },
      logFault: this.#log.fault,
      outOfDescriptors: this.#memory.outOfDescriptors,
    });
  }

  /** @throws EnvironmentError when not one connection fits beside the reserve */
  #checkDescriptors(): void {
    const { connectionsMax } = this.#asked;
    const fits = this.#plan.connectionsMax;
    if (fits >= connectionsMax) return;
    const descriptors = readDescriptors();
    const remedy = 'raise it: ulimit -n, LimitNOFILE in a systemd unit, ulimits.nofile in compose';
    if (fits === 0) {
      throw new EnvironmentError(
        `WS_MAX_CONNECTIONS=${connectionsMax}: the limit of ${descriptors?.limit} open files leaves room for none; ${remedy}`,
      );
    }
    this.#log.write('warn', 'open files limit the connections', {
      asked: connectionsMax,
      admitted: fits,
      openFilesMax: descriptors?.limit,
      remedy,
    });
  }

  /** A publisher's mistake that its subscribers would pay for is told where it can be mended. */
  #checkSize(message: BusMessage, sequence: number): void {
    const sizeBytes = message.frame?.payloadBytes ?? 0;
    const mostBytes = this.#settings.sendBufferBytesMax;
    if (sizeBytes <= mostBytes) return;
    this.#largeMessages += 1;
    const nowMs = performance.now();
    if (nowMs - this.#largeLoggedMs < largeMessageLogMs) return;
    this.#largeLoggedMs = nowMs;
    this.#log.write('warn', 'message exceeds WS_SEND_BUFFER_BYTES; a slow client misses it', {
      channel: message.channel,
      sequence,
      sizeBytes,
      mostBytes,
      soFar: this.#largeMessages,
    });
  }

  #logMetrics(): void {
    const total = (pick: (counters: ShardCounters) => number): number =>
      this.#threads.reduce((sum, { latest }) => sum + pick(latest), 0);
    this.#log.write('info', 'metrics', {
      connections: this.#shared.connections,
      tasks: activeTasks(this.#shared.connections, this.#settings.workerPoolSize),
      cpuCores: Number(this.#meter.cpuCores.toFixed(3)),
      rssBytes: this.#memory.read(),
      networkBitsPerSecond: Math.round(this.#meter.networkBitsPerSecond),
      busConnected: this.#bus.connected,
      busMessages: this.#intake.ledger.busMessages,
      naked: this.#intake.ledger.naked,
      sent: total(({ sent }) => sent),
      dropped: total(({ droppedByReason }) => droppedByReason.reduce((sum, count) => sum + count, 0)),
      queued: total(({ queued }) => queued),
      writes: total(({ writes }) => writes),
      requestErrors: total(({ requestErrors }) => requestErrors),
      shardCrashes: this.#crashes,
      health: this.#health?.status,
    });
  }
}

/** The frame is built at the first hand-over, and serves all shards and the history. */
function sharedMessage(message: BusMessage, sequence: number, originMs: number): SharedMessage {
  if (message.frame === null) {
    const encode = message.isBinary === true ? encodeBinaryMessage : encodeMessage;
    const text = encode(message.channel, sequence, message.publishedAtMs, message.dataJson);
    message.frame = { bytes: encodeTextFrame(text), payloadBytes: Buffer.byteLength(text) };
  }
  const publishedAtNs = Math.round((message.publishedAtMs - originMs) * nanosecondsPerMillisecond);
  return { channel: message.channel, sequence, ...message.frame, publishedAtNs };
}

/** Waits for it, but no longer than that. */
async function settledWithin(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}

const frameOf = ({ bytes, channel, sequence, payloadBytes, publishedAtNs }: SharedMessage): SharedFrame => ({
  bytes,
  channel,
  sequence,
  sizeBytes: payloadBytes,
  publishedAtNs,
});

/** Binds the address alone for a moment. @throws EnvironmentError when somebody has it. */
function probe(host: string | undefined, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      reject(new EnvironmentError(`WS_ADDR=${host ?? ''}:${port}: cannot listen there: ${error.message}`));
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()));
  });
}
