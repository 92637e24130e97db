import { bitsPerByte, nanosecondsPerSecond } from '#core';
import { BlockPhase } from './block-phase.ts';

/** TCP payload of one packet: 1,500 B less 20 IP and 32 TCP with timestamps. */
const packetPayloadBytes = 1_448;
/** Per packet: 20 IP + 32 TCP + 38 Ethernet with preamble and gap (relation "wire-bytes"). */
const packetOverheadBytes = 90;
/** Header of a server-to-client WebSocket frame of 126 to 65,535 bytes (RFC 6455 5.2). */
export const frameHeaderBytes = 4;

/** Bytes that a socket write of `frames` frames puts on the wire. */
export function wireBytes(payloadBytes: number, frames: number): number {
  const streamBytes = payloadBytes + frames * frameHeaderBytes;
  return streamBytes + Math.ceil(streamBytes / packetPayloadBytes) * packetOverheadBytes;
}

/** The machine's network card: one queue, served at line rate behind a token bucket; infinitely fast for loopback. */
export class NetworkCard {
  /** Bytes handed to the card so far. */
  wireBytes = 0;
  #nsPerByte: number;
  #freeAtNs = 0;
  #burstNs: number;
  #phase: BlockPhase;

  /**
   * @param bitsPerSecond null for loopback
   * @param burstBytes what may leave at once after a pause
   * @param scale writes that one write of a scale model stands for; both rate and burst are those of the model
   */
  constructor(bitsPerSecond: number | null, burstBytes = 0, scale = 1) {
    this.#phase = new BlockPhase(scale);
    this.#nsPerByte = bitsPerSecond === null ? 0 : (bitsPerByte * nanosecondsPerSecond) / bitsPerSecond;
    this.#burstNs = Math.round(burstBytes * this.#nsPerByte);
  }

  /** @returns when the last byte of a write has left the card; in a scale model, of one of those that it stands for */
  send(atNs: number, payloadBytes: number, frames: number): number {
    const bytes = wireBytes(payloadBytes, frames);
    this.wireBytes += bytes;
    if (this.#nsPerByte === 0) return atNs;
    const serviceNs = Math.round(bytes * this.#nsPerByte);
    const behindNs = Math.round(serviceNs * this.#phase.next());
    // What is shown stands between the first and the last: as much comes before it, on average, as after.
    const beforeNs = Math.round(serviceNs * this.#phase.share) - behindNs;
    // A bucket that is full again counts as time in which the card was free.
    this.#freeAtNs = Math.max(this.#freeAtNs, atNs - beforeNs - this.#burstNs) + serviceNs;
    return Math.max(atNs, this.#freeAtNs - behindNs);
  }
}
