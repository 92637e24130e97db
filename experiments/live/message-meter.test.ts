import { beforeEach, describe, expect, it } from 'vitest';
import { encodeError, encodeGap, encodeMessage, encodePong, encodeSubscribed, encodeWelcome } from '#core';
import { Opcode } from './frame-reader.ts';
import { MessageMeter } from './message-meter.ts';

const publishedAtMs = 1_732_450_000_123.25;

describe('MessageMeter', () => {
  let latencies: number[];
  let told: unknown[];

  const createMeter = (contiguousSequences: boolean): MessageMeter =>
    new MessageMeter({
      connectionsMax: 4,
      contiguousSequences,
      latency: { record: (latencyNs) => latencies.push(latencyNs) },
      listener: {
        welcomed: () => 0,
        subscribeAnswered: (connection, accepted) => told.push(['subscribeAnswered', connection, accepted]),
        pinged: (connection, payload) => told.push(['pinged', connection, Buffer.from(payload).toString()]),
        closeReceived: (connection, code) => told.push(['closeReceived', connection, code]),
      },
    });

  beforeEach(() => {
    latencies = [];
    told = [];
  });

  const tell = (meter: MessageMeter, connection: number, text: string | Buffer, opcode: number = Opcode.text): void => {
    const payload = Buffer.from(text as string);
    meter.frame(connection, opcode, payload, 0, Math.min(payload.length, 256), payload.length);
  };
  const message = (sequence: number, atMs = publishedAtMs): string =>
    encodeMessage('token.7', sequence, atMs, '{"p":1}');

  it('counts messages and payload bytes and records the time since they were published', () => {
    const meter = createMeter(true);
    meter.receivedAtMs = publishedAtMs + 2.5;
    tell(meter, 0, message(41));
    meter.receivedAtMs = publishedAtMs + 7;
    tell(meter, 1, message(41));
    expect(meter).toMatchObject({ messages: 2, payloadBytes: 2 * message(41).length, unreadableMessages: 0 });
    expect(latencies).toEqual([2_500_000, 7_000_000]);
  });

  it.each(['a"quote', 'back\\slash', 'zürich', 'x'.repeat(180)])('reads past the channel name %s', (channel) => {
    const meter = createMeter(true);
    meter.receivedAtMs = publishedAtMs + 1;
    tell(meter, 0, encodeMessage(channel, 9, publishedAtMs, '{}'));
    expect(latencies).toEqual([1_000_000]);
    expect(meter.unreadableMessages).toBe(0);
  });

  it('takes a latency below zero, which clocks of two processes can give, for zero', () => {
    const meter = createMeter(true);
    meter.receivedAtMs = publishedAtMs - 0.5;
    tell(meter, 0, message(1));
    expect(latencies).toEqual([0]);
  });

  it('does not take a publish time from an older stream with the same sequences', () => {
    const meter = createMeter(true);
    meter.receivedAtMs = publishedAtMs;
    tell(meter, 0, message(1));
    meter.receivedAtMs = publishedAtMs + 3_500;
    tell(meter, 1, message(1, publishedAtMs + 3_000));
    expect(latencies).toEqual([0, 500_000_000]);
  });

  it('counts a message whose fields it cannot find as unreadable, and never silently', () => {
    const meter = createMeter(true);
    const texts = [
      '{"type":"message","channel":"a","publishedAtMs":1,"seq":1,"data":{}}',
      '{"type":"message","channel":"a","seq":x,"publishedAtMs":1000.5,"data":{}}',
      '{"type":"message","channel":"a","seq":1,"publishedAtMs":1.7e12,"data":{}}',
      '{"type":"message","channel":"a","seq":1',
      '{"type":"message","channel":"unended',
      encodeMessage('x'.repeat(250), 1, publishedAtMs, '{}'),
    ];
    for (const text of texts) tell(meter, 0, text);
    expect(meter).toMatchObject({ messages: texts.length, unreadableMessages: texts.length, duplicates: 0 });
    expect(latencies).toEqual([]);
  });

  describe('sequences', () => {
    const follow = (contiguous: boolean, sequences: readonly number[]): MessageMeter => {
      const meter = createMeter(contiguous);
      for (const sequence of sequences) tell(meter, 2, message(sequence));
      return meter;
    };

    it.each([
      { name: 'in order from anywhere', sequences: [41, 42, 43], expected: [0, 0, 0] },
      { name: 'a hole of two', sequences: [1, 2, 5], expected: [2, 0, 0] },
      { name: 'a hole filled late', sequences: [1, 3, 2, 4], expected: [0, 0, 1] },
      { name: 'the newest twice', sequences: [1, 2, 2], expected: [0, 1, 0] },
      { name: 'an older one twice', sequences: [1, 2, 3, 1], expected: [0, 1, 0] },
      { name: 'a late one twice', sequences: [1, 3, 2, 2], expected: [0, 1, 1] },
      { name: 'one from before the first', sequences: [10, 9], expected: [0, 0, 1] },
      { name: 'the oldest in the window', sequences: [1, 1_024, 1], expected: [1_022, 1, 0] },
      { name: 'one too old to know', sequences: [1, 1_025, 1], expected: [1_023, 0, 1] },
      { name: 'one late within the window', sequences: [1, 900, 5], expected: [897, 0, 1] },
    ])('judges $name', ({ sequences, expected }) => {
      const meter = follow(true, sequences);
      expect([meter.skippedSequences, meter.duplicates, meter.regressions]).toEqual(expected);
    });

    it('does not count holes when the connection follows a part of the channels', () => {
      const meter = follow(false, [1, 5, 9, 9, 7]);
      expect([meter.skippedSequences, meter.duplicates, meter.regressions]).toEqual([0, 1, 1]);
    });
  });

  it('counts every other frame by its type and tells what needs an answer', () => {
    const meter = createMeter(true);
    tell(meter, 0, encodeWelcome('epoch-1', 'c1'));
    tell(meter, 0, encodeSubscribed(['token.1'], 0));
    tell(meter, 1, encodeError('bad-channel', 'no'));
    tell(meter, 0, encodeGap(17, 3, 40));
    tell(meter, 0, encodeGap(5, 50, 60));
    tell(meter, 0, encodePong());
    tell(meter, 0, '{"type":"unsubscribed","channels":[]}');
    tell(meter, 0, 'bytes', Opcode.binary);
    tell(meter, 0, 'are you there', Opcode.ping);
    tell(meter, 0, Buffer.from([0x03, 0xf0]), Opcode.close);
    tell(meter, 1, '', Opcode.close);
    expect(meter).toMatchObject({
      messages: 0,
      welcomeFrames: 1,
      subscribedFrames: 1,
      errorFrames: 1,
      gapFrames: 2,
      gapMissed: 22,
      pongFrames: 1,
      pingFrames: 1,
      closeFrames: 2,
      otherFrames: 2,
    });
    expect(told).toEqual([
      ['subscribeAnswered', 0, true],
      ['subscribeAnswered', 1, false],
      ['pinged', 0, 'are you there'],
      ['closeReceived', 0, 1008],
      ['closeReceived', 1, 1005],
    ]);
  });
});
