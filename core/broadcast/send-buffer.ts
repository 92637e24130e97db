import type { Frame } from './effects.ts';
import type { FrameTable } from './frame-table.ts';
import { DropReason } from '../base/outcomes.ts';
import type { SlowClientPolicy } from '../experiment/settings-table.ts';

/** A chunk is seven handles and the number of the next chunk: 32 bytes, half a cache line. */
const chunkSlots = 8;
const chunkHandles = chunkSlots - 1;
const none = -1;

export interface SendBufferOptions {
  readonly connectionsMax: number;
  /** Most queued messages per connection (R57: 512, 2,048 before). */
  readonly sendBufferSlots: number;
  /** Most queued payload bytes per connection. A single message above it may be queued beside; see `SendBuffers`. */
  readonly sendBufferBytesMax: number;
  readonly slowClientPolicy: SlowClientPolicy;
}

/** Told of every frame that a full buffer gave up, in the order of the drops. */
export interface DropListener {
  frameDropped(connection: number, handle: number, reason: DropReason): void;
}

/**
 * The bounded send buffers of all connections of one shard (R57 to R60).
 *
 * Each is a queue of frame handles, kept as a list of chunks from one pool: an idle connection owns none, so memory
 * follows what is queued, at most `connectionsMax` x slots x 4.6 bytes. A push never blocks and never allocates once
 * the pool has grown to the peak.
 *
 * A message larger than a whole buffer is no fault of the client's. Its bytes are shared by all clients, so one of them
 * may be queued beside the buffer's bytes; a second one, while the first still waits, is dropped.
 */
export class SendBuffers<F extends Frame> {
  #table: FrameTable<F>;
  #drops: DropListener;
  #slots: number;
  #bytesMax: number;
  #policy: SlowClientPolicy;

  #counts: Int32Array;
  #bytes: Float64Array;
  #headChunk: Int32Array;
  #tailChunk: Int32Array;
  #headOffset: Uint8Array;
  #tailOffset: Uint8Array;
  /** Whether a message larger than the buffer is queued. */
  #oversize: Uint8Array;

  #pool = new Int32Array(1_024 * chunkSlots);
  #poolChunks = 0;
  #freeChunk = none;
  #queued = 0;

  constructor(options: SendBufferOptions, table: FrameTable<F>, drops: DropListener) {
    this.#table = table;
    this.#drops = drops;
    this.#slots = options.sendBufferSlots;
    this.#bytesMax = options.sendBufferBytesMax;
    this.#policy = options.slowClientPolicy;
    this.#counts = new Int32Array(options.connectionsMax);
    this.#bytes = new Float64Array(options.connectionsMax);
    this.#headChunk = new Int32Array(options.connectionsMax).fill(none);
    this.#tailChunk = new Int32Array(options.connectionsMax).fill(none);
    this.#headOffset = new Uint8Array(options.connectionsMax);
    this.#tailOffset = new Uint8Array(options.connectionsMax);
    this.#oversize = new Uint8Array(options.connectionsMax);
  }

  /** Messages queued for the connection. */
  count(connection: number): number {
    return this.#counts[connection];
  }

  /** Payload bytes queued for the connection, without a message that is larger than the whole buffer. */
  bytes(connection: number): number {
    return this.#bytes[connection];
  }

  /** Whether the frame is larger than a whole buffer. */
  isOversize(handle: number): boolean {
    return this.#table.sizeBytes(handle) > this.#bytesMax;
  }

  /** Handle of the oldest queued frame; -1 for none. */
  oldest(connection: number): number {
    if (this.#counts[connection] === 0) return none;
    return this.#pool[this.#headChunk[connection] * chunkSlots + this.#headOffset[connection]];
  }

  /** Messages queued for all connections. */
  get queued(): number {
    return this.#queued;
  }

  /**
   * Queues a frame and takes a reference on it, or applies the policy when slots or bytes would be exceeded.
   * @returns false when this very frame was given up (drop-newest, disconnect).
   */
  push(connection: number, handle: number): boolean {
    const size = this.#charged(handle);
    const isSecondOversize = size === 0 && this.#oversize[connection] === 1 && this.isOversize(handle);
    if (isSecondOversize) {
      this.#drops.frameDropped(connection, handle, DropReason.bufferFullNewest);
      return false;
    }
    if (this.#counts[connection] >= this.#slots || this.#bytes[connection] + size > this.#bytesMax) {
      if (!this.#makeRoom(connection, handle, size)) return false;
    }
    this.#append(connection, handle);
    this.#table.retain(handle);
    this.#added(connection, handle);
    return true;
  }

  /**
   * Takes the oldest frames, up to `out.length` and up to `bytesMax` (but at least one), into `out`.
   * The references go with them: the caller releases each.
   */
  take(connection: number, out: Int32Array, bytesMax: number): number {
    let taken = 0;
    let bytes = 0;
    while (taken < out.length && this.#counts[connection] > 0) {
      const handle = this.#pool[this.#headChunk[connection] * chunkSlots + this.#headOffset[connection]];
      const size = this.#table.sizeBytes(handle);
      if (taken > 0 && bytes + size > bytesMax) break;
      this.#removeHead(connection, handle);
      out[taken] = handle;
      bytes += size;
      taken += 1;
    }
    return taken;
  }

  /** Empties the buffer of a connection; each frame is reported as dropped. */
  clear(connection: number, reason: DropReason): void {
    while (this.#counts[connection] > 0) this.#dropOldest(connection, reason);
  }

  #makeRoom(connection: number, handle: number, size: number): boolean {
    if (this.#policy === 'disconnect' || this.#policy === 'drop-newest') {
      const reason = this.#policy === 'disconnect' ? DropReason.bufferFullStrike : DropReason.bufferFullNewest;
      this.#drops.frameDropped(connection, handle, reason);
      return false;
    }
    if (this.#policy === 'conflate') this.#conflate(connection, handle);
    while (this.#counts[connection] >= this.#slots || this.#bytes[connection] + size > this.#bytesMax) {
      this.#dropOldest(connection, DropReason.bufferFullOldest);
    }
    return true;
  }

  /** Keeps the newest queued frame of each channel, and none of the channel of the frame to come. Order is kept. */
  #conflate(connection: number, incoming: number): void {
    const count = this.#counts[connection];
    const handles = new Int32Array(count);
    this.take(connection, handles, Infinity);
    const seen = new Set<string>([this.#table.get(incoming).channel]);
    for (let index = count - 1; index >= 0; index -= 1) {
      const { channel } = this.#table.get(handles[index]);
      if (seen.has(channel)) {
        this.#drops.frameDropped(connection, handles[index], DropReason.conflated);
        this.#table.release(handles[index]);
        handles[index] = none;
      } else {
        seen.add(channel);
      }
    }
    for (let index = 0; index < count; index += 1) {
      if (handles[index] === none) continue;
      this.#append(connection, handles[index]);
      this.#added(connection, handles[index]);
    }
  }

  #dropOldest(connection: number, reason: DropReason): void {
    const handle = this.#pool[this.#headChunk[connection] * chunkSlots + this.#headOffset[connection]];
    this.#removeHead(connection, handle);
    this.#drops.frameDropped(connection, handle, reason);
    this.#table.release(handle);
  }

  #append(connection: number, handle: number): void {
    let tail = this.#tailChunk[connection];
    if (tail === none) {
      tail = this.#allocateChunk();
      this.#headChunk[connection] = tail;
      this.#tailChunk[connection] = tail;
      this.#headOffset[connection] = 0;
      this.#tailOffset[connection] = 0;
    } else if (this.#tailOffset[connection] === chunkHandles) {
      const next = this.#allocateChunk();
      this.#pool[tail * chunkSlots + chunkHandles] = next;
      this.#tailChunk[connection] = next;
      this.#tailOffset[connection] = 0;
      tail = next;
    }
    this.#pool[tail * chunkSlots + this.#tailOffset[connection]] = handle;
    this.#tailOffset[connection] += 1;
  }

  /** Bytes that a frame takes of its buffer's budget. */
  #charged(handle: number): number {
    const size = this.#table.sizeBytes(handle);
    return size > this.#bytesMax ? 0 : size;
  }

  #added(connection: number, handle: number): void {
    const size = this.#table.sizeBytes(handle);
    this.#counts[connection] += 1;
    this.#queued += 1;
    if (size > this.#bytesMax) this.#oversize[connection] = 1;
    else this.#bytes[connection] += size;
  }

  #removeHead(connection: number, handle: number): void {
    const size = this.#table.sizeBytes(handle);
    this.#counts[connection] -= 1;
    this.#queued -= 1;
    if (size > this.#bytesMax) this.#oversize[connection] = 0;
    else this.#bytes[connection] -= size;
    this.#headOffset[connection] += 1;
    const head = this.#headChunk[connection];
    if (this.#counts[connection] === 0) {
      this.#releaseChunk(head);
      this.#headChunk[connection] = none;
      this.#tailChunk[connection] = none;
    } else if (this.#headOffset[connection] === chunkHandles) {
      this.#headChunk[connection] = this.#pool[head * chunkSlots + chunkHandles];
      this.#headOffset[connection] = 0;
      this.#releaseChunk(head);
    }
  }

  #allocateChunk(): number {
    const free = this.#freeChunk;
    if (free !== none) {
      this.#freeChunk = this.#pool[free * chunkSlots + chunkHandles];
      return free;
    }
    if ((this.#poolChunks + 1) * chunkSlots > this.#pool.length) {
      const larger = new Int32Array(this.#pool.length * 2);
      larger.set(this.#pool);
      this.#pool = larger;
    }
    this.#poolChunks += 1;
    return this.#poolChunks - 1;
  }

  #releaseChunk(chunk: number): void {
    this.#pool[chunk * chunkSlots + chunkHandles] = this.#freeChunk;
    this.#freeChunk = chunk;
  }
}
