import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { startEmbedded as start, stopServers, TestClient as Client } from './testing/server-under-test.ts';

afterEach(stopServers);

describe('the server', () => {
  it('welcomes a client and sends it what it subscribed to, in order, once', async () => {
    const { bus, port } = await start();
    const client = await new Client(port).subscribed('token.BTC', 'token.*');
    for (let count = 0; count < 20; count += 1)
      bus.publish(count % 2 === 0 ? 'token.BTC' : 'other', `{"n":${count}}`, 1_000 + count);
    bus.publish('token.ETH', '{"last":true}', 2_000);
    const messages = await client.received('message', 11);
    expect((await client.received('welcome'))[0]).toMatchObject({ epoch: bus.epoch });
    expect(messages.map(({ seq }) => seq)).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21]);
    expect(messages[10]).toEqual({
      type: 'message',
      channel: 'token.ETH',
      seq: 21,
      publishedAtMs: 2_000,
      data: { last: true },
    });
  });

  it('serves clients on several event loops behind one port, with balanced ledgers', async () => {
    const { bus, port, supervisor } = await start({ WS_SHARDS: '2' });
    const clients = await Promise.all(Array.from({ length: 40 }, () => new Client(port).subscribed('a')));
    for (let count = 0; count < 10; count += 1) bus.publish('a', `"${'x'.repeat(300)}"`, 1);
    await Promise.all(clients.map((client) => client.received('message', 10)));
    const { shards, intake } = await supervisor.sample();
    expect(shards.reduce((sum, { sent }) => sum + sent, 0)).toBe(400);
    for (const shard of shards) {
      expect(shard.offered).toBe(
        shard.sent + shard.queued + shard.droppedByReason.reduce((sum, count) => sum + count, 0),
      );
    }
    expect(intake).toMatchObject({ busMessages: 10, acknowledged: 10 });
  });

  it('answers requests that it does not understand with an error, and goes on', async () => {
    const { port } = await start({ WS_CHANNELS_PER_CLIENT: '2' });
    const client = await new Client(port).subscribed('a');
    client.send('{');
    client.send({ type: 'subscribe', channels: ['b', 'c'] });
    client.send({ type: 'unsubscribe', channels: ['a'] });
    client.send({ type: 'ping' });
    await client.received('pong');
    expect((await client.received('error', 2)).map(({ code }) => code)).toEqual(['bad-json', 'too-many-channels']);
    expect((await client.received('unsubscribed'))[0]).toMatchObject({ channels: ['a'] });
  });

  it('refuses a client beyond the connection limit with 503, a reason and a time to retry (R50, R55)', async () => {
    const { port, supervisor } = await start({ WS_MAX_CONNECTIONS: '1' });
    await new Client(port).subscribed('a');
    const refused = new WebSocket(`ws://127.0.0.1:${port}/`);
    refused.on('error', () => {});
    const [, response] = await once(refused, 'unexpected-response');
    expect(response.statusCode).toBe(503);
    expect(Number(response.headers['retry-after'])).toBeGreaterThanOrEqual(5);
    let body = '';
    for await (const chunk of response) body += String(chunk);
    expect(JSON.parse(body)).toEqual({ error: 'refused', reason: 'connections' });
    expect((await supervisor.sample()).shards[0].refusedByReason[0]).toBe(1);
  });

  it('gives a place back when a client leaves or never finishes its handshake', async () => {
    const { port, supervisor } = await start({ WS_MAX_CONNECTIONS: '1' });
    const first = await new Client(port).subscribed('a');
    first.socket.close();
    await once(first.socket, 'close');
    while ((await supervisor.sample()).connections > 0);
    const bad = connect(port, '127.0.0.1');
    bad.write(
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 7\r\n\r\n',
    );
    const [answer] = await once(bad, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 4\d\d/);
    bad.destroy();
    while ((await supervisor.sample()).connections > 0);
    await new Client(port).subscribed('a');
  });

  it('closes a client whose frame is too large with 1009 and leaves the others alone', async () => {
    const { bus, port } = await start({ WS_CLIENT_MESSAGE_BYTES: '100' });
    const fine = await new Client(port).subscribed('a');
    const rude = await new Client(port).subscribed('a');
    rude.send('x'.repeat(101));
    const [code] = await once(rude.socket, 'close');
    expect(code).toBe(1009);
    bus.publish('a', '1', 1);
    await fine.received('message');
  });

  it('answers /health with the document’s blocks, /ready, and 404 otherwise (R75)', async () => {
    const { port } = await start();
    const at = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
    const health = await at('/health');
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({
      status: 'healthy',
      checks: {
        cpu: { threshold: 75, healthy: true },
        memory: { limit_mb: 7_168 },
        capacity: { current: 0, max: 12_000, percentage: 0 },
      },
    });
    expect([(await at('/ready')).status, (await at('/nothing')).status]).toEqual([200, 404]);
  });

  it('stops gracefully: clients are told 1012, and new ones find nobody', async () => {
    const { port, supervisor } = await start();
    const client = await new Client(port).subscribed('a');
    const closed = once(client.socket, 'close');
    await supervisor.stop();
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([1012, expect.stringMatching(/^going-away; retry after \d+ ms$/)]);
    const late = new WebSocket(`ws://127.0.0.1:${port}/`);
    const [error] = await once(late, 'error');
    expect(error.code).toBe('ECONNREFUSED');
  });
});
