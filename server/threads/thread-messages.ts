import { createHmac } from 'node:crypto';
import type { LostRange, Settings } from '#core';
import type { LatencyTotals } from '../observe/delivery-latency.ts';
import type { LoopFigures } from '../observe/loop-meter.ts';

/** A message as it crosses threads: its bytes are shared memory, so only the view is copied. */
export interface SharedMessage {
  readonly channel: string;
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly payloadBytes: number;
  /** By the publisher's clock, on the server's scale of time. */
  readonly publishedAtNs: number;
}

/** What a shard's thread is started with. */
export interface ShardStart {
  readonly shard: number;
  readonly settings: Settings;
  readonly clockOriginMs: number;
  readonly port: number;
  /** Several threads listen on one port; the kernel spreads the connections. */
  readonly reusePort: boolean;
  readonly epoch: string;
  /** Messages that clients can recover from the start. */
  readonly past: {
    readonly unknownThrough: number;
    /** Nobody recovers from below this sequence; 0 when nothing was lost. */
    readonly holeThrough: number;
    readonly messages: readonly SharedMessage[];
  };
  readonly shared: SharedArrayBuffer;
  /** Sockets at once that are no connection, or not yet. */
  readonly pendingSocketsMax: number;
  /** Open connections by client address; null where there is no limit. */
  readonly addresses: SharedArrayBuffer | null;
}

/** Main thread to shard. */
export type ToShard =
  | ({ readonly kind: 'message' | 'missed' } & SharedMessage)
  | { readonly kind: 'health'; readonly json: string; readonly httpStatus: number; readonly ready: boolean }
  | { readonly kind: 'flushInterval'; readonly intervalNs: number }
  | { readonly kind: 'streamReplaced'; readonly epoch: string; readonly beginsAfter: number }
  /** Messages of the stream that will never come. */
  | { readonly kind: 'lost'; readonly range: LostRange }
  | { readonly kind: 'streamReached'; readonly sequence: number }
  | { readonly kind: 'sample'; readonly id: number }
  /** A drill: the thread fails as a defect would make it fail. */
  | { readonly kind: 'fail'; readonly how: 'throw' | 'exhaust-heap' }
  | { readonly kind: 'drain'; readonly timeoutMs: number };

/** Running totals of one shard. */
export interface ShardCounters {
  readonly offered: number;
  readonly sent: number;
  readonly replayed: number;
  readonly droppedByReason: readonly number[];
  readonly queued: number;
  readonly writes: number;
  readonly turns: number;
  readonly payloadBytes: number;
  readonly broadcasts: number;
  readonly visits: number;
  readonly accepted: number;
  readonly closedByReason: readonly number[];
  readonly refusedByReason: readonly number[];
  readonly requestErrors: number;
  readonly pings: number;
  readonly recoveries: number;
  readonly recoveriesFailed: number;
  readonly historyBytes: number;
  /** CPU of this thread. */
  readonly cpuUserMicroseconds: number;
  readonly cpuSystemMicroseconds: number;
  /** Garbage collections of this thread, and how long it stood still for them. */
  readonly collectionPauses: number;
  readonly collectionPauseMicroseconds: number;
  readonly loop: LoopFigures;
  readonly latency: LatencyTotals;
  /** Age of the oldest message in a send buffer, from its publishing; 0 when all are empty. */
  readonly oldestQueuedSeconds: number;
  /** Sockets that are no WebSocket connection, or not yet, and how many of them were cut off to make room. */
  readonly pendingSockets: number;
  readonly pendingCutOff: number;
  /** Pauses of clients that asked for more than their budget. */
  readonly requestPauses: number;
  /** Nothing waits to be matched or written. */
  readonly atRest: boolean;
}

/** Shard to main thread. */
export type FromShard =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'listenFailed'; readonly code: string; readonly message: string }
  | { readonly kind: 'credits'; readonly credits: number }
  | { readonly kind: 'counters'; readonly id: number; readonly counters: ShardCounters }
  | { readonly kind: 'drained' };

const openConnections = 0;
const standingRefusal = 1;
const headCells = 2;
const ledgerCells = 3;
const bytesPerCell = 4;
const bytesPerTotal = 8;

/**
 * What all threads must agree on at once: open connections, in all and by shard, what forbids new ones, and each
 * shard's ledger as of its last turn, which survives the shard.
 */
export class SharedState {
  readonly buffer: SharedArrayBuffer;
  #cells: Int32Array;
  #ledgers: Float64Array;

  private constructor(buffer: SharedArrayBuffer, shards: number) {
    const cells = headCells + shards + (shards % 2);
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer, 0, cells);
    this.#ledgers = new Float64Array(buffer, cells * bytesPerCell);
  }

  static create(shards: number): SharedState {
    const cells = headCells + shards + (shards % 2);
    const bytes = cells * bytesPerCell + shards * ledgerCells * bytesPerTotal;
    return new SharedState(new SharedArrayBuffer(bytes), shards);
  }
  static open(buffer: SharedArrayBuffer, shards: number): SharedState {
    return new SharedState(buffer, shards);
  }

  get connections(): number {
    return Atomics.load(this.#cells, openConnections);
  }
  /** @returns how many were open before, in all. */
  connectionOpened(shard: number): number {
    Atomics.add(this.#cells, headCells + shard, 1);
    return Atomics.add(this.#cells, openConnections, 1);
  }
  connectionClosed(shard: number): void {
    Atomics.sub(this.#cells, headCells + shard, 1);
    Atomics.sub(this.#cells, openConnections, 1);
  }
  connectionsOf(shard: number): number {
    return Atomics.load(this.#cells, headCells + shard);
  }
  /** The shard's thread has ended, and its connections with it. @returns how many there were. */
  shardEnded(shard: number): number {
    const lost = Atomics.exchange(this.#cells, headCells + shard, 0);
    Atomics.sub(this.#cells, openConnections, lost);
    return lost;
  }

  /** A `RefusalReason`, or null; stored plus one, so that fresh memory means none. */
  get standingRefusal(): number | null {
    const stored = Atomics.load(this.#cells, standingRefusal);
    return stored === 0 ? null : stored - 1;
  }
  set standingRefusal(reason: number | null) {
    Atomics.store(this.#cells, standingRefusal, reason === null ? 0 : reason + 1);
  }

  writeLedger(shard: number, offered: number, sent: number, replayed: number): void {
    const at = shard * ledgerCells;
    this.#ledgers[at] = offered;
    this.#ledgers[at + 1] = sent;
    this.#ledgers[at + 2] = replayed;
  }
  readLedger(shard: number): { readonly offered: number; readonly sent: number; readonly replayed: number } {
    const at = shard * ledgerCells;
    return { offered: this.#ledgers[at], sent: this.#ledgers[at + 1], replayed: this.#ledgers[at + 2] };
  }
}

/** 2^18 counters: 1 MiB; of 12,000 addresses, 1 in 22 shares its counter with another one. */
const addressCounters = 262_144;
const seedBytes = 32;

/**
 * Open connections by client address, of all threads together: a table of counters by hash. Two addresses that share a
 * counter share the limit, so it errs towards refusing; choose a limit with that in mind. The hash begins at a random
 * place at each start, so nobody can look for an address that shares a victim's counter.
 */
export class AddressCounts {
  readonly buffer: SharedArrayBuffer;
  #counts: Int32Array;
  #key: Uint8Array;

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#key = new Uint8Array(buffer, addressCounters * bytesPerCell).slice();
    this.#counts = new Int32Array(buffer, 0, addressCounters);
  }

  /** @param seed 32 random bytes */
  static create(seed: Uint8Array): AddressCounts {
    const buffer = new SharedArrayBuffer(addressCounters * bytesPerCell + seedBytes);
    new Uint8Array(buffer, addressCounters * bytesPerCell).set(seed.subarray(0, seedBytes));
    return new AddressCounts(buffer);
  }
  static open(buffer: SharedArrayBuffer): AddressCounts {
    return new AddressCounts(buffer);
  }

  /** @returns false when the address has `most` open already; then nothing is counted. */
  tryOpen(address: string, most: number): boolean {
    const cell = this.#cellOf(address);
    if (Atomics.add(this.#counts, cell, 1) < most) return true;
    Atomics.sub(this.#counts, cell, 1);
    return false;
  }
  closed(address: string): void {
    Atomics.sub(this.#counts, this.#cellOf(address), 1);
  }

  #cellOf(address: string): number {
    return createHmac('sha256', this.#key).update(address).digest().readUInt32LE() & (addressCounters - 1);
  }
}
