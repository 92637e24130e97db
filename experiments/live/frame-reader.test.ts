import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader, type FrameSink, Opcode, payloadPrefixBytesMax } from './frame-reader.ts';

interface Seen {
  readonly connection: number;
  readonly opcode: number;
  readonly prefix: string;
  readonly payloadBytes: number;
}

class SeenFrames implements FrameSink {
  readonly seen: Seen[] = [];

  frame(connection: number, opcode: number, bytes: Uint8Array, at: number, prefixBytes: number, payloadBytes: number) {
    const prefix = Buffer.from(bytes.subarray(at, at + prefixBytes)).toString('hex');
    this.seen.push({ connection, opcode, prefix, payloadBytes });
  }
}

function encode(opcode: number, payload: Uint8Array): Buffer {
  const length = payload.length;
  let header = Buffer.from([0x80 | opcode, length]);
  if (length > 65_535) {
    header = Buffer.alloc(10);
    header.writeBigUInt64BE(BigInt(length), 2);
  } else if (length > 125) {
    header = Buffer.alloc(4);
    header.writeUInt16BE(length, 2);
  }
  header[0] = 0x80 | opcode;
  if (length > 125) header[1] = length > 65_535 ? 127 : 126;
  return Buffer.concat([header, payload]);
}

/** Reads a whole connection's bytes at once, by the letter of RFC 6455 5.2. */
function readNaively(connection: number, bytes: Buffer): Seen[] {
  const seen: Seen[] = [];
  let at = 0;
  while (at < bytes.length) {
    const opcode = bytes[at] & 0x0f;
    let payloadBytes = bytes[at + 1] & 0x7f;
    at += 2;
    if (payloadBytes === 126) {
      payloadBytes = bytes.readUInt16BE(at);
      at += 2;
    } else if (payloadBytes === 127) {
      payloadBytes = Number(bytes.readBigUInt64BE(at));
      at += 8;
    }
    const payload = bytes.subarray(at, at + payloadBytes);
    seen.push({ connection, opcode, prefix: payload.subarray(0, payloadPrefixBytesMax).toString('hex'), payloadBytes });
    at += payloadBytes;
  }
  return seen;
}

const frame = fc
  .record({
    control: fc.integer({ min: 0, max: 9 }),
    payloadBytes: fc.oneof(
      fc.integer({ min: 0, max: 130 }),
      fc.integer({ min: 250, max: 800 }),
      fc.constantFrom(125, 126, 127, 255, 256, 257, 65_535, 65_536),
    ),
    first: fc.nat(255),
  })
  .map(({ control, payloadBytes, first }) => {
    const isControl = control >= 8 && payloadBytes < 126;
    const payload = Uint8Array.from({ length: payloadBytes }, (_, index) => (first + index * 7) & 0xff);
    return encode(isControl ? Opcode.ping : Opcode.text, payload);
  });

describe('FrameReader', () => {
  it('tells the same frames as a naive parser, wherever the chunks of several connections are cut', () => {
    const streams = fc.array(fc.array(frame, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 });
    const cuts = fc.infiniteStream(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 70_000 })));
    fc.assert(
      fc.property(streams, cuts, (frames, chunkBytes) => {
        const bytes = frames.map((list) => Buffer.concat(list));
        const sink = new SeenFrames();
        const reader = new FrameReader(bytes.length, sink);
        const shared = new Uint8Array(70_000);
        const sent = bytes.map(() => 0);
        for (let turn = 0; sent.some((count, connection) => count < bytes[connection].length); turn += 1) {
          const connection = turn % bytes.length;
          const chunk = bytes[connection].subarray(sent[connection], sent[connection] + chunkBytes.next().value);
          // The buffer is one for all, so what the last chunk left in it must not matter; neither must its start.
          shared.fill(0xff);
          const start = chunk.length % 2;
          shared.set(chunk.subarray(0, shared.length - 1), start);
          const taken = Math.min(chunk.length, shared.length - 1);
          expect(reader.read(connection, shared, start, start + taken)).toBe(true);
          sent[connection] += taken;
        }
        for (const [connection, stream] of bytes.entries()) {
          expect(sink.seen.filter((one) => one.connection === connection)).toEqual(readNaively(connection, stream));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('tells a frame only when its last byte has arrived', () => {
    const sink = new SeenFrames();
    const reader = new FrameReader(1, sink);
    const bytes = encode(Opcode.text, new Uint8Array(300));
    reader.read(0, bytes, 0, bytes.length - 1);
    expect(sink.seen).toHaveLength(0);
    reader.read(0, bytes, bytes.length - 1, bytes.length);
    expect(sink.seen).toHaveLength(1);
  });

  it('forgets an unfinished frame on reset', () => {
    const sink = new SeenFrames();
    const reader = new FrameReader(1, sink);
    const whole = encode(Opcode.text, Buffer.from('{}'));
    reader.read(0, whole, 0, 3);
    reader.reset(0);
    reader.read(0, whole, 0, whole.length);
    expect(sink.seen).toEqual(readNaively(0, whole));
  });

  it.each([
    ['a masked frame', [0x81, 0x81, 1, 2, 3, 4, 5]],
    ['a compressed frame', [0xc1, 0x01, 0x61]],
    ['the first fragment of a message', [0x01, 0x01, 0x61]],
    ['a continuation frame', [0x80, 0x01, 0x61]],
    ['an unknown opcode', [0x83, 0x00]],
    ['a control frame above 125 bytes', [0x89, 126, 0, 126]],
    ['a length that a number cannot hold', [0x81, 127, 0xff, 0, 0, 0, 0, 0, 0, 0]],
  ])('refuses %s, whole and byte by byte', (_name, bytes) => {
    const whole = Uint8Array.from(bytes);
    expect(new FrameReader(1, new SeenFrames()).read(0, whole, 0, whole.length)).toBe(false);
    const reader = new FrameReader(1, new SeenFrames());
    expect(bytes.every((_, at) => reader.read(0, whole, at, at + 1))).toBe(false);
  });
});
