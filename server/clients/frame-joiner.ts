/** A frame with the bytes that go on the wire. */
export interface FrameBytes {
  readonly bytes: Uint8Array;
}

/**
 * Joins the frames of one socket write. Most connections have the same queue at the same time, so the last join is
 * kept: one buffer serves them all. With two kinds of clients in turn, two joins are kept, and so on up to eight.
 */
export class FrameJoiner {
  #frames: FrameBytes[][] = Array.from({ length: 8 }, () => []);
  #joined: Uint8Array[] = Array.from({ length: 8 }, () => new Uint8Array());
  #latest = 0;

  /** @param count frames, 2 or more, at the head of the array */
  join(frames: readonly FrameBytes[], count: number): Uint8Array {
    const slots = this.#frames.length;
    for (let turn = 0; turn < slots; turn += 1) {
      const slot = (this.#latest + slots - turn) % slots;
      if (!this.#holds(slot, frames, count)) continue;
      return this.#joined[slot];
    }
    this.#latest = (this.#latest + 1) % slots;
    return this.#joinAnew(this.#latest, frames, count);
  }

  /** Lets go of what it keeps, so that old frames do not stay in memory. */
  clear(): void {
    for (let slot = 0; slot < this.#frames.length; slot += 1) {
      this.#frames[slot].length = 0;
      this.#joined[slot] = new Uint8Array();
    }
  }

  #holds(slot: number, frames: readonly FrameBytes[], count: number): boolean {
    const known = this.#frames[slot];
    if (known.length !== count) return false;
    for (let index = 0; index < count; index += 1) if (known[index] !== frames[index]) return false;
    return true;
  }

  #joinAnew(slot: number, frames: readonly FrameBytes[], count: number): Uint8Array {
    const known = this.#frames[slot];
    known.length = count;
    let bytes = 0;
    for (let index = 0; index < count; index += 1) {
      known[index] = frames[index];
      bytes += frames[index].bytes.length;
    }
    const joined = Buffer.allocUnsafeSlow(bytes);
    let offset = 0;
    for (let index = 0; index < count; index += 1) {
      joined.set(frames[index].bytes, offset);
      offset += frames[index].bytes.length;
    }
    this.#joined[slot] = joined;
    return joined;
  }
}
