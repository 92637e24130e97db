import { type FrameSink, Opcode } from './frame-reader.ts';
import type { SequenceAccount } from './sequence-account.ts';

/** What the meter tells its owner; all of it is rare, unlike messages, which it only counts. */
export interface MeterListener {
  /** The server answered the subscribe request: true for `subscribed`, false for `error`. */
  subscribeAnswered(connection: number, accepted: boolean): void;
  /** @param serverTimeMs wall clock of the server when it answered; null from a server that does not say */
  ponged(connection: number, serverTimeMs: number | null): void;
  /** @param epoch of the stream whose sequences come next */
  welcomed(connection: number, epoch: string): void;
  /** A ping that must be answered with the same payload; the bytes are valid during the call only. */
  pinged(connection: number, payload: Uint8Array): void;
  /** @param code of RFC 6455 7.4; 1005 when the frame carried none */
  closeReceived(connection: number, code: number): void;
}

export interface LatencyRecorder {
  /** @param latencyMs negative when the clocks say that a message arrived before it was published */
  record(latencyMs: number): void;
}

export interface MessageMeterOptions {
  readonly account: SequenceAccount;
  readonly latency: LatencyRecorder;
  readonly listener: MeterListener;
}

/** Byte offsets and characters in `{"type":"message","channel":"...","seq":41,"publishedAtMs":1.5,"data":...}`. */
const typeAt = '{"type":"'.length;
const channelAt = '{"type":"message","channel":"'.length;
const sequenceGapBytes = '","seq":'.length;
const publishedGapBytes = ',"publishedAtMs":'.length;
const quote = 0x22;
const comma = 0x2c;
const point = 0x2e;
const zero = 0x30;
const backslash = 0x5c;
const letterM = 0x6d;
const letterP = 0x70;
const letterS = 0x73;

/** Publish times remembered, by sequence: a power of two, 26 s of 2,500 messages a second. */
const timesMax = 65_536;
/** Fraction digits read; more are below the resolution of a double of this size (0.25 us). */
const fractionDigitsMax = 6;

/**
 * Counts what arrives on all connections: messages, their sequences and latency, and every other frame by type.
 *
 * Set `receivedAtMs` once a read event, before the reader runs. The same message reaches every client, so its publish
 * time is parsed once and remembered by sequence, with four of its digits to notice a stream that started anew.
 */
export class MessageMeter implements FrameSink {
  /** Wall clock of this read event in ms, with the fraction. */
  receivedAtMs = 0;
  /** What brings `receivedAtMs` to the clock that publish times are read from. */
  clockCorrectionMs = 0;

  messages = 0;
  /** Payload bytes of message frames: the JSON text without frame headers. */
  payloadBytes = 0;
  /** Messages whose fields did not stand where the protocol puts them; counted in `messages`, absent from the rest. */
  unreadableMessages = 0;
  gapFrames = 0;
  /** Sum of `missed` over gap frames: what the server says it dropped. */
  gapMissed = 0;
  welcomeFrames = 0;
  subscribedFrames = 0;
  /** Channels whose missed messages the server promised, and those of which it said that it cannot. */
  recovered = 0;
  unrecovered = 0;
  errorFrames = 0;
  pongFrames = 0;
  pingFrames = 0;
  closeFrames = 0;
  /** Binary frames and JSON of other types. */
  otherFrames = 0;

  #latency: LatencyRecorder;
  #listener: MeterListener;
  #account: SequenceAccount;
  #timeSequence = new Float64Array(timesMax).fill(-1);
  #timeDigits = new Int32Array(timesMax);
  #timeMs = new Float64Array(timesMax);

  constructor(options: MessageMeterOptions) {
    this.#latency = options.latency;
    this.#listener = options.listener;
    this.#account = options.account;
  }

  frame(
    connection: number,
    opcode: number,
    bytes: Uint8Array,
    prefixAt: number,
    prefixBytes: number,
    payloadBytes: number,
  ): void {
    if (opcode === Opcode.text && prefixBytes > channelAt && bytes[prefixAt + typeAt] === letterM) {
      this.messages += 1;
      this.payloadBytes += payloadBytes;
      if (!this.#message(connection, bytes, prefixAt, prefixAt + prefixBytes)) this.unreadableMessages += 1;
    } else {
      this.#other(connection, opcode, bytes.subarray(prefixAt, prefixAt + prefixBytes));
    }
  }

  #message(connection: number, bytes: Uint8Array, start: number, end: number): boolean {
    let at = start + channelAt;
    while (at < end && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
    if (at + sequenceGapBytes >= end || bytes[at + 3] !== letterS) return false;
    at += sequenceGapBytes;
    const sequenceAt = at;
    let sequence = 0;
    for (let digit = bytes[at] - zero; at < end && digit >= 0 && digit <= 9; digit = bytes[at] - zero) {
      sequence = sequence * 10 + digit;
      at += 1;
    }
    if (at === sequenceAt || at + publishedGapBytes + 4 > end || bytes[at] !== comma || bytes[at + 2] !== letterP) {
      return false;
    }
    const publishedAtMs = this.#publishedAtMs(sequence, bytes, at + publishedGapBytes, end);
    if (publishedAtMs < 0) return false;
    this.#latency.record(this.receivedAtMs + this.clockCorrectionMs - publishedAtMs);
    this.#account.follow(connection, sequence);
    return true;
  }

  /** The publish time, or -1 when no number ended by a comma stands at `start`. */
  #publishedAtMs(sequence: number, bytes: Uint8Array, start: number, end: number): number {
    const memo = sequence & (timesMax - 1);
    // Of 13 digits those of 10 s to 10 ms, so that another stream's time under this sequence is not taken for it.
    const digitsAt = start + 11 < end ? start + 8 : end - 4;
    const digits =
      (bytes[digitsAt] << 24) | (bytes[digitsAt + 1] << 16) | (bytes[digitsAt + 2] << 8) | bytes[digitsAt + 3];
    if (this.#timeSequence[memo] === sequence && this.#timeDigits[memo] === digits) return this.#timeMs[memo];
    const parsed = parseDecimal(bytes, start, end);
    if (parsed >= 0) {
      this.#timeSequence[memo] = sequence;
      this.#timeDigits[memo] = digits;
      this.#timeMs[memo] = parsed;
    }
    return parsed;
  }

  #other(connection: number, opcode: number, payload: Uint8Array): void {
    if (opcode === Opcode.close) {
      this.closeFrames += 1;
      this.#listener.closeReceived(connection, payload.length < 2 ? 1005 : payload[0] * 256 + payload[1]);
    } else if (opcode === Opcode.ping) {
      this.pingFrames += 1;
      this.#listener.pinged(connection, payload);
    } else if (opcode === Opcode.pong) {
      this.pongFrames += 1;
    } else {
      this.#json(connection, opcode === Opcode.text ? Buffer.from(payload).toString('latin1') : '');
    }
  }

  #json(connection: number, text: string): void {
    const type = /^\{"type":"([a-z]+)"/.exec(text)?.[1];
    if (type === 'gap') {
      this.gapFrames += 1;
      this.gapMissed += Number(/^\{"type":"gap","missed":(\d+)/.exec(text)?.[1] ?? 0);
    } else if (type === 'welcome') {
      this.welcomeFrames += 1;
      this.#listener.welcomed(connection, /"epoch":"([^"]*)"/.exec(text)?.[1] ?? '');
    } else if (type === 'subscribed') {
      this.subscribedFrames += 1;
      const recovered = /"recovered":\{([^}]*)\}/.exec(text)?.[1] ?? '';
      this.recovered += recovered.match(/:true/g)?.length ?? 0;
      this.unrecovered += recovered.match(/:false/g)?.length ?? 0;
      const newest = /,"seq":(\d+)/.exec(text)?.[1];
      if (newest !== undefined) this.#account.subscribed(connection, Number(newest));
      this.#listener.subscribeAnswered(connection, true);
    } else if (type === 'error') {
      this.errorFrames += 1;
      this.#listener.subscribeAnswered(connection, false);
    } else if (type === 'pong') {
      this.pongFrames += 1;
      const time = /"serverTimeMs":(\d+(?:\.\d+)?)/.exec(text)?.[1];
      this.#listener.ponged(connection, time === undefined ? null : Number(time));
    } else {
      this.otherFrames += 1;
    }
  }
}

function parseDecimal(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let value = 0;
  for (let digit = bytes[at] - zero; at < end && digit >= 0 && digit <= 9; digit = bytes[at] - zero) {
    value = value * 10 + digit;
    at += 1;
  }
  if (at === start) return -1;
  if (at < end && bytes[at] === point) {
    at += 1;
    let fraction = 0;
    let scale = 1;
    for (let digit = bytes[at] - zero; at < end && digit >= 0 && digit <= 9; digit = bytes[at] - zero) {
      if (scale < 10 ** fractionDigitsMax) {
        fraction = fraction * 10 + digit;
        scale *= 10;
      }
      at += 1;
    }
    value += fraction / scale;
  }
  return at < end && bytes[at] === comma ? value : -1;
}
