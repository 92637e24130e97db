import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelLengthMax, decodeRequest, encodeError, encodeGap, encodeMessage, encodeWelcome } from './protocol.ts';

describe('decodeRequest', () => {
  it('reads subscribe, unsubscribe and ping', () => {
    expect(decodeRequest('{"type":"subscribe","channels":["token.BTC","token.*"]}')).toEqual({
      ok: true,
      request: { type: 'subscribe', channels: ['token.BTC', 'token.*'], since: null, epoch: null },
    });
    expect(
      decodeRequest('{"type":"subscribe","channels":["a","__proto__"],"since":{"__proto__":4},"epoch":"e"}'),
    ).toEqual({
      ok: true,
      request: { type: 'subscribe', channels: ['a', '__proto__'], since: new Map([['__proto__', 4]]), epoch: 'e' },
    });
    expect(decodeRequest('{"type":"unsubscribe","channels":["token.>"]}').ok).toBe(true);
    expect(decodeRequest('{"type":"ping"}')).toEqual({ ok: true, request: { type: 'ping' } });
  });

  it.each([
    ['{', 'bad-json'],
    ['[]', 'unknown-type'],
    ['null', 'bad-request'],
    ['"subscribe"', 'bad-request'],
    ['{"type":"publish"}', 'unknown-type'],
    ['{"type":"subscribe"}', 'bad-channels'],
    ['{"type":"subscribe","channels":[]}', 'bad-channels'],
    ['{"type":"subscribe","channels":[1]}', 'bad-channel'],
    ['{"type":"subscribe","channels":["a"],"since":41}', 'bad-since'],
    ['{"type":"subscribe","channels":["a"],"since":{"b":1}}', 'bad-since'],
    ['{"type":"subscribe","channels":["a"],"since":{"a":-1}}', 'bad-since'],
    ['{"type":"subscribe","channels":["a"],"since":{"a":"1"}}', 'bad-since'],
    ['{"type":"subscribe","channels":["a b"]}', 'bad-channel'],
    ['{"type":"subscribe","channels":["a..b"]}', 'bad-channel'],
    ['{"type":"subscribe","channels":["a.>.b"]}', 'bad-channel'],
    ['{"type":"subscribe","channels":["a*"]}', 'bad-channel'],
    [`{"type":"subscribe","channels":["${'a'.repeat(channelLengthMax + 1)}"]}`, 'bad-channel'],
  ])('refuses %s as %s', (text, code) => {
    expect(decodeRequest(text)).toMatchObject({ ok: false, code });
  });

  it('takes a name of exactly the greatest length', () => {
    expect(decodeRequest(`{"type":"subscribe","channels":["${'a'.repeat(channelLengthMax)}"]}`).ok).toBe(true);
  });

  it('never throws, whatever the frame holds', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => typeof decodeRequest(text).ok === 'boolean'));
  });
});

describe('encoders', () => {
  it('write JSON that a parser reads back', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.jsonValue(), (channel, sequence, data) => {
        const text = encodeMessage(channel, sequence, 1.5, JSON.stringify(data));
        expect(JSON.parse(text)).toEqual(
          JSON.parse(JSON.stringify({ type: 'message', channel, seq: sequence, publishedAtMs: 1.5, data })),
        );
      }),
    );
    expect(JSON.parse(encodeGap(2, 3, 4))).toEqual({ type: 'gap', missed: 2, fromSeq: 3, toSeq: 4 });
    expect(JSON.parse(encodeWelcome('stream-1', '7'))).toEqual({ type: 'welcome', connection: '7', epoch: 'stream-1' });
    expect(JSON.parse(encodeError('bad', 'a "quote"'))).toMatchObject({ message: 'a "quote"' });
  });
});
