import { assert } from '../base/assert.ts';
import type { Frame } from './effects.ts';

/**
 * Frames that are queued somewhere in a shard, by small integer handle and counted reference.
 *
 * Send buffers hold handles in flat integer arrays instead of objects: no write barrier and no garbage per delivery.
 */
export class FrameTable<F extends Frame> {
  #frames: (F | null)[] = [];
  #references = new Int32Array(64);
  #sizes = new Int32Array(64);
  #free: number[] = [];

  /** Stores a frame with one reference, the caller's. */
  add(frame: F): number {
    const handle = this.#free.pop() ?? this.#frames.length;
    if (handle >= this.#references.length) {
      const references = new Int32Array(this.#references.length * 2);
      references.set(this.#references);
      this.#references = references;
      const sizes = new Int32Array(this.#sizes.length * 2);
      sizes.set(this.#sizes);
      this.#sizes = sizes;
    }
    this.#frames[handle] = frame;
    this.#references[handle] = 1;
    this.#sizes[handle] = frame.sizeBytes;
    return handle;
  }

  retain(handle: number): void {
    this.#references[handle] += 1;
  }

  release(handle: number): void {
    this.#references[handle] -= 1;
    if (this.#references[handle] === 0) {
      this.#frames[handle] = null;
      this.#free.push(handle);
    }
  }

  get(handle: number): F {
    const frame = this.#frames[handle];
    assert(frame !== null && frame !== undefined, () => `frame ${handle} was released`);
    return frame;
  }

  sizeBytes(handle: number): number {
    return this.#sizes[handle];
  }

  /** Every frame held now, with its references. */
  visit(visit: (frame: F, references: number) => void): void {
    for (let handle = 0; handle < this.#frames.length; handle += 1) {
      const frame = this.#frames[handle];
      if (frame !== null) visit(frame, this.#references[handle]);
    }
  }

  /** Frames held now. */
  get size(): number {
    return this.#frames.length - this.#free.length;
  }
}
