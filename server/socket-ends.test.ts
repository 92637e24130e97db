import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { RefusalReason } from '#core';
import { currentHealth } from './clients/shard-http.ts';
import { type ServerUnderTest, startEmbedded, stopServers, TestClient } from './testing/server-under-test.ts';

afterEach(stopServers);

const handshake = (changes: Readonly<Record<string, string | null>> = {}, start = 'GET / HTTP/1.1'): string => {
  const headers: Record<string, string | null> = {
    Host: 'x',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    ...changes,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  return `${[start, ...lines].join('\r\n')}\r\n\r\n`;
};

/** A peer that never closes by itself, whatever the server does. */
function peer(port: number, text: string): { readonly socket: Socket; readonly answer: () => string } {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let answer = '';
  socket.on('error', () => {});
  socket.on('data', (chunk) => (answer += String(chunk)));
  socket.write(text);
  return { socket, answer: () => answer };
}

async function answerTo(port: number, text: string): Promise<string> {
  const { socket, answer } = peer(port, text);
  await once(socket, 'end');
  socket.destroy();
  return answer();
}

const sockets = async ({ supervisor }: ServerUnderTest): Promise<{ pending: number; connections: number }> => {
  const { shards, connections } = await supervisor.sample();
  return { pending: shards.reduce((sum, { pendingSockets }) => sum + pendingSockets, 0), connections };
};

async function allGone(server: ServerUnderTest): Promise<void> {
  for (;;) {
    const { pending, connections } = await sockets(server);
    if (pending === 0 && connections === 0) return;
  }
}

describe('a peer that is refused', () => {
  it.each([
    ['a bad key (400)', {}, handshake({ 'Sec-WebSocket-Key': 'bad' })],
    ['no HTTP (400)', {}, 'HELLO\r\n\r\n'],
    [
      'a foreign origin (403)',
      { WS_ALLOWED_ORIGINS: 'https://a.example' },
      handshake({ Origin: 'https://evil.example' }),
    ],
    ['no token (401)', { WS_JWT_SECRET: 'a secret of enough length for HS256' }, handshake()],
    ['a request that never ends (408)', { WS_HANDSHAKE_TIMEOUT: '300ms' }, 'GET / HTTP/1.1\r\nx-'],
  ])('for %s loses its socket and holds no place, though it never closes', async (_name, values, text) => {
    const server = await startEmbedded({ WS_MAX_CONNECTIONS: '5', ...values });
    const peers = Array.from({ length: 10 }, () => peer(server.port, text));
    await Promise.all(peers.map(({ socket }) => once(socket, 'end')));
    for (const { socket } of peers) socket.write('and still talking');
    await allGone(server);
    for (const { socket } of peers) socket.destroy();
    expect((await sockets(server)).connections).toBe(0);
  });

  it('or ends its side in the middle of its handshake holds no place, whichever comes first', async () => {
    const server = await startEmbedded();
    for (let round = 0; round < 5; round += 1) {
      const peers = Array.from({ length: 20 }, () => {
        const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
        socket.on('error', () => {}).resume();
        socket.end(handshake());
        return socket;
      });
      await Promise.all(peers.map((socket) => once(socket, 'end')));
    }
    await allGone(server);
  });

  it('for lack of a place (503) loses its socket as well', async () => {
    const server = await startEmbedded({ WS_MAX_CONNECTIONS: '1' });
    const admitted = await new TestClient(server.port).subscribed('a');
    const peers = Array.from({ length: 10 }, () => peer(server.port, handshake()));
    await Promise.all(peers.map(({ socket }) => once(socket, 'end')));
    while ((await sockets(server)).pending > 0);
    admitted.socket.terminate();
    for (const { socket } of peers) socket.destroy();
    await allGone(server);
  });
});

describe('plain HTTP', () => {
  it('ends a connection that stays silent or does not read, within the handshake timeout', async () => {
    const server = await startEmbedded({ WS_HANDSHAKE_TIMEOUT: '300ms' });
    const silent = peer(server.port, '');
    const kept = peer(server.port, 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
    const deaf = peer(server.port, '');
    deaf.socket.pause();
    deaf.socket.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(90));
    await once(kept.socket, 'data');
    await allGone(server);
    for (const { socket } of [silent, kept, deaf]) socket.destroy();
  });

  it('answers a request that offers to become h2c or TLS as if it did not', async () => {
    const server = await startEmbedded();
    for (const protocol of ['h2c', 'TLS/1.0, HTTP/1.1']) {
      const [response] = await once(
        request({
          port: server.port,
          host: '127.0.0.1',
          path: '/health',
          headers: { connection: 'Upgrade, HTTP2-Settings', upgrade: protocol, 'http2-settings': 'AAMAAABk' },
        }).end(),
        'response',
      );
      let body = '';
      for await (const chunk of response) body += String(chunk);
      expect([response.statusCode, JSON.parse(body).status]).toEqual([200, 'healthy']);
    }
    const [{ refusedByReason }] = (await server.supervisor.sample()).shards;
    expect(refusedByReason[RefusalReason.handshake]).toBe(0);
  });
});

describe('a wrong handshake', () => {
  it('is refused with what is wrong and the version that is known', async () => {
    const { port } = await startEmbedded();
    for (const [text, message] of [
      [handshake({ 'Sec-WebSocket-Version': '14' }), 'Sec-WebSocket-Version: given 14, accepted 13'],
      [handshake({ 'Sec-WebSocket-Version': '8' }), 'Sec-WebSocket-Version: given 8, accepted 13'],
      [handshake({ 'Sec-WebSocket-Version': null }), 'Sec-WebSocket-Version: given nothing'],
      [handshake({ 'Sec-WebSocket-Key': 'short' }), 'Sec-WebSocket-Key: given short'],
      [handshake({}, 'POST / HTTP/1.1'), 'method: given POST, accepted GET'],
      [handshake({}, 'GET / HTTP/1.0'), 'HTTP version: given 1.0, accepted 1.1'],
    ]) {
      const answer = await answerTo(port, text);
      expect(answer).toMatch(/^HTTP\/1.1 400 /);
      expect(answer).toContain('Sec-WebSocket-Version: 13\r\n');
      expect(JSON.parse(answer.split('\r\n\r\n')[1]).message).toContain(message);
    }
    // Node refuses this one before anybody else sees it.
    expect(await answerTo(port, handshake({ Host: null }))).toMatch(/^HTTP\/1.1 400 /);
  });

  it('without a token is told which scheme to use', async () => {
    const { port } = await startEmbedded({ WS_JWT_SECRET: 'a secret of enough length for HS256' });
    expect(await answerTo(port, handshake())).toContain('WWW-Authenticate: Bearer');
  });
});

/** Opcodes of the unmasked frames that a server sent. */
function opcodesOf(bytes: Buffer): number[] {
  const opcodes: number[] = [];
  for (let at = 0; at + 1 < bytes.length; ) {
    const short = bytes[at + 1] & 0x7f;
    const [head, size] = short < 126 ? [2, short] : short === 126 ? [4, bytes.readUInt16BE(at + 2)] : [10, 0];
    opcodes.push(bytes[at] & 0x0f);
    at += head + size;
  }
  return opcodes;
}

describe('after its close frame', () => {
  it('the server sends nothing more, and cuts a peer off that does not answer', async () => {
    const server = await startEmbedded({ WS_IDLE_TIMEOUT: '100ms', WS_PING_INTERVAL: '50ms' });
    const socket = connect(server.port, '127.0.0.1');
    socket.write(handshake());
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(socket, 'close');
    const bytes = Buffer.concat(chunks);
    const opcodes = opcodesOf(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4));
    expect(opcodes.filter((opcode) => opcode === 8)).toHaveLength(1);
    expect(opcodes.at(-1)).toBe(8);
    await allGone(server);
  }, 10_000);

  it('no message follows, though the peer stays subscribed and messages go on', async () => {
    const server = await startEmbedded();
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    const payload = Buffer.from('{"type":"subscribe","channels":["a"]}');
    socket.write(handshake());
    socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), Buffer.alloc(4), payload]));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    while (!Buffer.concat(chunks).includes('subscribed')) await once(socket, 'data');
    for (let count = 0; count < 20; count += 1) server.bus.publish('a', String(count), 1);
    await server.supervisor.stop();
    if (!socket.closed) socket.destroy();
    const bytes = Buffer.concat(chunks);
    const opcodes = opcodesOf(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4));
    expect(opcodes.at(-1)).toBe(8);
    // Welcome, subscribed, and everything that was acknowledged, before the close.
    expect(opcodes.slice(0, -1)).toEqual(new Array<number>(22).fill(1));
  }, 10_000);
});

it('a stop is bounded by WS_DRAIN_TIMEOUT when the bus hangs, and clients are told at once', async () => {
  const server = await startEmbedded({ WS_DRAIN_TIMEOUT: '1s' });
  const client = await new TestClient(server.port).subscribed('a');
  const stopBus = server.bus.stop.bind(server.bus);
  server.bus.stop = () => stopBus().then(() => new Promise<void>(() => {}));
  const stopped = server.supervisor.stop();
  expect(await client.ended).toBe(1012);
  expect(await stopped).not.toBeNull();
});

it('clients are not closed for messages larger than their send buffer: they get them', async () => {
  const { bus, port, supervisor } = await startEmbedded({ WS_SEND_BUFFER_BYTES: '10000' });
  const clients = await Promise.all(Array.from({ length: 5 }, () => new TestClient(port).subscribed('a')));
  for (let count = 0; count < 5; count += 1) {
    bus.publish('a', JSON.stringify('x'.repeat(50_000)), 1);
    await Promise.all(clients.map((client) => client.received('message', count + 1)));
  }
  expect((await supervisor.sample()).connections).toBe(5);
});

it('a client that floods requests is held back, and the others are served', async () => {
  const { bus, port, supervisor } = await startEmbedded();
  const other = await new TestClient(port).subscribed('a');
  const flooding = await new TestClient(port).subscribed('b');
  for (let count = 0; count < 2_000; count += 1) flooding.send({ type: 'ping' });
  bus.publish('a', '1', 1);
  await other.received('message');
  while ((await supervisor.sample()).shards[0].requestPauses === 0);
  flooding.socket.terminate();
  await flooding.ended;
  // Not read from, it is still noticed to have gone.
  while ((await supervisor.sample()).connections > 1);
}, 15_000);

it('a main thread that is not heard of makes the public health unhealthy', () => {
  const said = { json: '{"status":"healthy"}', httpStatus: 200, ready: true, saidAtMs: 1_000 };
  expect(currentHealth(said, 6_000)).toBe(said);
  expect(currentHealth(said, 8_001)).toMatchObject({
    json: '{"status":"unhealthy","reasons":["the main thread has not been heard of for 7 s"]}',
    httpStatus: 503,
    ready: false,
  });
});
