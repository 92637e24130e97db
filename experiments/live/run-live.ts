import { setTimeout as sleep } from 'node:timers/promises';
import {
  assert,
  type Fault,
  faultBeginnings,
  LatencyHistogram,
  RateCurve,
  Recorder,
  type ResolvedScenario,
  type RunReport,
  runReportSchema,
  type Sample,
} from '#core';
import { NatsProcess } from '../../server/bus/nats-process.ts';
import type { ServerSample } from '../../server/threads/supervisor.ts';
import { InputError } from '../input-error.ts';
import { provenance } from '../provenance.ts';
import { Cage } from './cage.ts';
import type { Drill } from './drills.ts';
import { EmbeddedFeed, type Feed, NatsFeed } from './feed.ts';
import { Interruption } from './interruption.ts';
import { LatencyWindow } from './latency-window.ts';
import { liveRefusals } from './live-refusals.ts';
import { LoadDriver } from './load-driver.ts';
import type { LoadSample } from './load-protocol.ts';
import { Publisher, streamOf } from './publisher.ts';
import { ServerProcess } from './server-process.ts';

export interface LiveOptions {
  readonly onProgress?: (message: string) => void;
  /** `nats`: a nats-server of the run's own; the embedded stream by default. */
  readonly bus?: 'embedded' | 'nats';
  /** Holds the server to the machine's CPU quota, memory and network card (see `Cage`). */
  readonly cage?: boolean;
  /** What is made to fail, and when. */
  readonly drills?: readonly Drill[];
  /** Client processes; as many as the connections need by default. */
  readonly loadProcesses?: number;
  /**
   * Whether a run that a signal ends is reported as far as it was measured; told then how many seconds of the load were.
   * Without it an interrupted run rejects: half a run must not be taken for a whole one.
   */
  readonly onInterrupted?: (signal: string, seconds: number) => void;
}

const intervalMs = 1_000;
const curveStepSeconds = 0.25;
/** After the load, queues get this long to empty before the account is closed. */
const settleMs = 10_000;
const wireOverheadPerWriteBytes = 90;

/** A live run could not be finished; the message says why. */
export class LiveRunError extends Error {
  override readonly name = 'LiveRunError';
}

/**
 * Runs a scenario for real on this machine: the server, a publisher and the clients, each a process of its own, on
 * loopback. Every child is ended, whatever happens.
 * @throws InputError for a scenario that cannot be run live, before anything is started
 */
export async function runLive(input: ResolvedScenario, options: LiveOptions = {}): Promise<RunReport> {
  const refusals = liveRefusals(input, options);
  if (refusals.length > 0) throw new InputError('live', refusals);
  const interruption = new Interruption();
  let nats: NatsProcess | null = null;
  let cage: Cage | null = null;
  let server: ServerProcess | null = null;
  let feed: Feed | null = null;
  try {
    nats = options.bus === 'nats' ? await NatsProcess.start() : null;
    cage = options.cage === true ? Cage.create(input.machine) : null;
    const { scenario, settings } = input;
    server = await ServerProcess.start(
      {
        ...scenario.settings,
        WS_CPU_LIMIT: settings.cpuLimitCores,
        WS_MEMORY_LIMIT: settings.memoryLimitBytes,
        WS_SHARDS: settings.shards,
        ...(nats === null ? {} : { NATS_URL: nats.url }),
      },
      { host: cage?.network?.serverAddress, prefix: cage?.network?.serverPrefix },
    );
    if (server.processId !== undefined) cage?.add(server.processId);
    feed = nats === null ? new EmbeddedFeed(server) : await NatsFeed.connect(nats.url, settings.subjects);
    const run = new LiveRun(input, options, { server, feed, nats, cage });
    if (interruption.signal.aborted) refuseInterrupted(String(interruption.signal.reason));
    try {
      if (options.onInterrupted === undefined) {
        return await Promise.race([run.measure(null), interruption.first.then(refuseInterrupted)]);
      }
      return await Promise.race([run.measure(interruption), interruption.second.then(refuseInterrupted)]);
    } finally {
      await run.close();
    }
  } finally {
    await feed?.close();
    await server?.stop();
    cage?.remove();
    await nats?.stop();
    interruption.ignore();
  }
}

const refuseInterrupted = (signal: string): never => {
  throw new LiveRunError(`the run was interrupted (${signal})`);
};

interface Parts {
  readonly server: ServerProcess;
  readonly feed: Feed;
  readonly nats: NatsProcess | null;
  readonly cage: Cage | null;
}

class LiveRun {
  #input: ResolvedScenario;
  #parts: Parts;
  #progress: (message: string) => void;
  #drills: readonly Drill[];
  #loadProcesses: number | undefined;
  #load: LoadDriver;
  #publisher: Publisher;
  /** Factors of the bursts under way. */
  #bursts: number[] = [];
  #timers: NodeJS.Timeout[] = [];
  /** Drills under way; a run ends after them. */
  #underWay: Promise<void>[] = [];
  #loadProcessDied = false;
  #onInterrupted: (signal: string, seconds: number) => void;

  constructor(input: ResolvedScenario, options: LiveOptions, parts: Parts) {
    const { workload, seed } = input.scenario;
    this.#input = input;
    this.#parts = parts;
    this.#progress = options.onProgress ?? ((): void => {});
    this.#drills = options.drills ?? [];
    this.#loadProcesses = options.loadProcesses;
    this.#load = new LoadDriver({
      onProcessDied: () => {
        this.#loadProcessDied = true;
      },
    });
    this.#publisher = new Publisher({
      ...streamOf(workload),
      seed,
      publish: (channel, dataJson, atMs) => parts.feed.publish(channel, dataJson, atMs),
      hasRoom: () => parts.feed.hasRoom,
    });
    this.#onInterrupted = options.onInterrupted ?? ((): void => {});
  }

  /** @param interruption ends the load early; null: it runs to its end */
  async measure(interruption: Interruption | null): Promise<RunReport> {
    const { workload } = this.#input.scenario;
    try {
      this.#progress(`connecting ${workload.connections} clients`);
      await this.#connect();
      const recorder = new Recorder(this.#input);
      const windowLatency = new LatencyHistogram();
      let [server, clients] = await this.#sampleAll();
      recorder.interval(sampleOf(server, clients), clients.latency.histogram);
      this.#progress(`publishing ${workload.ratePerSecond} messages/s for ${workload.durationSeconds} s`);
      this.#publisher.start();
      this.#schedule();
      const startMs = performance.now();
      const warmUpMs = Math.round(workload.warmUpSeconds * 1_000);
      const endMs = workload.durationSeconds * 1_000;
      let windowOpen = false;
      let negative = 0;
      let interrupted: string | null = null;
      void interruption?.first.then((signal) => {
        interrupted = signal;
      });
      const cut = interruption?.first ?? new Promise<never>(() => {});
      for (let tickMs = 0; tickMs < endMs && interrupted === null; ) {
        if (!windowOpen && warmUpMs === tickMs) {
          recorder.windowStarted(sampleOf(server, clients));
          windowOpen = true;
        }
        const beforeWindow = !windowOpen && warmUpMs > tickMs ? warmUpMs : endMs;
        const nextMs = Math.min(endMs, tickMs + intervalMs, beforeWindow);
        await Promise.race([sleep(Math.max(0, startMs + nextMs - performance.now())), cut]);
        [server, clients] = await this.#sampleAll();
        if (windowOpen) windowLatency.merge(clients.latency.histogram);
        negative += clients.latency.negative;
        recorder.interval(sampleOf(server, clients), clients.latency.histogram);
        tickMs = nextMs;
      }
      this.#publisher.stop();
      if (interrupted !== null) {
        if (!windowOpen)
          throw new LiveRunError(
            `interrupted (${String(interrupted)}) before the warm-up was over: nothing was measured`,
          );
        this.#onInterrupted(interrupted, (performance.now() - startMs) / 1_000);
      }
      recorder.windowEnded(sampleOf(server, clients));
      if (interrupted === null) await Promise.all(this.#underWay);
      this.#tellShortfall(startMs, negative);
      this.#progress('letting the queues empty');
      const [last, received] = await this.#settled();
      if (this.#parts.feed.unconfirmed > 0) this.#progress(`${this.#parts.feed.unconfirmed} publishes not confirmed`);
      const report = recorder.report('measured', sampleOf(last, received), windowLatency, {
        ...accountsOf(last, received, this.#loadProcessDied),
        throttledSeconds: this.#parts.cage?.throttledSeconds ?? 0,
      });
      return runReportSchema.parse({ ...report, provenance: provenance('measured') });
    } finally {
      this.#publisher.stop();
    }
  }

  /** Ends publisher and clients, whatever they are at. */
  async close(): Promise<void> {
    this.#publisher.stop();
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#load.close().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const { workload, faults } = this.#input.scenario;
    await this.#load.start({
      host: this.#parts.cage?.network?.serverAddress ?? '127.0.0.1',
      port: this.#parts.server.port,
      prefix: this.#parts.cage?.network?.clientPrefix ?? [],
      connections: workload.connections,
      rampConnectionsPerSecond: workload.rampConnectionsPerSecond,
      subscriptionsPerClient: workload.subscriptionsPerClient,
      channels: workload.channels,
      ...(workload.popularity === undefined ? {} : { popularity: workload.popularity }),
      ownsStream: true,
      stalledShare: workload.client.stalledShare,
      reconnect: this.#drills.length > 0 || faults.some(({ kind }) => kind === 'reconnect-storm'),
      ...(this.#loadProcesses === undefined ? {} : { processes: this.#loadProcesses }),
    });
  }

  /** What a process that died counted last stands for it. */
  async #clients(): Promise<LoadSample> {
    const sample = await this.#load.resetWindow().catch(() => null);
    if (sample !== null) return sample;
    const last = this.#load.lastSample;
    assert(last !== undefined, 'sampled once before anything can die');
    return { ...last, latency: new LatencyWindow() };
  }

  /** Says when the machine did not reach the rate that was asked for, or when its clocks disagree. */
  #tellShortfall(startMs: number, negative: number): void {
    const { published, skipped } = this.#publisher;
    const { ratePerSecond } = this.#input.scenario.workload;
    if (skipped > 0) {
      const reached = published / ((performance.now() - startMs) / 1_000);
      this.#progress(
        `warning: published ${reached.toFixed(0)} messages/s of ${ratePerSecond} asked: this machine does not reach the rate; ${skipped} messages were never published`,
      );
    }
    if (negative > 0) {
      this.#progress(
        `warning: ${negative} messages arrived before they were published: the clocks of two processes disagree`,
      );
    }
  }

  #sampleAll(): Promise<[ServerSample, LoadSample]> {
    return Promise.all([this.#parts.server.sample(), this.#clients()]);
  }

  #schedule(): void {
    for (const fault of this.#input.scenario.faults) this.#scheduleFault(fault);
    this.#scheduleCurve();
    for (const drill of this.#drills) {
      this.#at(drill.atSeconds, () => {
        this.#progress(`drill: ${drill.kind}`);
        const done = this.#run(drill);
        this.#underWay.push(done);
      });
    }
  }

  async #run({ kind, durationSeconds }: Drill): Promise<void> {
    const { server, nats } = this.#parts;
    switch (kind) {
      case 'bus-kill':
        await nats?.kill();
        await sleep(durationSeconds * 1_000);
        await nats?.run();
        return;
      case 'server-restart':
        return server.restart();
      case 'client-kill':
        process.kill(this.#load.processIds[0], 'SIGKILL');
        return;
      case 'shard-throw':
        return server.failShard(0, 'throw');
      case 'shard-exhaust-heap':
        return server.failShard(0, 'exhaust-heap');
      default:
        throw new LiveRunError(`${String(kind satisfies never)}: there is no such drill`);
    }
  }

  #scheduleFault(fault: Fault): void {
    switch (fault.kind) {
      case 'reconnect-storm': {
        const { connections, rampConnectionsPerSecond } = this.#input.scenario.workload;
        const spreadMs = ((connections * fault.share) / rampConnectionsPerSecond) * 1_000;
        this.#at(fault.atSeconds, () => {
          void this.#load.drop(fault.share, { awayMs: fault.reconnectAfterSeconds * 1_000, spreadMs });
        });
        return;
      }
      case 'bus-outage': {
        const { atSeconds, durationSeconds } = fault;
        this.#at(atSeconds, () => this.#underWay.push(this.#run({ kind: 'bus-kill', atSeconds, durationSeconds })));
        return;
      }
      case 'clients-stall':
        this.#at(fault.atSeconds, () => void this.#load.stall(fault.share));
        this.#at(fault.atSeconds + fault.durationSeconds, () => void this.#load.resume());
        return;
      case 'rate-burst':
        return this.#scheduleBursts(fault);
      case 'server-lost':
      case 'server-restart':
      case 'clients-join':
        // Refused before anything started.
        return;
      default:
        throw new LiveRunError(`${String((fault satisfies never as Fault).kind)}: a live run does not know this fault`);
    }
  }

  #scheduleBursts(fault: Extract<Fault, { kind: 'rate-burst' }>): void {
    for (const atSeconds of faultBeginnings(fault, this.#input.scenario.workload.durationSeconds)) {
      this.#at(atSeconds, () => {
        this.#bursts.push(fault.factor);
        this.#setRate(atSeconds);
      });
      const endSeconds = atSeconds + fault.durationSeconds;
      this.#at(endSeconds, () => {
        this.#bursts.splice(this.#bursts.indexOf(fault.factor), 1);
        this.#setRate(endSeconds);
      });
    }
  }

  /** The day curve in steps: a publisher knows one factor at a time. */
  #scheduleCurve(): void {
    const { rateCurve, durationSeconds } = this.#input.scenario.workload;
    if (rateCurve === undefined) return;
    for (let step = 0; step * curveStepSeconds < durationSeconds; step += 1) {
      const seconds = (step + 0.5) * curveStepSeconds;
      this.#at(step * curveStepSeconds, () => this.#setRate(seconds));
    }
  }

  #setRate(seconds: number): void {
    const { rateCurve } = this.#input.scenario.workload;
    const curve = rateCurve === undefined ? 1 : new RateCurve(rateCurve).factorAt(seconds);
    this.#publisher.rateFactor = this.#bursts.reduce((product, factor) => product * factor, curve);
  }

  #at(seconds: number, act: () => void): void {
    this.#timers.push(setTimeout(act, seconds * 1_000));
  }

  /** Waits until everything published has arrived, or nothing moves any more. */
  async #settled(): Promise<[ServerSample, LoadSample]> {
    const deadlineMs = performance.now() + settleMs;
    for (;;) {
      const last = await this.#parts.server.sample();
      const clients = await this.#clients();
      const given = last.shards.reduce((sum, shard) => sum + shard.sent + shard.replayed, 0);
      const { pendingMessages, published } = last.stream;
      const empty = last.shards.every(({ atRest }) => atRest) && pendingMessages === 0;
      const all = published >= this.#publisher.published - this.#parts.feed.unconfirmed;
      if ((empty && all && clients.counters.messages === given) || performance.now() > deadlineMs) {
        return [last, clients];
      }
      await sleep(100);
    }
  }
}

function sampleOf(server: ServerSample, { counters }: LoadSample): Sample {
  const total = (pick: (shard: ServerSample['shards'][number]) => number): number =>
    server.shards.reduce((sum, shard) => sum + pick(shard), 0);
  const shardNs = server.shards.map((shard) => (shard.cpuUserMicroseconds + shard.cpuSystemMicroseconds) * 1_000);
  const processNs = (server.cpuUserMicroseconds + server.cpuSystemMicroseconds) * 1_000;
  const writes = total((shard) => shard.writes);
  return {
    atNs: server.atNs,
    // What is not a shard's is the main thread's, with garbage collection and compilation on helper threads.
    mainNs: processNs - shardNs.reduce((sum, ns) => sum + ns, 0),
    shardNs,
    kernelNs: server.cpuSystemMicroseconds * 1_000,
    loadClientNs: (counters.cpuUserMicroseconds + counters.cpuSystemMicroseconds) * 1_000,
    collectionPauses: total((shard) => shard.collectionPauses),
    collectionNs: total((shard) => shard.collectionPauseMicroseconds) * 1_000,
    memoryBytes: server.rssBytes,
    kernelMemoryBytes: null,
    inTransit: null,
    busWaiting: server.stream.pendingMessages,
    connections: server.connections,
    published: server.stream.published,
    offered: total((shard) => shard.offered),
    sent: total((shard) => shard.sent),
    received: counters.messages,
    writes,
    bytes: total((shard) => shard.payloadBytes),
    // Calculated, not captured: what the clients' sockets gave, and one packet's headers for each write.
    wireBytes: counters.socketBytes + writes * wireOverheadPerWriteBytes,
    dropped: total((shard) => shard.droppedByReason.reduce((sum, count) => sum + count, 0)),
    naks: server.intake.nakedByReason.reduce((sum, count) => sum + count, 0),
    queued: total((shard) => shard.queued),
  };
}

function accountsOf(
  server: ServerSample,
  { counters }: LoadSample,
  clientDied: boolean,
): Parameters<Recorder['report']>[3] {
  const given = server.shards.reduce((sum, shard) => sum + shard.sent + shard.replayed, 0);
  const closed = server.shards.reduce(
    (sum, shard) => sum + shard.closedByReason.reduce((all, count) => all + count, 0),
    0,
  );
  const missing = given - counters.messages;
  // With a connection that ended, what its socket held went too; otherwise it is still on its way.
  const lost = closed > 0 && !clientDied ? missing : 0;
  const unknown = clientDied ? missing : 0;
  return {
    received: counters.messages,
    clients: {
      duplicates: counters.duplicates,
      missingSequences: counters.judgedClients === 0 ? null : counters.missing,
      gapNotices: counters.gapFrames,
      gapMessages: counters.gapMissed,
      reconnected: counters.reconnected,
      recovered: counters.recovered,
      unrecovered: counters.unrecovered,
    },
    lost,
    unknown,
    inTransit: missing - lost - unknown,
    shards: server.shards,
    intake: server.intake,
    stream: server.stream,
    refusedByReason: server.shards.map((shard) => shard.refusedByReason),
    accepted: server.shards.reduce((sum, shard) => sum + shard.accepted, 0),
    throttledSeconds: 0,
  };
}
