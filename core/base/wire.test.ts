import { describe, expect, it } from 'vitest';
import { frameHeaderBytes, wireBytes } from './wire.ts';

describe('wireBytes', () => {
  it('adds 94 bytes to one message of 500 bytes (relation "wire-bytes")', () => {
    expect(wireBytes(500, 1)).toBe(594);
  });

  it('shares packet headers among messages that are written together', () => {
    expect(wireBytes(2 * 500, 2)).toBe(1_000 + 8 + 90);
    expect(wireBytes(3 * 500, 3)).toBe(1_500 + 12 + 2 * 90);
  });
});

describe('frameHeaderBytes', () => {
  it.each([
    [125, 2],
    [126, 4],
    [65_535, 4],
    [65_536, 10],
  ])('of %i payload bytes is %i (RFC 6455 5.2)', (payload, header) => {
    expect(frameHeaderBytes(payload)).toBe(header);
  });
});
