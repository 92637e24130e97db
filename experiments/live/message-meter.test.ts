import { beforeEach, describe, expect, it } from 'vitest';
import { encodeError, encodeGap, encodeMessage, encodePong, encodeSubscribed, encodeWelcome } from '#core';
import { Opcode } from './frame-reader.ts';
import { MessageMeter } from './message-meter.ts';
import { SequenceAccount } from './sequence-account.ts';

const publishedAtMs = 1_732_450_000_123.25;

describe('MessageMeter', () => {
  let latencies: number[];
  let told: unknown[];

  let account: SequenceAccount;

  const createMeter = (): MessageMeter => {
    account = new SequenceAccount({ connectionsMax: 4, contiguous: true, groupOf: () => 0 });
    return new MessageMeter({
      account,
      latency: { record: (latencyMs) => latencies.push(latencyMs) },
      listener: {
        ponged: (connection, serverTimeMs) => told.push(['ponged', connection, serverTimeMs]),
        welcomed: () => 0,
        subscribeAnswered: (connection, accepted) => told.push(['subscribeAnswered', connection, accepted]),
        pinged: (connection, payload) => told.push(['pinged', connection, Buffer.from(payload).toString()]),
        closeReceived: (connection, code) => told.push(['closeReceived', connection, code]),
      },
    });
  };

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
    const meter = createMeter();
    meter.receivedAtMs = publishedAtMs + 2.5;
    tell(meter, 0, message(41));
    meter.receivedAtMs = publishedAtMs + 7;
    tell(meter, 1, message(41));
    expect(meter).toMatchObject({ messages: 2, payloadBytes: 2 * message(41).length, unreadableMessages: 0 });
    expect(latencies).toEqual([2.5, 7]);
  });

  it.each(['a"quote', 'back\\slash', 'zürich', 'x'.repeat(180)])('reads past the channel name %s', (channel) => {
    const meter = createMeter();
    meter.receivedAtMs = publishedAtMs + 1;
    tell(meter, 0, encodeMessage(channel, 9, publishedAtMs, '{}'));
    expect(latencies).toEqual([1]);
    expect(meter.unreadableMessages).toBe(0);
  });

  it('hands on a latency below zero as it is, and adds the correction of the clock', () => {
    const meter = createMeter();
    meter.receivedAtMs = publishedAtMs - 0.5;
    tell(meter, 0, message(1));
    meter.clockCorrectionMs = 400;
    tell(meter, 1, message(1));
    expect(latencies).toEqual([-0.5, 399.5]);
  });

  it('does not take a publish time from an older stream with the same sequences', () => {
    const meter = createMeter();
    meter.receivedAtMs = publishedAtMs;
    tell(meter, 0, message(1));
    meter.receivedAtMs = publishedAtMs + 3_500;
    tell(meter, 1, message(1, publishedAtMs + 3_000));
    expect(latencies).toEqual([0, 500]);
  });

  it('counts a message whose fields it cannot find as unreadable, and never silently', () => {
    const meter = createMeter();
    const texts = [
      '{"type":"message","channel":"a","publishedAtMs":1,"seq":1,"data":{}}',
      '{"type":"message","channel":"a","seq":x,"publishedAtMs":1000.5,"data":{}}',
      '{"type":"message","channel":"a","seq":1,"publishedAtMs":1.7e12,"data":{}}',
      '{"type":"message","channel":"a","seq":1',
      '{"type":"message","channel":"unended',
      encodeMessage('x'.repeat(250), 1, publishedAtMs, '{}'),
    ];
    for (const text of texts) tell(meter, 0, text);
    expect(meter).toMatchObject({ messages: texts.length, unreadableMessages: texts.length });
    expect(latencies).toEqual([]);
  });

  it('gives sequences to the account, from the one of the subscription on', () => {
    const meter = createMeter();
    tell(meter, 0, encodeSubscribed(['token.7'], 40));
    tell(meter, 0, message(43));
    tell(meter, 0, message(43));
    expect([account.missing, account.duplicates, account.newestOf(0)]).toEqual([2, 1, 43]);
  });

  it('counts every other frame by its type and tells what needs an answer', () => {
    const meter = createMeter();
    tell(meter, 0, encodeWelcome('epoch-1', 'c1'));
    tell(meter, 0, encodeSubscribed(['token.1'], 0));
    tell(meter, 1, encodeError('bad-channel', 'no'));
    tell(meter, 0, encodeGap(17, 3, 40));
    tell(meter, 0, encodeGap(5, 50, 60));
    tell(meter, 0, encodePong(1_700_000_000_000.5));
    tell(meter, 1, '{"type":"pong"}');
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
      pongFrames: 2,
      pingFrames: 1,
      closeFrames: 2,
      otherFrames: 2,
    });
    expect(told).toEqual([
      ['subscribeAnswered', 0, true],
      ['subscribeAnswered', 1, false],
      ['ponged', 0, 1_700_000_000_000.5],
      ['ponged', 1, null],
      ['pinged', 0, 'are you there'],
      ['closeReceived', 0, 1008],
      ['closeReceived', 1, 1005],
    ]);
  });
});
