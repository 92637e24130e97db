/** Frame kinds of RFC 6455 5.2 that a server may send here. */
export const Opcode = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Most payload bytes of a frame that the sink may look at: a message's fields with a channel of 200 characters. */
export const payloadPrefixBytesMax = 320;

/** Longest header of an unmasked frame: 2 bytes and a 64-bit length (RFC 6455 5.2). */
const headerBytesMax = 10;
const slotBytes = headerBytesMax + payloadPrefixBytesMax;

const violation = -1;
const incomplete = 0;

/** Told of every complete frame. Nothing that it is given may be kept: the bytes are overwritten by the next read. */
export interface FrameSink {
  /**
   * @param prefixAt where the payload starts in `bytes`
   * @param prefixBytes payload bytes that stand there: all of them, at most `payloadPrefixBytesMax`
   * @param payloadBytes length of the whole payload
   */
  frame(
    connection: number,
    opcode: number,
    bytes: Uint8Array,
    prefixAt: number,
    prefixBytes: number,
    payloadBytes: number,
  ): void;
}

/**
 * Reads the frames of many WebSocket connections out of one shared read buffer (RFC 6455 5.2), unmasked, unfragmented
 * and uncompressed, which is what a server without extensions sends.
 *
 * Call `read` with each chunk as it arrives. A frame that lies whole in its chunk is handed on in place, without a copy
 * or an allocation; of a frame cut by a chunk's end the header and the payload's first bytes are kept in the
 * connection's slot: 330 bytes x `connectionsMax`. A frame is told once, when its last byte has arrived.
 */
export class FrameReader {
  #sink: FrameSink;
  /** The first bytes of each connection's unfinished frame, header included. */
  #slots: Uint8Array;
  #slotUsed: Uint16Array;
  /** Bytes of the unfinished frame that have arrived. */
  #arrived: Float64Array;

  /** Header and payload length of the frame that `#parseHeader` read last. */
  #headerBytes = 0;
  #payloadBytes = 0;

  constructor(connectionsMax: number, sink: FrameSink) {
    this.#sink = sink;
    this.#slots = new Uint8Array(connectionsMax * slotBytes);
    this.#slotUsed = new Uint16Array(connectionsMax);
    this.#arrived = new Float64Array(connectionsMax);
  }

  /** Forgets an unfinished frame, for a connection number that is used again. */
  reset(connection: number): void {
    this.#slotUsed[connection] = 0;
    this.#arrived[connection] = 0;
  }

  /**
   * Reads `bytes[start, end)` of one connection.
   *
   * @returns false when the server broke the rules above; the connection must then be given up.
   */
  read(connection: number, bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    if (this.#slotUsed[connection] > 0) {
      at = this.#finish(connection, bytes, at, end);
      if (at === violation) return false;
    }
    while (at < end) {
      const parsed = this.#parseHeader(bytes, at, end - at);
      if (parsed === violation) return false;
      if (parsed === incomplete || end - at < this.#headerBytes + this.#payloadBytes) {
        this.#keep(connection, bytes, at, end);
        return true;
      }
      const payloadBytes = this.#payloadBytes;
      const prefixAt = at + this.#headerBytes;
      const prefixBytes = payloadBytes < payloadPrefixBytesMax ? payloadBytes : payloadPrefixBytesMax;
      this.#sink.frame(connection, bytes[at] & 0x0f, bytes, prefixAt, prefixBytes, payloadBytes);
      at = prefixAt + payloadBytes;
    }
    return true;
  }

  /** Goes on with an unfinished frame; answers where the next frame starts, or `violation`. */
  #finish(connection: number, bytes: Uint8Array, start: number, end: number): number {
    const slotAt = connection * slotBytes;
    let at = start;
    let parsed = this.#parseHeader(this.#slots, slotAt, this.#slotUsed[connection]);
    while (parsed === incomplete && at < end) {
      this.#keep(connection, bytes, at, at + 1);
      at += 1;
      parsed = this.#parseHeader(this.#slots, slotAt, this.#slotUsed[connection]);
    }
    if (parsed === violation) return violation;
    if (parsed === incomplete) return end;
    const payloadBytes = this.#payloadBytes;
    const missing = this.#headerBytes + payloadBytes - this.#arrived[connection];
    const stop = missing < end - at ? at + missing : end;
    this.#keep(connection, bytes, at, stop);
    if (stop - at < missing) return end;
    const prefixBytes = this.#slotUsed[connection] - this.#headerBytes;
    const opcode = this.#slots[slotAt] & 0x0f;
    const prefixAt = slotAt + this.#headerBytes;
    this.reset(connection);
    this.#sink.frame(
      connection,
      opcode,
      this.#slots,
      prefixAt,
      prefixBytes < payloadPrefixBytesMax ? prefixBytes : payloadPrefixBytesMax,
      payloadBytes,
    );
    return stop;
  }

  #keep(connection: number, bytes: Uint8Array, start: number, end: number): void {
    const used = this.#slotUsed[connection];
    const room = slotBytes - used;
    const kept = end - start < room ? end - start : room;
    // Under 266 bytes: a loop beats `set(subarray)`, which allocates a view.
    const to = connection * slotBytes + used;
    for (let index = 0; index < kept; index += 1) this.#slots[to + index] = bytes[start + index];
    this.#slotUsed[connection] = used + kept;
    this.#arrived[connection] += end - start;
  }

  /** Sets `#headerBytes` and `#payloadBytes`, and answers the header's length, `incomplete` or `violation`. */
  #parseHeader(bytes: Uint8Array, at: number, available: number): number {
    if (available < 2) return incomplete;
    const first = bytes[at];
    const length = bytes[at + 1];
    // FIN must be set and the three reserved bits clear; the mask bit is bit 7 of the second byte.
    if ((first & 0xf0) !== 0x80 || length > 127) return violation;
    const opcode = first & 0x0f;
    if (opcode !== Opcode.text) {
      const known = opcode === Opcode.binary || (opcode >= Opcode.close && opcode <= Opcode.pong && length < 126);
      if (!known) return violation;
    }
    if (length < 126) {
      this.#headerBytes = 2;
      this.#payloadBytes = length;
      return 2;
    }
    if (length === 126) {
      if (available < 4) return incomplete;
      this.#headerBytes = 4;
      this.#payloadBytes = bytes[at + 2] * 256 + bytes[at + 3];
      return 4;
    }
    if (available < headerBytesMax) return incomplete;
    let payloadBytes = 0;
    for (let index = 2; index < headerBytesMax; index += 1) payloadBytes = payloadBytes * 256 + bytes[at + index];
    if (payloadBytes > Number.MAX_SAFE_INTEGER) return violation;
    this.#headerBytes = headerBytesMax;
    this.#payloadBytes = payloadBytes;
    return headerBytesMax;
  }
}
