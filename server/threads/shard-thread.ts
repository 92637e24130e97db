import { Worker } from 'node:worker_threads';
import { closeReasonNames, CloseReason, DropReason, dropReasonNames, refusalReasonNames } from '#core';
import { latencyBoundsMs } from '../observe/delivery-latency.ts';
import type { FromShard, SharedState, ShardCounters, ShardStart, ToShard } from './thread-messages.ts';

const bytesPerMiB = 1_048_576;
const heapMiBLeast = 64;
const sampleTimeoutMs = 1_000;

export interface ShardThreadEvents {
  readonly creditsReturned: (credits: number) => void;
  readonly drained: () => void;
  /** The thread ended by itself; its connections and what they had queued are gone. */
  readonly crashed: (reason: string, connectionsLost: number) => void;
}

/** A shard seen from the main thread: its worker, the totals of those that crashed before it, and its sampling. */
export class ShardThread {
  #shard: number;
  #shared: SharedState;
  #events: ShardThreadEvents;
  #worker: Worker | null = null;
  #pending = new Map<number, (counters: ShardCounters) => void>();
  #nextSampleId = 1;
  /** Last totals of the running thread, and the sums of those that ended. */
  #latest: ShardCounters = nothing;
  #ended: ShardCounters = nothing;
  #stopping = false;
  #askedMs: number | null = null;

  constructor(shard: number, shared: SharedState, events: ShardThreadEvents) {
    this.#shard = shard;
    this.#shared = shared;
    this.#events = events;
  }

  get isRunning(): boolean {
    return this.#worker !== null;
  }
  /** As of the last sample. */
  get latest(): ShardCounters {
    return sumOf(this.#ended, this.#latest);
  }

  /** @returns the port. @throws Error when the thread cannot listen or fails before it does */
  start(start: ShardStart): Promise<number> {
    const heapMiB = Math.max(
      heapMiBLeast,
      Math.floor(start.settings.memoryLimitBytes / start.settings.shards / bytesPerMiB),
    );
    // A heap that overflows ends the thread, not the process.
    const worker = new Worker(new URL('./shard-worker.ts', import.meta.url), {
      workerData: start,
      resourceLimits: { maxOldGenerationSizeMb: heapMiB },
    });
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      let listening = false;
      let reason = 'ended';
      worker.on('error', (error) => {
        reason = error instanceof Error ? error.message : String(error);
      });
      worker.on('exit', (code) => {
        this.#worker = null;
        if (listening) this.#ended = this.#account();
        this.#latest = nothing;
        this.#askedMs = null;
        // Whoever waits for a sample gets the account, to which this thread adds nothing any more.
        this.#settleSamples();
        const lost = this.#shared.shardEnded(this.#shard);
        if (this.#stopping) return;
        if (listening) this.#events.crashed(reason, lost);
        else reject(new Error(`shard ${this.#shard} ended with code ${code} before it listened: ${reason}`));
      });
      worker.on('message', (message: FromShard) => {
        if (message.kind === 'listening') {
          listening = true;
          resolve(message.port);
        } else if (message.kind === 'listenFailed') {
          this.#stopping = true;
          void worker.terminate();
          reject(new Error(message.message));
        } else this.#received(message);
      });
    });
  }

  post(message: ToShard): void {
    this.#worker?.postMessage(message);
  }

  /** How long the thread has owed an answer: its event loop is stuck when that grows. */
  get silentMs(): number {
    return this.#askedMs === null ? 0 : performance.now() - this.#askedMs;
  }

  /** Fresh totals, those of crashed threads included; the last known ones when the thread is not there or stuck. */
  async sample(): Promise<ShardCounters> {
    if (this.#worker === null) return this.latest;
    const id = this.#nextSampleId;
    this.#nextSampleId += 1;
    this.#askedMs ??= performance.now();
    const counters = await new Promise<ShardCounters>((resolve) => {
      // A loop that is stuck must not take those along who ask.
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        resolve(this.#latest);
      }, sampleTimeoutMs);
      this.#pending.set(id, (fresh) => {
        clearTimeout(timer);
        resolve(fresh);
      });
      this.post({ kind: 'sample', id });
    });
    return sumOf(this.#ended, counters);
  }

  async terminate(): Promise<void> {
    this.#stopping = true;
    await this.#worker?.terminate();
  }

  #received(message: FromShard): void {
    if (message.kind === 'credits') this.#events.creditsReturned(message.credits);
    else if (message.kind === 'drained') this.#events.drained();
    else if (message.kind === 'counters') {
      this.#latest = message.counters;
      this.#askedMs = null;
      this.#pending.get(message.id)?.(message.counters);
      this.#pending.delete(message.id);
    }
  }

  #settleSamples(): void {
    for (const settle of this.#pending.values()) settle(this.#latest);
    this.#pending.clear();
  }

  /** Totals after a crash: the ledger is as of the thread's last turn, and what was queued was dropped with it. */
  #account(): ShardCounters {
    const { offered, sent, replayed } = this.#shared.readLedger(this.#shard);
    const latest = this.#latest;
    const droppedBefore = latest.droppedByReason.reduce((sum, count) => sum + count, 0);
    const droppedByReason = [...latest.droppedByReason];
    droppedByReason[DropReason.connectionClosed] += offered - sent - droppedBefore;
    const closedByReason = [...latest.closedByReason];
    closedByReason[CloseReason.shardCrashed] += this.#shared.connectionsOf(this.#shard);
    return sumOf(this.#ended, {
      ...latest,
      offered,
      sent,
      replayed,
      droppedByReason,
      closedByReason,
      queued: 0,
      historyBytes: 0,
      oldestQueuedSeconds: 0,
      pendingSockets: 0,
      atRest: true,
    });
  }
}

const zeros = (count: number): number[] => new Array<number>(count).fill(0);

const nothing: ShardCounters = {
  offered: 0,
  sent: 0,
  replayed: 0,
  droppedByReason: zeros(dropReasonNames.length),
  queued: 0,
  writes: 0,
  turns: 0,
  payloadBytes: 0,
  broadcasts: 0,
  visits: 0,
  accepted: 0,
  closedByReason: zeros(closeReasonNames.length),
  refusedByReason: zeros(refusalReasonNames.length),
  requestErrors: 0,
  pings: 0,
  recoveries: 0,
  recoveriesFailed: 0,
  historyBytes: 0,
  cpuUserMicroseconds: 0,
  cpuSystemMicroseconds: 0,
  collectionPauses: 0,
  collectionPauseMicroseconds: 0,
  loop: { delayP50Seconds: 0, delayP99Seconds: 0, delayMaxSeconds: 0, activeSeconds: 0, idleSeconds: 0 },
  latency: { buckets: zeros(latencyBoundsMs.length + 1), sumSeconds: 0, ahead: 0 },
  oldestQueuedSeconds: 0,
  pendingSockets: 0,
  pendingCutOff: 0,
  requestPauses: 0,
  atRest: true,
};

/** Field by field: totals of two threads, or of two servers one after the other. */
export function sumOf(left: ShardCounters, right: ShardCounters): ShardCounters {
  const added = (one: readonly number[], other: readonly number[]): number[] =>
    one.map((count, index) => count + other[index]);
  return {
    offered: left.offered + right.offered,
    sent: left.sent + right.sent,
    replayed: left.replayed + right.replayed,
    droppedByReason: added(left.droppedByReason, right.droppedByReason),
    queued: left.queued + right.queued,
    writes: left.writes + right.writes,
    turns: left.turns + right.turns,
    payloadBytes: left.payloadBytes + right.payloadBytes,
    broadcasts: left.broadcasts + right.broadcasts,
    visits: left.visits + right.visits,
    accepted: left.accepted + right.accepted,
    closedByReason: added(left.closedByReason, right.closedByReason),
    refusedByReason: added(left.refusedByReason, right.refusedByReason),
    requestErrors: left.requestErrors + right.requestErrors,
    pings: left.pings + right.pings,
    recoveries: left.recoveries + right.recoveries,
    recoveriesFailed: left.recoveriesFailed + right.recoveriesFailed,
    historyBytes: left.historyBytes + right.historyBytes,
    cpuUserMicroseconds: left.cpuUserMicroseconds + right.cpuUserMicroseconds,
    cpuSystemMicroseconds: left.cpuSystemMicroseconds + right.cpuSystemMicroseconds,
    collectionPauses: left.collectionPauses + right.collectionPauses,
    collectionPauseMicroseconds: left.collectionPauseMicroseconds + right.collectionPauseMicroseconds,
    loop: {
      delayP50Seconds: Math.max(left.loop.delayP50Seconds, right.loop.delayP50Seconds),
      delayP99Seconds: Math.max(left.loop.delayP99Seconds, right.loop.delayP99Seconds),
      delayMaxSeconds: Math.max(left.loop.delayMaxSeconds, right.loop.delayMaxSeconds),
      activeSeconds: left.loop.activeSeconds + right.loop.activeSeconds,
      idleSeconds: left.loop.idleSeconds + right.loop.idleSeconds,
    },
    latency: {
      buckets: added(left.latency.buckets, right.latency.buckets),
      sumSeconds: left.latency.sumSeconds + right.latency.sumSeconds,
      ahead: left.latency.ahead + right.latency.ahead,
    },
    oldestQueuedSeconds: Math.max(left.oldestQueuedSeconds, right.oldestQueuedSeconds),
    pendingSockets: left.pendingSockets + right.pendingSockets,
    pendingCutOff: left.pendingCutOff + right.pendingCutOff,
    requestPauses: left.requestPauses + right.requestPauses,
    atRest: left.atRest && right.atRest,
  };
}
