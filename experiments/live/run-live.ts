import { setTimeout as sleep } from 'node:timers/promises';
import {
  assert,
  type Fault,
  LatencyHistogram,
  Recorder,
  type ResolvedScenario,
  type RunReport,
  runReportSchema,
  type Sample,
} from '#core';
import type { ServerSample } from '../../server/supervisor.ts';
import { provenance } from '../provenance.ts';
import { LoadDriver } from './load-driver.ts';
import type { LoadSample } from './load-protocol.ts';
import { messageBytesLeast, Publisher } from './publisher.ts';
import { ServerProcess } from './server-process.ts';

export interface LiveOptions {
  readonly onProgress?: (message: string) => void;
}

const intervalMs = 1_000;
/** After the load, queues get this long to empty before the account is closed. */
const settleMs = 5_000;
const wireOverheadPerWriteBytes = 90;

/** A live run cannot be done as asked; the message says what to change. */
export class LiveRunError extends Error {
  override readonly name = 'LiveRunError';
}

/**
 * Runs a scenario for real on this machine: the server, a publisher and the clients, each a process of its own, on
 * loopback. Every child is ended, whatever happens.
 */
export async function runLive(input: ResolvedScenario, options: LiveOptions = {}): Promise<RunReport> {
  const progress = options.onProgress ?? (() => {});
  const { scenario, settings } = input;
  const { workload } = scenario;
  refuseWhatCannotBe(input);
  const server = await ServerProcess.start({
    ...scenario.settings,
    WS_CPU_LIMIT: settings.cpuLimitCores,
    WS_MEMORY_LIMIT: settings.memoryLimitBytes,
    WS_SHARDS: settings.shards,
  });
  const load = new LoadDriver();
  const publisher = new Publisher(workload, scenario.seed, (channel, dataJson, atMs) =>
    server.publish(channel, dataJson, atMs),
  );
  const timers: NodeJS.Timeout[] = [];
  try {
    progress(`connecting ${workload.connections} clients`);
    await load.start({
      host: '127.0.0.1',
      port: server.port,
      connections: workload.connections,
      rampConnectionsPerSecond: workload.rampConnectionsPerSecond,
      subscriptionsPerClient: workload.subscriptionsPerClient,
      channels: workload.channels,
      stalledShare: workload.client.stalledShare,
    });
    const recorder = new Recorder(input);
    const windowLatency = new LatencyHistogram();
    let serverFirst = await server.sample();
    let clients = await load.resetWindow();
    recorder.interval(sampleOf(serverFirst, clients, publisher.published), clients.latency);

    progress(`publishing ${workload.ratePerSecond} messages/s for ${workload.durationSeconds} s`);
    publisher.start();
    for (const fault of scenario.faults) timers.push(...scheduleFault(fault, publisher, load));
    const startMs = performance.now();
    const startSeconds = Math.round(workload.warmUpSeconds * 1_000);
    const endSeconds = workload.durationSeconds * 1_000;
    let windowOpen = false;
    for (let tickMs = 0; tickMs < endSeconds; ) {
      const nextMs = Math.min(
        endSeconds,
        !windowOpen && startSeconds > tickMs ? Math.min(tickMs + intervalMs, startSeconds) : tickMs + intervalMs,
      );
      if (!windowOpen && startSeconds === tickMs) {
        recorder.windowStarted(sampleOf(serverFirst, clients, publisher.published));
        windowOpen = true;
      }
      await sleep(Math.max(0, startMs + nextMs - performance.now()));
      [serverFirst, clients] = await Promise.all([server.sample(), load.resetWindow()]);
      if (windowOpen) windowLatency.merge(clients.latency);
      recorder.interval(sampleOf(serverFirst, clients, publisher.published), clients.latency);
      tickMs = nextMs;
    }
    publisher.stop();
    recorder.windowEnded(sampleOf(serverFirst, clients, publisher.published));

    progress('letting the queues empty');
    const [last, received] = await settled(server, load);
    const report = recorder.report(
      'measured',
      sampleOf(last, received, publisher.published),
      windowLatency,
      accountsOf(last, received),
    );
    return runReportSchema.parse({ ...report, provenance: provenance('measured') });
  } finally {
    publisher.stop();
    for (const timer of timers) clearTimeout(timer);
    await load.close().catch(() => undefined);
    await server.stop();
  }
}

function refuseWhatCannotBe({ scenario }: ResolvedScenario): void {
  const { workload, faults } = scenario;
  const least = messageBytesLeast(workload.channels);
  const refuse = (path: string, given: unknown, accepted: string): never => {
    throw new LiveRunError(`${path}: not possible in a live run (given: ${String(given)}; accepted: ${accepted})`);
  };
  if (workload.messageBytes < least) refuse('workload.messageBytes', workload.messageBytes, `${least} or more`);
  if (workload.client.linkBitsPerSecond !== null)
    refuse('workload.client.linkBitsPerSecond', workload.client.linkBitsPerSecond, 'null: loopback has no links');
  if (workload.client.roundTripMs > 0)
    refuse('workload.client.roundTripMs', workload.client.roundTripMs, '0: loopback has no distance');
  if (faults.some(({ kind }) => kind === 'reconnect-storm'))
    refuse('faults', 'reconnect-storm', 'clients-stall, rate-burst');
}

function scheduleFault(fault: Fault, publisher: Publisher, load: LoadDriver): NodeJS.Timeout[] {
  assert(fault.kind !== 'reconnect-storm', 'refused before the run');
  const begin = (): void => {
    if (fault.kind === 'rate-burst') publisher.rateFactor = fault.factor;
    else void load.stall(fault.share);
  };
  const end = (): void => {
    if (fault.kind === 'rate-burst') publisher.rateFactor = 1;
    else void load.resume();
  };
  return [
    setTimeout(begin, fault.atSeconds * 1_000),
    setTimeout(end, (fault.atSeconds + fault.durationSeconds) * 1_000),
  ];
}

/** Waits until everything sent has arrived, or nothing moves any more. */
async function settled(server: ServerProcess, load: LoadDriver): Promise<[ServerSample, LoadSample]> {
  const deadlineMs = performance.now() + settleMs;
  for (;;) {
    const last = await server.sample();
    const clients = await load.sample();
    const sent = last.shards.reduce((sum, shard) => sum + shard.sent, 0);
    const empty = last.shards.every(({ atRest }) => atRest) && last.stream.pendingMessages === 0;
    if ((empty && clients.counters.messages === sent) || performance.now() > deadlineMs) return [last, clients];
    await sleep(50);
  }
}

function sampleOf(server: ServerSample, { counters }: LoadSample, published: number): Sample {
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
    memoryBytes: server.rssBytes,
    kernelMemoryBytes: null,
    connections: server.connections,
    published,
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

function accountsOf(server: ServerSample, { counters }: LoadSample): Parameters<Recorder['report']>[3] {
  const sent = server.shards.reduce((sum, shard) => sum + shard.sent, 0);
  const closed = server.shards.reduce(
    (sum, shard) => sum + shard.closedByReason.reduce((all, count) => all + count, 0),
    0,
  );
  const missing = sent - counters.messages;
  // With a connection that the server closed, what its socket held went too; otherwise it is still on its way.
  const lost = closed > 0 ? missing : 0;
  return {
    received: counters.messages,
    lost,
    unknown: 0,
    inTransit: missing - lost,
    shards: server.shards,
    intake: server.intake,
    stream: server.stream,
    refusedByReason: server.shards.map((shard) => shard.refusedByReason),
    accepted: server.shards.reduce((sum, shard) => sum + shard.accepted, 0),
    throttledSeconds: 0,
  };
}
