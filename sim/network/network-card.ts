import { bitsPerByte, nanosecondsPerSecond, wireBytes } from '#core';
import { BlockPhase } from './block-phase.ts';

/** The machine's network card: one queue, served at line rate behind a token bucket; infinitely fast for loopback. */
export class NetworkCard {
  /** Wire bytes of all writes handed to the card so far, crossed or not. */
  #acceptedBytes = 0;
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
    this.#acceptedBytes += bytes;
    if (this.#nsPerByte === 0) return atNs;
    const serviceNs = Math.round(bytes * this.#nsPerByte);
    const behindNs = Math.round(serviceNs * this.#phase.next());
    // What is shown stands between the first and the last: as much comes before it, on average, as after.
    const beforeNs = Math.round(serviceNs * this.#phase.share) - behindNs;
    // A bucket that is full again counts as time in which the card was free.
    this.#freeAtNs = Math.max(this.#freeAtNs, atNs - beforeNs - this.#burstNs) + serviceNs;
    return Math.max(atNs, this.#freeAtNs - behindNs);
  }

  /**
   * Bytes that have crossed the card by `nowNs`: what was handed over, less what is still served. Never more than the rate
   * allows for the time (and the burst).
   */
  crossedBytes(nowNs: number): number {
    return this.#acceptedBytes - this.waitingBytes(nowNs);
  }

  /** Bytes handed over that wait in the machine for the card. */
  waitingBytes(nowNs: number): number {
    if (this.#nsPerByte === 0) return 0;
    return Math.max(0, this.#freeAtNs - nowNs) / this.#nsPerByte;
  }
}
