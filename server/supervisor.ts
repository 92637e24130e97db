import { createServer } from 'node:net';
import { Worker } from 'node:worker_threads';
import {
  activeTasks,
  Admission,
  bitsPerByte,
  encodeMessage,
  evaluateHealth,
  Intake,
  type IntakeEffects,
  nanosecondsPerMillisecond,
  parseListenAddress,
  RefusalReason,
  type Settings,
} from '#core';
import type { Bus, Delivery } from './bus/bus.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { type FromShard, SharedState, type ShardCounters, type ShardStart, type ToShard } from './thread-messages.ts';
import { encodeTextFrame } from './websocket.ts';

/** CPU and memory are sampled this often; admission is as stale as that at the most. */
const sampleIntervalMs = 1_000;

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
  readonly intake: {
    readonly busMessages: number;
    readonly acknowledged: number;
    readonly nakedByReason: readonly number[];
  };
  readonly stream: Bus['counters'];
  readonly health: 'healthy' | 'degraded' | 'unhealthy';
}

interface ShardThread {
  readonly worker: Worker;
  latest: ShardCounters | null;
}

/** The main thread: bus, intake, admission and the shards' threads. The twin's counterpart is `sim/intake-host.ts`. */
export class Supervisor implements IntakeEffects<Delivery> {
  #settings: Settings;
  #clock: Clock;
  #bus: Bus;
  #log: Log;
  #shared = new SharedState();
  #admission: Admission;
  #intake: Intake<Delivery>;
  #threads: ShardThread[] = [];
  #samples = new Map<number, (counters: ShardCounters) => void>();
  #nextSampleId = 1;
  #sampler: NodeJS.Timeout | null = null;
  #logTimer: NodeJS.Timeout | null = null;
  #previousCpuMicroseconds = 0;
  #previousBytes = 0;
  #previousAtNs = 0;
  #drained = 0;
  #onDrained: (() => void) | null = null;
  #stopping = false;
  #status: ServerSample['health'] = 'healthy';

  constructor(settings: Settings, clock: Clock, bus: Bus, log: Log) {
    this.#settings = settings;
    this.#clock = clock;
    this.#bus = bus;
    this.#log = log;
    this.#admission = new Admission(settings);
    this.#intake = new Intake(settings, this);
  }

  /** Starts shards, then the bus. @returns the port. @throws EnvironmentError when the address cannot be had. */
  async start(): Promise<number> {
    const { host, port } = parseListenAddress(this.#settings.listenAddress);
    const several = this.#settings.shards > 1;
    if (several && process.platform !== 'linux') {
      throw new EnvironmentError(
        `WS_SHARDS=${this.#settings.shards}: several threads on one port need Linux; use WS_SHARDS=1`,
      );
    }
    // With a shared port the kernel would accept a second server beside a first one without a word.
    if (several && port !== 0) await probe(host, port);
    const first = await this.#startShard(0, port, several);
    await Promise.all(
      Array.from({ length: this.#settings.shards - 1 }, (_unused, index) => this.#startShard(index + 1, first, true)),
    );
    this.#sampler = setInterval(() => void this.#observe(), sampleIntervalMs);
    this.#logTimer = setInterval(
      () => this.#logMetrics(),
      Math.max(1, this.#settings.metricsIntervalNs / nanosecondsPerMillisecond),
    );
    this.#bus.start(this.#intake);
    await this.#observe();
    return first;
  }

  /** Refuses new clients, closes the old ones in batches and ends the threads; bounded by WS_DRAIN_TIMEOUT. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    if (this.#sampler !== null) clearInterval(this.#sampler);
    if (this.#logTimer !== null) clearInterval(this.#logTimer);
    this.#bus.stop();
    this.#admission.startDraining();
    this.#shared.standingRefusal = this.#admission.standingRefusal;
    const drained = new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#settings.drainTimeoutNs / nanosecondsPerMillisecond);
    });
    this.#toAll({ kind: 'drain' });
    await Promise.race([drained, timeout]);
    clearTimeout(timer);
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  /** Fresh totals of all threads. */
  async sample(): Promise<ServerSample> {
    const shards = await Promise.all(this.#threads.map((_thread, index) => this.#sampleShard(index)));
    const cpu = process.cpuUsage();
    const main = process.threadCpuUsage();
    const { ledger } = this.#intake;
    return {
      atNs: this.#clock.nowNs,
      connections: this.#shared.connections,
      rssBytes: process.memoryUsage.rss(),
      cpuUserMicroseconds: cpu.user,
      cpuSystemMicroseconds: cpu.system,
      mainCpuMicroseconds: main.user + main.system,
      shards,
      intake: {
        busMessages: ledger.busMessages,
        acknowledged: ledger.acknowledged,
        nakedByReason: [...ledger.nakedByReason],
      },
      stream: this.#bus.counters,
      health: this.#status,
    };
  }

  // Effects of the intake ------------------------------------------------------------------------------------------

  acknowledge(delivery: Delivery): void {
    this.#bus.acknowledge(delivery);
  }
  negativeAcknowledge(delivery: Delivery, delayNs: number): void {
    this.#bus.negativeAcknowledge(delivery, delayNs);
  }
  deliver(shard: number, delivery: Delivery): void {
    this.#hand('message', shard, delivery);
  }
  missed(shard: number, delivery: Delivery): void {
    this.#hand('missed', shard, delivery);
  }
  setPaused(paused: boolean): void {
    this.#log.write('warn', paused ? 'bus consumption paused' : 'bus consumption resumed');
  }

  #hand(kind: 'message' | 'missed', shard: number, { message, sequence }: Delivery): void {
    if (message.frame === null) {
      const text = encodeMessage(message.channel, sequence, message.publishedAtMs, message.dataJson);
      message.frame = { bytes: encodeTextFrame(text), payloadBytes: Buffer.byteLength(text) };
    }
    this.#to(shard, { kind, channel: message.channel, sequence, ...message.frame });
  }

  // Threads --------------------------------------------------------------------------------------------------------

  #startShard(shard: number, port: number, reusePort: boolean): Promise<number> {
    const start: ShardStart = {
      shard,
      settings: this.#settings,
      clockOriginMs: this.#clock.originMs,
      port,
      reusePort,
      epoch: this.#bus.epoch,
      shared: this.#shared.buffer,
    };
    const worker = new Worker(new URL('./shard-worker.ts', import.meta.url), { workerData: start });
    this.#threads[shard] = { worker, latest: null };
    return new Promise((resolve, reject) => {
      worker.on('error', (error) => {
        this.#log.write('error', 'shard failed', { shard, message: String(error) });
        reject(error);
        // A shard that died takes its clients' connections with it: better to end than to serve half of them.
        if (!this.#stopping) process.exit(1);
      });
      worker.on('message', (message: FromShard) => {
        if (message.kind === 'listening') resolve(message.port);
        else if (message.kind === 'listenFailed') {
          reject(
            new EnvironmentError(`WS_ADDR=${this.#settings.listenAddress}: cannot listen there: ${message.message}`),
          );
        } else this.#received(shard, message);
      });
    });
  }

  #received(shard: number, message: FromShard): void {
    if (message.kind === 'credits') {
      this.#intake.creditsReturned(shard, message.credits);
      this.#bus.demandChanged();
    } else if (message.kind === 'counters') {
      this.#threads[shard].latest = message.counters;
      this.#samples.get(message.id)?.(message.counters);
      this.#samples.delete(message.id);
    } else if (message.kind === 'drained') {
      this.#drained += 1;
      if (this.#drained === this.#threads.length) this.#onDrained?.();
    }
  }

  #sampleShard(shard: number): Promise<ShardCounters> {
    const id = this.#nextSampleId;
    this.#nextSampleId += 1;
    return new Promise((resolve) => {
      this.#samples.set(id, resolve);
      this.#to(shard, { kind: 'sample', id });
    });
  }

  #to(shard: number, message: ToShard): void {
    this.#threads[shard].worker.postMessage(message);
  }
  #toAll(message: ToShard): void {
    for (const { worker } of this.#threads) worker.postMessage(message);
  }

  /** Feeds admission and health with the process's own use since the last time. */
  async #observe(): Promise<void> {
    const sample = await this.sample();
    if (this.#stopping) return;
    const cpuMicroseconds = sample.cpuUserMicroseconds + sample.cpuSystemMicroseconds;
    const bytes = sample.shards.reduce((sum, { payloadBytes }) => sum + payloadBytes, 0);
    const elapsedNs = sample.atNs - this.#previousAtNs;
    // The first sample spans start-up, which says nothing about load.
    const isFirst = this.#previousAtNs === 0;
    const cores = isFirst ? 0 : ((cpuMicroseconds - this.#previousCpuMicroseconds) * 1_000) / elapsedNs;
    const networkBitsPerSecond = ((bytes - this.#previousBytes) * bitsPerByte * 1e9) / elapsedNs;
    this.#admission.cpuSampled(cores);
    this.#admission.memorySampled(sample.rssBytes);
    this.#previousCpuMicroseconds = cpuMicroseconds;
    this.#previousBytes = bytes;
    this.#previousAtNs = sample.atNs;
    this.#shared.standingRefusal = this.#admission.standingRefusal;
    const wasPaused = this.#intake.paused;
    this.#intake.pauseChanged(this.#admission.ingestPaused);
    if (wasPaused && !this.#intake.paused) this.#bus.demandChanged();
    const health = evaluateHealth(
      {
        cpuCores: cores,
        memoryBytes: sample.rssBytes,
        connections: sample.connections,
        tasks: activeTasks(sample.connections, this.#settings.workerPoolSize),
        networkBitsPerSecond,
        natsConnected: this.#bus.connected,
      },
      { ...this.#settings, networkBitsPerSecond: null },
    );
    this.#status = health.status;
    this.#toAll({
      kind: 'health',
      json: JSON.stringify(health),
      httpStatus: health.status === 'unhealthy' ? 503 : 200,
      ready: this.#admission.standingRefusal !== RefusalReason.draining && this.#bus.connected,
    });
  }

  #logMetrics(): void {
    const shards = this.#threads.flatMap(({ latest }) => latest ?? []);
    const total = (pick: (counters: ShardCounters) => number): number =>
      shards.reduce((sum, one) => sum + pick(one), 0);
    this.#log.write('info', 'metrics', {
      connections: this.#shared.connections,
      rssBytes: process.memoryUsage.rss(),
      busMessages: this.#intake.ledger.busMessages,
      naked: this.#intake.ledger.naked,
      sent: total(({ sent }) => sent),
      dropped: total(({ droppedByReason }) => droppedByReason.reduce((sum, count) => sum + count, 0)),
      queued: total(({ queued }) => queued),
      writes: total(({ writes }) => writes),
      health: this.#status,
    });
  }
}

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
