import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { closeReasonNames, CloseReason, RefusalReason } from '#core';
import { type ServerUnderTest, startEmbedded, stopServers, TestClient } from './testing/server-under-test.ts';
import { encodeTextFrame } from './clients/websocket.ts';

afterEach(stopServers);

const upgradeRequest = (target = '/', more = ''): string =>
  `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${more}\r\n`;

/** A socket that has upgraded and speaks whatever it is told to. */
async function rawClient(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(upgradeRequest());
  await once(socket, 'data');
  return socket;
}

/** A client's frame: masked with zeros, so that its payload reads as it is. */
function masked(firstByte: number, payload: Uint8Array): Buffer {
  const head =
    payload.length < 126
      ? Buffer.from([firstByte, 0x80 | payload.length])
      : Buffer.from([firstByte, 0x80 | 126, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

/** The code of the close frame among what the server sent last. */
async function closeCodeOf(socket: Socket): Promise<number> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  const bytes = Buffer.concat(chunks);
  const at = bytes.lastIndexOf(0x88);
  return at < 0 ? 1006 : bytes.readUInt16BE(at + 2);
}

const totals = async ({ supervisor }: ServerUnderTest) => {
  const { shards, connections } = await supervisor.sample();
  const [{ closedByReason, refusedByReason, requestErrors }] = shards;
  return { closedByReason, refusedByReason, requestErrors, connections };
};

/** Waits until the server has counted it. */
async function counted(server: ServerUnderTest, kind: 'closedByReason' | 'refusedByReason', reason: number) {
  while ((await totals(server))[kind][reason] === 0);
  return (await totals(server))[kind][reason];
}

describe('a client that breaks the WebSocket protocol', () => {
  it.each([
    ['a compressed frame', masked(0xc1, Buffer.from('{}')), 1002, CloseReason.protocolError],
    ['an unmasked frame', Buffer.from([0x81, 0x02, 0x7b, 0x7d]), 1002, CloseReason.protocolError],
    ['an unknown opcode', masked(0x83, Buffer.from('{}')), 1002, CloseReason.protocolError],
    ['a continuation of nothing', masked(0x80, Buffer.from('{}')), 1002, CloseReason.protocolError],
    ['text that is not UTF-8', masked(0x81, Buffer.from([0xff, 0xfe])), 1007, CloseReason.invalidData],
    ['an oversized message', masked(0x81, Buffer.alloc(20_000)), 1009, CloseReason.messageTooBig],
  ])(
    'is closed for %s with the right code, counted, and the others are served on',
    async (_name, bytes, code, reason) => {
      const server = await startEmbedded();
      const other = await new TestClient(server.port).subscribed('a');
      const rude = await rawClient(server.port);
      const closeCode = closeCodeOf(rude);
      rude.write(bytes);
      expect(await closeCode).toBe(code);
      expect(await counted(server, 'closedByReason', reason)).toBe(1);
      server.bus.publish('a', '1', 1);
      await other.received('message');
    },
  );
});

describe('a client that abuses the JSON protocol', () => {
  it('is told of each mistake and kept', async () => {
    const server = await startEmbedded();
    const client = await new TestClient(server.port).subscribed('a');
    client.send({ type: 'subscribe', channels: Array.from({ length: 1_000 }, (_unused, index) => `c${index}`) });
    client.send('{"type":"subscribe","channels":["__proto__"],"__proto__":{"polluted":true},"constructor":1}');
    client.socket.send(Buffer.from([1, 2, 3]));
    await client.received('error', 3);
    expect(client.frames.filter(({ type }) => type === 'error').map(({ code }) => code)).toEqual([
      'too-many-channels',
      'too-many-channels',
      'binary',
    ]);
    expect((await client.received('subscribed', 2))[1].channels).toHaveLength(99);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect((await totals(server)).requestErrors).toBe(3);
  });

  it('cannot make the server fail or disturb others, whatever it sends', async () => {
    const server = await startEmbedded();
    const other = await new TestClient(server.port).subscribed('a');
    const frame = fc.oneof(
      fc.record({ first: fc.constantFrom(0x81, 0x81, 0x81, 0x82, 0x89, 0x8a), text: fc.json({ maxDepth: 3 }) }),
      fc.record({
        first: fc.constant(0x81),
        text: fc
          .record(
            {
              type: fc.constantFrom('subscribe', 'unsubscribe', 'ping', 'message', '__proto__'),
              channels: fc.oneof(
                fc.array(fc.constantFrom('a', '*', '>', 'x.>', '', '__proto__', 'a b')),
                fc.jsonValue(),
              ),
              since: fc.oneof(fc.dictionary(fc.constantFrom('a', '*', '__proto__'), fc.integer()), fc.jsonValue()),
              epoch: fc.jsonValue(),
            },
            { requiredKeys: [] },
          )
          .map((value) => JSON.stringify(value)),
      }),
      fc.record({ first: fc.integer({ min: 0, max: 255 }), text: fc.string({ maxLength: 40 }) }),
    );
    let published = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 12 }), async (frames) => {
        const client = await rawClient(server.port);
        for (const { first, text } of frames) {
          if (client.writable) client.write(masked(first, Buffer.from(text).subarray(0, 60_000)));
        }
        published += 1;
        server.bus.publish('a', String(published), 1);
        await other.received('message', published);
        client.destroy();
      }),
      { numRuns: 100 },
    );
    expect((await server.supervisor.sample()).shardCrashes).toBe(0);
    for (const shard of (await server.supervisor.sample()).shards) {
      expect(shard.offered).toBe(
        shard.sent + shard.queued + shard.droppedByReason.reduce((sum, count) => sum + count, 0),
      );
    }
  }, 20_000);
});

describe('a request that is no proper handshake', () => {
  const answerTo = async (port: number, request: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    socket.write(request);
    let answer = '';
    socket.on('data', (chunk) => (answer += String(chunk)));
    await once(socket, 'close');
    return answer.split('\r\n')[0];
  };

  it.each([
    ['a missing key', upgradeRequest().replace(/Sec-WebSocket-Key.*\r\n/, '')],
    ['another version', upgradeRequest().replace('Version: 13', 'Version: 7')],
    ['no HTTP at all', 'HELLO\r\n\r\n'],
    ['headers without end', `GET / HTTP/1.1\r\n${'x: y\r\n'.repeat(20_000)}`],
  ])('such as %s is answered with 400 and counted', async (_name, request) => {
    const server = await startEmbedded();
    expect(await answerTo(server.port, request)).toMatch(/^HTTP\/1.1 400/);
    expect(await counted(server, 'refusedByReason', RefusalReason.handshake)).toBe(1);
    while ((await totals(server)).connections > 0);
  });

  it('is cut off when it takes too long, sent byte by byte or not at all (slow loris)', async () => {
    const server = await startEmbedded({ WS_HANDSHAKE_TIMEOUT: '300ms' });
    const slow = connect(server.port, '127.0.0.1');
    const drip = setInterval(() => slow.write('x'), 50);
    slow.on('error', () => {});
    slow.write('GET / HTTP/1.1\r\nx-');
    const silent = connect(server.port, '127.0.0.1');
    silent.on('error', () => {}).resume();
    const [answer] = await once(slow, 'data');
    clearInterval(drip);
    expect(String(answer)).toMatch(/^HTTP\/1.1 408/);
    expect(await counted(server, 'refusedByReason', RefusalReason.handshakeTimeout)).toBeGreaterThanOrEqual(1);
    if (!silent.closed) await once(silent, 'close');
  });
});

describe('admission by who the client is', () => {
  const refusal = async (port: number, options: ConstructorParameters<typeof TestClient>[1] = {}) => {
    const client = new TestClient(port, options);
    const [, response] = await once(client.socket, 'unexpected-response');
    let body = '';
    for await (const chunk of response) body += String(chunk);
    return [response.statusCode, JSON.parse(body).reason];
  };

  it('lets in browsers of allowed origins, and programs without one', async () => {
    const { port } = await startEmbedded({ WS_ALLOWED_ORIGINS: 'https://app.example, https://b.example' });
    expect(await refusal(port, { origin: 'https://evil.example' })).toEqual([403, 'origin']);
    await new TestClient(port, { origin: 'https://app.example' }).subscribed('a');
    await new TestClient(port).subscribed('a');
  });

  it('asks for a token, takes what it allows, and ends with it', async () => {
    const secret = 'a secret of enough length for HS256';
    const key = new TextEncoder().encode(secret);
    const sign = (expires: number, channels?: unknown): Promise<string> =>
      new SignJWT(channels === undefined ? {} : { channels })
        .setProtectedHeader({ alg: 'HS256' })
        .setExpirationTime(expires)
        .sign(key);
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const server = await startEmbedded({ WS_JWT_SECRET: secret });
    const { port } = server;
    expect(await refusal(port)).toEqual([401, 'token']);
    expect(await refusal(port, { path: '/?token=nonsense' })).toEqual([401, 'token']);
    expect(await refusal(port, { path: `/?token=${await sign(nowSeconds - 60)}` })).toEqual([401, 'token']);
    expect(await refusal(port, { path: `/?token=${await sign(nowSeconds + 60, 'a')}` })).toEqual([401, 'token']);
    const token = await sign(nowSeconds + 600, ['token.*', 'news']);
    const client = await new TestClient(port, { headers: { authorization: `Bearer ${token}` } }).subscribed(
      'token.BTC',
    );
    client.send({ type: 'subscribe', channels: ['news', 'secret', '>', 'token.*'] });
    expect((await client.received('subscribed', 2))[1].channels).toEqual(['news', 'token.*']);
    expect((await client.received('error'))[0].code).toBe('forbidden');
    const brief = new TestClient(port, { path: `/?token=${await sign(Math.ceil(Date.now() / 1_000) + 1)}` });
    expect(await brief.ended).toBe(4401);
    expect((await totals(server)).refusedByReason[RefusalReason.token]).toBe(4);
  }, 10_000);

  it('limits the connections of one address, as a trusted proxy tells it', async () => {
    const { port } = await startEmbedded({ WS_CONNECTIONS_PER_ADDRESS: '2', WS_TRUSTED_PROXIES: '127.0.0.1' });
    const from = (address: string) => ({ headers: { 'x-forwarded-for': `6.6.6.6, ${address}` } });
    const first = await new TestClient(port, from('1.1.1.1')).subscribed('a');
    await new TestClient(port, from('1.1.1.1')).subscribed('a');
    expect(await refusal(port, from('1.1.1.1'))).toEqual([429, 'address']);
    await new TestClient(port, from('2.2.2.2')).subscribed('a');
    first.socket.close();
    await first.ended;
    await new TestClient(port, from('1.1.1.1')).subscribed('a');
  });
});

describe('a client that stops reading', () => {
  it('costs bounded memory, delays nobody, and is told of every drop when it reads again', async () => {
    const slots = 16;
    const { bus, port, supervisor } = await startEmbedded({
      WS_SLOW_CLIENT_POLICY: 'drop-oldest',
      WS_SEND_BUFFER_SLOTS: String(slots),
      WS_MAX_NATS_RATE: '100000',
      WS_MAX_BROADCAST_RATE: '100000',
    });
    const other = await new TestClient(port).subscribed('a');
    const stalled = await new TestClient(port).subscribed('a');
    stalled.socket.pause();
    const data = JSON.stringify('x'.repeat(50_000));
    let published = 0;
    const dropsOf = async (): Promise<number> =>
      (await supervisor.sample()).shards[0].droppedByReason.reduce((sum, count) => sum + count, 0);
    // Beyond what the kernel takes for both ends, the buffer's slots fill, and then the oldest go.
    while ((await dropsOf()) < 100) {
      for (let count = 0; count < 10; count += 1) bus.publish('a', data, 1);
      published += 10;
      await other.received('message', published);
      expect((await supervisor.sample()).shards[0].queued).toBeLessThanOrEqual(slots);
    }
    stalled.socket.resume();
    const told = async (): Promise<number> =>
      stalled.frames.reduce((sum, { type, missed }) => sum + (type === 'gap' ? Number(missed) : 0), 0);
    while ((await told()) < (await dropsOf()) || stalled.sequences.length + (await told()) < published) {
      await supervisor.sample();
    }
    expect(stalled.sequences.length + (await dropsOf())).toBe(published);
    expect(await told()).toBe(await dropsOf());
  }, 20_000);
});

describe('a client that goes quiet', () => {
  it('is pinged, and given up when it does not answer; one that answers stays', async () => {
    const server = await startEmbedded({ WS_PING_INTERVAL: '200ms', WS_PING_TIMEOUT: '500ms' });
    const alive = await new TestClient(server.port).subscribed('a');
    const dead = await rawClient(server.port);
    dead.write(masked(0x81, Buffer.from('{"type":"subscribe","channels":["a"]}')));
    const pinged = once(alive.socket, 'ping');
    expect(await closeCodeOf(dead)).toBe(4408);
    await pinged;
    expect(await counted(server, 'closedByReason', CloseReason.pingTimeout)).toBe(1);
    server.bus.publish('a', '1', 1);
    await alive.received('message');
  }, 10_000);

  it('is closed when it never subscribes', async () => {
    const server = await startEmbedded({ WS_IDLE_TIMEOUT: '200ms' });
    const busy = await new TestClient(server.port).subscribed('a');
    const idle = new TestClient(server.port);
    expect(await idle.ended).toBe(4408);
    expect(closeReasonNames[CloseReason.idle]).toBe('idle');
    server.bus.publish('a', '1', 1);
    await busy.received('message');
  }, 10_000);
});

it('frames larger than 64 KiB are sent with a 64-bit length', () => {
  expect(encodeTextFrame('x'.repeat(70_000)).subarray(0, 10)).toEqual(
    Buffer.from([0x81, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70]),
  );
});
