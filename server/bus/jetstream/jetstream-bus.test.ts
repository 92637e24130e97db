import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startServer, stopServers, TestClient } from '../../testing/server-under-test.ts';
import { RetentionPolicy } from 'nats';
import { JetStreamPublisher } from './publisher.ts';
import { NatsProcess, natsIsInstalled } from '../nats-process.ts';

const installed = natsIsInstalled();
if (!installed) {
  const message =
    'nats-server is not installed: the tests of the JetStream bus cannot run (apt-get install nats-server)';
  if (process.env['CI'] === 'true') throw new Error(message);
  process.stderr.write(`\n${message}; SKIPPED\n\n`);
}

describe.skipIf(!installed)('the JetStream bus', () => {
  let nats: NatsProcess;
  let publisher: JetStreamPublisher;
  let stream = '';
  let streams = 0;
  let prefix = '';

  beforeAll(async () => {
    nats = await NatsProcess.start();
  });
  afterAll(() => nats.stop());
  beforeEach(() => {
    streams += 1;
    stream = `S${streams}`;
    prefix = `t${streams}`;
  });
  afterEach(async () => {
    await stopServers();
    await publisher.close();
  });

  const values = (more: Record<string, string> = {}): Record<string, string> => ({
    NATS_URL: nats.url,
    JS_STREAM_NAME: stream,
    JS_SUBJECTS: `${prefix}.>`,
    ...more,
  });
  const start = async (more: Record<string, string> = {}) => {
    const server = await startServer(values(more));
    publisher = await JetStreamPublisher.connect(nats.url, `${prefix}.>`);
    return server;
  };
  const publish = async (count: number, channel = 'a'): Promise<number[]> => {
    const sequences = [];
    for (let index = 0; index < count; index += 1)
      sequences.push(await publisher.publish(channel, `{"n":${index}}`, 1_000));
    return sequences;
  };

  it('creates stream and consumer with the settings (R21 to R26, R32), and delivers what is published', async () => {
    const { bus, port, supervisor } = await start({ JS_STREAM_MAX_MSGS: '500', JS_CONSUMER_ACK_WAIT: '20s' });
    const client = await new TestClient(port).subscribed('a');
    await publish(20);
    const messages = await client.received('message', 20);
    expect(messages[3]).toEqual({ type: 'message', channel: 'a', seq: 4, publishedAtMs: 1_000, data: { n: 3 } });
    expect((await client.received('welcome'))[0].epoch).toBe(bus.epoch);
    expect((await supervisor.sample()).intake).toMatchObject({ busMessages: 20, acknowledged: 20 });
    const found = await publisher.inspect(stream, 'ws-server');
    expect(found).toMatchObject({
      stream: { max_age: 30e9, max_msgs: 500, max_bytes: 52_428_800, storage: 'file', subjects: [`${prefix}.>`] },
      consumer: { durable_name: 'ws-server', ack_policy: 'explicit', ack_wait: 20e9, max_deliver: -1 },
    });
  });

  it('makes a JSON string of a payload that is not JSON', async () => {
    const { port } = await start();
    const client = await new TestClient(port).subscribed('a');
    await publisher.publish('a', 'no "JSON"', 1);
    expect((await client.received('message'))[0].data).toBe('no "JSON"');
  });

  it('refuses to share a durable with another server, and says what to do; with an instance name it gets its own', async () => {
    const first = await start();
    await expect(startServer(values())).rejects.toThrow(
      /another server pulls from consumer ws-server .* set WS_INSTANCE/,
    );
    const second = await startServer(values({ WS_INSTANCE: 'b' }));
    const clients = await Promise.all([first, second].map(({ port }) => new TestClient(port).subscribed('a')));
    const sequences = await publish(10);
    await Promise.all(clients.map((client) => client.receivedAll(sequences)));
    const { consumer } = await publisher.inspect(stream, 'ws-server-b');
    expect(consumer.inactive_threshold).toBe(300e9);
  }, 20_000);

  it('hands back with a delay what the rate cap refuses, and delivers it later (R35, R40)', async () => {
    const { port, supervisor } = await start({
      WS_MAX_NATS_RATE: '50',
      WS_RATE_BURST: '0.1',
      JS_RATE_EXCEEDED: 'nak',
      JS_NAK_DELAY: '50ms',
    });
    const client = await new TestClient(port).subscribed('a');
    const sequences = await publish(20);
    await client.receivedAll(sequences);
    const { intake } = await supervisor.sample();
    expect(intake.nakedByReason[0]).toBeGreaterThan(5);
    expect(intake.acknowledged).toBe(20);
    expect(intake.redelivered).toBe(intake.nakedByReason[0]);
  });

  it('gives a restarted server its history back, so that clients recover message by message', async () => {
    const first = await start();
    const before = await new TestClient(first.port).subscribed('a');
    const seen = await publish(10);
    await before.receivedAll(seen);
    const [{ epoch }] = await before.received('welcome');
    await stopServers();
    const missed = await publish(10);
    const second = await startServer(values());
    const after = new TestClient(second.port);
    await after.received('welcome');
    after.send({ type: 'subscribe', channels: ['a'], since: { a: 5 }, epoch });
    expect((await after.received('subscribed'))[0].recovered).toEqual({ a: true });
    await after.receivedAll([...seen.slice(5), ...missed]);
    expect(after.sequences).toEqual([...seen.slice(5), ...missed]);
  });

  it('recovers a client of one instance on another', async () => {
    const first = await start({ WS_INSTANCE: 'a' });
    const second = await startServer(values({ WS_INSTANCE: 'b' }));
    const client = await new TestClient(first.port).subscribed('*');
    const seen = await publish(10);
    await client.receivedAll(seen);
    await first.supervisor.stop();
    const missed = await publish(5, 'b');
    const moved = new TestClient(second.port);
    const [{ epoch }] = await moved.received('welcome');
    expect(epoch).toBe((await client.received('welcome'))[0].epoch);
    moved.send({ type: 'subscribe', channels: ['*'], since: { '*': 10 }, epoch });
    expect((await moved.received('subscribed'))[0].recovered).toEqual({ '*': true });
    await moved.receivedAll(missed);
  });

  it('delivers what is no UTF-8 as base64 with a mark, byte by byte', async () => {
    const { port } = await start();
    const client = await new TestClient(port).subscribed('a');
    const bytes = Uint8Array.of(0xff, 0xfe, 0, 1, 0x80);
    await publisher.publish('a', bytes, 1);
    await publisher.publish('a', '"text"', 1);
    const [binary, text] = await client.received('message', 2);
    expect([binary['encoding'], Buffer.from(String(binary['data']), 'base64')]).toEqual(['base64', Buffer.from(bytes)]);
    expect(text).toEqual({ type: 'message', channel: 'a', seq: 2, publishedAtMs: 1, data: 'text' });
  });

  it('answers an epoch of the wrong type with an error, and a place from the future with recovered false', async () => {
    const { port } = await start();
    const client = await new TestClient(port).subscribed('a');
    await client.receivedAll(await publish(3));
    client.send({ type: 'subscribe', channels: ['a'], since: { a: 1 }, epoch: 5 });
    expect((await client.received('error'))[0].code).toBe('bad-epoch');
    client.send({ type: 'subscribe', channels: ['a'], since: { a: 1_000 } });
    expect((await client.received('subscribed', 2))[1].recovered).toEqual({ a: false });
  });

  it.each([
    ['max_deliver', { max_deliver: 1 }],
    ['filter_subject', { filter_subject: 'PREFIX.a' }],
    ['headers_only', { headers_only: true }],
    ['max_batch', { max_batch: 1 }],
    ['max_expires', { max_expires: 1e9 }],
    ['ack_policy', { ack_policy: 'none' }],
    ['deliver_subject', { deliver_subject: 'push.here' }],
    ['replay_policy', { replay_policy: 'original' }],
  ])(
    'refuses a consumer that exists with another %s at once, naming field, found and needed',
    async (field, config) => {
      publisher = await JetStreamPublisher.connect(nats.url, `${prefix}.>`);
      const manager = await publisher.manager();
      await manager.streams.add({ name: stream, subjects: [`${prefix}.>`] });
      const of = JSON.parse(JSON.stringify(config).replace('PREFIX', prefix));
      await manager.consumers.add(stream, { durable_name: 'ws-server', ack_policy: 'explicit', ...of });
      const beganMs = performance.now();
      await expect(startServer(values())).rejects.toThrow(
        new RegExp(`consumer ws-server exists and cannot be used: ${field} is .*, needed is`),
      );
      expect(performance.now() - beganMs).toBeLessThan(5_000);
    },
  );

  it.each([
    ['JS_STREAM_NAME', { JS_STREAM_NAME: 'odin.tokens' }, /JS_STREAM_NAME=odin.tokens: no name for JetStream/],
    ['JS_CONSUMER_NAME', { JS_CONSUMER_NAME: 'ws.server' }, /JS_CONSUMER_NAME=ws.server: no name/],
    ['JS_SUBJECTS', { JS_SUBJECTS: 'odin.> foo' }, /JS_SUBJECTS: odin.> foo is no subject/],
    ['JS_REPLICAS', { JS_REPLICAS: '3' }, /JS_REPLICAS=3: .*a cluster needs at least that many nodes/],
    ['NATS_URL', { NATS_URL: 'http://127.0.0.1:1' }, /NATS_URL: http:.* is no address of a NATS server/],
    ['NATS_CREDS', { NATS_CREDS: '/nope' }, /NATS_CREDS=\/nope: cannot be read/],
  ])('fails at once with its own cause for what no waiting mends: %s', async (_variable, wrong, message) => {
    publisher = await JetStreamPublisher.connect(nats.url, `${prefix}.>`);
    const beganMs = performance.now();
    await expect(startServer(values(wrong))).rejects.toThrow(message);
    expect(performance.now() - beganMs).toBeLessThan(5_000);
  });

  it('refuses a work queue, and subjects that another stream has', async () => {
    publisher = await JetStreamPublisher.connect(nats.url, `${prefix}.>`);
    const manager = await publisher.manager();
    await manager.streams.add({ name: stream, subjects: [`${prefix}.>`], retention: RetentionPolicy.Workqueue });
    await expect(startServer(values())).rejects.toThrow(/stream .* retention is "workqueue", needed is limits/);
    await expect(startServer(values({ JS_STREAM_NAME: `${stream}b` }))).rejects.toThrow(
      /JS_SUBJECTS=.*another stream takes these subjects/,
    );
  });

  it('reads of a shared stream no more than the history may hold', async () => {
    publisher = await JetStreamPublisher.connect(nats.url, `${prefix}.>`);
    const manager = await publisher.manager();
    await manager.streams.add({ name: stream, subjects: [`${prefix}.>`] });
    await Promise.all(Array.from({ length: 300 }, () => publisher.publish('a', `"${'x'.repeat(1_000)}"`, 1)));
    const { port } = await startServer(values({ WS_HISTORY_BYTES: '20000' }));
    const client = await new TestClient(port).subscribed('a');
    const [{ seq }] = await client.received('subscribed');
    expect(seq).toBe(300);
    client.send({ type: 'subscribe', channels: ['a'], since: { a: 200 } });
    client.send({ type: 'subscribe', channels: ['a'], since: { a: 295 } });
    const answers = (await client.received('subscribed', 3)).slice(1);
    expect(answers.map(({ recovered }) => recovered)).toEqual([{ a: false }, { a: true }]);
  });

  it('lets the later of two servers that started at once stop, and says why', async () => {
    const failures: string[] = [];
    const servers = await Promise.allSettled(
      [1, 2].map(() => startServer(values(), (error) => failures.push(error.message))),
    );
    publisher = await JetStreamPublisher.connect(nats.url, `${prefix}.>`);
    const refused = servers.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
    while (failures.length + refused.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    expect([...failures, ...refused].join()).toContain('another server pulls from consumer ws-server');
  });

  it('makes a lost consumer anew and overlooks nothing', async () => {
    const { port } = await start();
    const client = await new TestClient(port).subscribed('a');
    const before = await publish(5);
    await client.receivedAll(before);
    await publisher.removeConsumer(stream, 'ws-server');
    const after = await publish(5);
    await client.receivedAll(after);
  }, 20_000);

  it('makes a lost stream anew, and tells clients that sequences begin again', async () => {
    const { bus, port, supervisor } = await start();
    const client = await new TestClient(port).subscribed('a');
    await client.receivedAll(await publish(5));
    const { epoch } = bus;
    await publisher.removeStream(stream);
    await client.received('welcome', 2);
    expect(bus.epoch).not.toBe(epoch);
    expect(client.frames.findLast(({ type }) => type === 'welcome')?.epoch).toBe(bus.epoch);
    const sequences = await publish(3);
    expect(sequences[0]).toBe(1);
    await client.received('message', 8);
    client.send({ type: 'subscribe', channels: ['a'], since: { a: 2 }, epoch });
    expect((await client.received('subscribed', 2))[1].recovered).toEqual({ a: false });
    expect((await supervisor.sample()).busConnected).toBe(true);
  }, 20_000);
});

describe.skipIf(!installed)('a nats-server that is killed', () => {
  it('makes the server unhealthy (R38), and after its return nothing is missing', async () => {
    const nats = await NatsProcess.start();
    try {
      const { port, supervisor } = await startServer({ NATS_URL: nats.url });
      let publisher = await JetStreamPublisher.connect(nats.url, 'odin.>');
      const client = await new TestClient(port).subscribed('a');
      const sequences = [];
      for (let index = 0; index < 29; index += 1) sequences.push(await publisher.publish('a', '1', 1));
      sequences.push(await publisher.publish('a', '"the last before it is killed"', 1));
      while (!nats.hasStored('the last before it is killed')) await new Promise((resolve) => setImmediate(resolve));
      await nats.kill();
      const status = async () => (await fetch(`http://127.0.0.1:${port}/health`)).status;
      while ((await status()) !== 503);
      await nats.run();
      await publisher.close().catch(() => undefined);
      publisher = await JetStreamPublisher.connect(nats.url, 'odin.>');
      for (let index = 0; index < 10; index += 1) sequences.push(await publisher.publish('a', '2', 1));
      await client.receivedAll(sequences);
      while ((await status()) !== 200);
      const messages = client.frames.filter(({ type }) => type === 'message');
      expect(messages).toHaveLength(40);
      expect((await supervisor.sample()).stream.expiredUnacknowledged).toBe(0);
      await publisher.close();
    } finally {
      await stopServers();
      await nats.stop();
    }
  }, 30_000);
});

describe.skipIf(!installed)('a nats-server with users', () => {
  const secured = (authorization: string) => NatsProcess.start({ configuration: `authorization { ${authorization} }` });

  it.each([
    ['user and password', 'user: alice, password: "p@ss"', 'alice:p%40ss@'],
    ['a token', 'token: t0ken', 't0ken@'],
  ])(
    'lets a server in with %s in NATS_URL; else its own cause is told and no secret',
    async (_how, authorization, as) => {
      const nats = await secured(authorization);
      try {
        const url = (credentials: string): string => nats.url.replace('//', `//${credentials}`);
        // A second address and a comma too many do no harm.
        const { supervisor } = await startServer({ NATS_URL: `${url(as)}, ${url(as)}, ` });
        expect((await supervisor.sample()).busConnected).toBe(true);
        const refusal = await startServer({ NATS_URL: url('bob:hunter2@') }).then(String, String);
        expect(refusal).toContain('refuses these credentials');
        expect(refusal).not.toMatch(/hunter2|bob/);
        await stopServers();
      } finally {
        await stopServers();
        await nats.stop();
      }
    },
  );

  it('does not speak in the clear to a server without TLS where tls:// is asked for', async () => {
    const nats = await NatsProcess.start();
    try {
      await expect(startServer({ NATS_URL: nats.url.replace('nats:', 'tls:') })).rejects.toThrow(/no TLS connection/);
    } finally {
      await nats.stop();
    }
  });
});
