import type { Settings } from '#core';

/** What a shard's thread is started with. */
export interface ShardStart {
  readonly shard: number;
  readonly settings: Settings;
  readonly clockOriginMs: number;
  readonly port: number;
  /** Several threads listen on one port; the kernel spreads the connections. */
  readonly reusePort: boolean;
  readonly epoch: string;
  readonly shared: SharedArrayBuffer;
}

/** Main thread to shard. */
export type ToShard =
  | {
      readonly kind: 'message' | 'missed';
      readonly channel: string;
      readonly sequence: number;
      readonly bytes: Uint8Array;
      readonly payloadBytes: number;
    }
  | { readonly kind: 'health'; readonly json: string; readonly httpStatus: number; readonly ready: boolean }
  | { readonly kind: 'sample'; readonly id: number }
  | { readonly kind: 'drain' };

/** Running totals of one shard. */
export interface ShardCounters {
  readonly offered: number;
  readonly sent: number;
  readonly droppedByReason: readonly number[];
  readonly queued: number;
  readonly writes: number;
  readonly payloadBytes: number;
  readonly broadcasts: number;
  readonly visits: number;
  readonly accepted: number;
  readonly closedByReason: readonly number[];
  readonly refusedByReason: readonly number[];
  readonly requestErrors: number;
  /** CPU of this thread. */
  readonly cpuUserMicroseconds: number;
  readonly cpuSystemMicroseconds: number;
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

/** What all threads must agree on at once: open connections, and what forbids new ones (amounts to two integers). */
export class SharedState {
  readonly buffer: SharedArrayBuffer;
  #cells: Int32Array;

  constructor(buffer = new SharedArrayBuffer(8)) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer);
  }

  get connections(): number {
    return Atomics.load(this.#cells, openConnections);
  }
  /** @returns how many were open before. */
  connectionOpened(): number {
    return Atomics.add(this.#cells, openConnections, 1);
  }
  connectionClosed(): void {
    Atomics.sub(this.#cells, openConnections, 1);
  }

  /** A `RefusalReason`, or null; stored plus one, so that fresh memory means none. */
  get standingRefusal(): number | null {
    const stored = Atomics.load(this.#cells, standingRefusal);
    return stored === 0 ? null : stored - 1;
  }
  set standingRefusal(reason: number | null) {
    Atomics.store(this.#cells, standingRefusal, reason === null ? 0 : reason + 1);
  }
}
