import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { LossReason, NakReason, RefusalReason, settingsTable } from '#core';
import { JetStreamPublisher } from './bus/jetstream/publisher.ts';
import { NatsProcess, natsIsInstalled } from './bus/nats-process.ts';
import { startEmbedded, startServer, stopServers, TestClient } from './testing/server-under-test.ts';

/** Each variable of the source document (R8 to R29) changes what the server does, not only what it parses. */

const children: ChildProcess[] = [];
afterEach(async () => {
  await stopServers();
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
});

/** The server as its users start it. `said` resolves once its log matches. */
function serve(values: Record<string, string>) {
  const child = spawn(process.execPath, ['server/main.ts'], {
    cwd: new URL('../', import.meta.url).pathname,
    env: { PATH: process.env['PATH'], WS_ADDR: '127.0.0.1:0', ...values },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.push(child);
  let text = '';
  const said = async (pattern: RegExp): Promise<string> => {
    while (!pattern.test(text)) {
      const [chunk] = await once(child.stderr, 'data');
      text += String(chunk);
    }
    return text;
  };
  return { child, said };
}

async function refusalOf(port: number): Promise<string | undefined> {
  const client = new TestClient(port);
  const outcome = await Promise.race([
    once(client.socket, 'open').then(() => undefined),
    once(client.socket, 'unexpected-response').then(async ([, response]) => {
      let body = '';
      for await (const chunk of response) body += String(chunk);
      return JSON.parse(body).reason as string;
    }),
  ]);
  client.socket.terminate();
  return outcome;
}

describe('a setting of the source document', () => {
  it('ENVIRONMENT, LOG_LEVEL and LOG_FORMAT: name, threshold and form of the log', async () => {
    const json = await serve({ ENVIRONMENT: 'staging' }).said(/listening/);
    const [line] = json.split('\n').filter((one) => one.includes('"event":"listening"'));
    expect(JSON.parse(line)).toMatchObject({ level: 'info', environment: 'staging', event: 'listening' });
    expect(await serve({ LOG_FORMAT: 'pretty' }).said(/listening/)).toMatch(/^\[.*\] (INFO|WARN).*/);
    const { port } = await startEmbedded();
    const quiet = serve({ LOG_LEVEL: 'error', WS_ADDR: `127.0.0.1:${port}`, JS_CONSUMER_ACK_WAIT: '1h' });
    const said = await quiet.said(/\n/);
    expect(said).toMatch(/^WS_ADDR/);
  });

  it('WS_ADDR: the address it listens on, and an error that names it when that cannot be had', async () => {
    const { port } = await startEmbedded({ WS_ADDR: '127.0.0.1:0' });
    await new TestClient(port).subscribed('a');
    await expect(startEmbedded({ WS_ADDR: `127.0.0.1:${port}` })).rejects.toThrow(`WS_ADDR=127.0.0.1:${port}`);
  });

  it('WS_CPU_LIMIT, WS_CPU_REJECT_THRESHOLD and WS_CPU_PAUSE_THRESHOLD: refuse, then pause, above shares of the limit', async () => {
    // Any use at all is above these thresholds.
    const strict = { WS_CPU_LIMIT: '0.01', WS_CPU_HYSTERESIS: '0.5' };
    const rejecting = await startEmbedded({ ...strict, WS_CPU_REJECT_THRESHOLD: '1', WS_CPU_PAUSE_THRESHOLD: '100' });
    while ((await refusalOf(rejecting.port)) !== 'cpu');
    const pausing = await startEmbedded({ ...strict, WS_CPU_REJECT_THRESHOLD: '1', WS_CPU_PAUSE_THRESHOLD: '1' });
    while (!(await pausing.supervisor.sample()).intake.paused);
    const taken = (await pausing.supervisor.sample()).intake.busMessages;
    pausing.bus.publish('a', '1', 1);
    expect((await pausing.supervisor.sample()).intake.busMessages).toBe(taken);
    // With the whole machine as the limit nothing of the kind happens.
    const generous = await startEmbedded({ WS_CPU_LIMIT: '1000' });
    expect(await refusalOf(generous.port)).toBeUndefined();
  }, 15_000);

  it('WS_MEMORY_LIMIT: refuses clients at the limit', async () => {
    const { port } = await startEmbedded({ WS_MEMORY_LIMIT: '50000000' });
    while ((await refusalOf(port)) !== 'memory');
  });

  it('WS_MAX_CONNECTIONS: the next one is refused', async () => {
    const { port } = await startEmbedded({ WS_MAX_CONNECTIONS: '2' });
    await new TestClient(port).subscribed('a');
    await new TestClient(port).subscribed('a');
    expect(await refusalOf(port)).toBe('connections');
  });

  it('WS_MAX_GOROUTINES: refuses when two tasks more would exceed it (R53, R56)', async () => {
    // 13 fixed tasks, 4 workers, 2 for each connection.
    const { port, supervisor } = await startEmbedded({ WS_MAX_GOROUTINES: '19', WS_WORKER_POOL_SIZE: '4' });
    await new TestClient(port).subscribed('a');
    expect(await refusalOf(port)).toBe('tasks');
    expect((await supervisor.sample()).shards[0].refusedByReason[RefusalReason.tasks]).toBe(1);
  });

  it('WS_WORKER_POOL_SIZE: jobs that one turn runs, so a smaller pool spreads a broadcast over more turns', async () => {
    const turnsWith = async (workers: string): Promise<number> => {
      const { bus, port, supervisor } = await startEmbedded({ WS_WORKER_POOL_SIZE: workers, WS_JOB_SLICE: '1' });
      const clients = await Promise.all(Array.from({ length: 30 }, () => new TestClient(port).subscribed('a')));
      const before = (await supervisor.sample()).shards[0].turns;
      bus.publish('a', '1', 1);
      await Promise.all(clients.map((client) => client.received('message')));
      return (await supervisor.sample()).shards[0].turns - before;
    };
    expect(await turnsWith('1')).toBeGreaterThanOrEqual(30);
    expect(await turnsWith('512')).toBeLessThan(10);
  });

  it('WS_WORKER_QUEUE_SIZE: broadcasts beyond it wait in the inbox, and beyond that at the bus', async () => {
    const { bus, port, supervisor } = await startEmbedded({
      WS_WORKER_QUEUE_SIZE: '1',
      WS_SHARD_INBOX: '2',
      WS_WORKER_POOL_SIZE: '1',
    });
    const client = await new TestClient(port).subscribed('a');
    for (let count = 0; count < 50; count += 1) bus.publish('a', '1', 1);
    // One pull takes what the inbox has room for.
    expect(bus.counters.pendingMessages).toBe(48);
    await client.received('message', 50);
    expect((await supervisor.sample()).intake).toMatchObject({ busMessages: 50, acknowledged: 50 });
  });

  it.each([
    ['WS_MAX_NATS_RATE', NakReason.ingestRate],
    ['WS_MAX_BROADCAST_RATE', NakReason.broadcastRate],
  ])('%s: with JS_RATE_EXCEEDED=nak hands back what is above the rate', async (variable, reason) => {
    const { bus, port, supervisor } = await startEmbedded({
      WS_MAX_NATS_RATE: '1000',
      WS_MAX_BROADCAST_RATE: '1000',
      [variable]: '20',
      WS_RATE_BURST: '0.1',
      JS_RATE_EXCEEDED: 'nak',
      JS_NAK_DELAY: '20ms',
    });
    const client = await new TestClient(port).subscribed('a');
    for (let count = 0; count < 8; count += 1) bus.publish('a', '1', 1);
    await client.received('message', 8);
    const { nakedByReason } = (await supervisor.sample()).intake;
    expect(nakedByReason[reason]).toBeGreaterThan(0);
    expect(nakedByReason.reduce((sum, count) => sum + count, 0)).toBe(nakedByReason[reason]);
  });

  it.each(['WS_MAX_NATS_RATE', 'WS_MAX_BROADCAST_RATE'])(
    '%s: what is above the rate waits in the stream and comes in order; what expires there is told',
    async (variable) => {
      const { bus, port, supervisor } = await startEmbedded({
        [variable]: '50',
        WS_RATE_BURST: '0.1',
        JS_STREAM_MAX_AGE: '300ms',
      });
      const client = await new TestClient(port).subscribed('a');
      for (let count = 0; count < 60; count += 1) bus.publish('a', '1', 1);
      await client.received('gap');
      const { intake, lostByReason } = await supervisor.sample();
      expect(intake.nakedByReason.every((count) => count === 0)).toBe(true);
      const { sequences } = client;
      expect(sequences).toEqual(sequences.map((_sequence, index) => index + 1));
      const [{ missed, fromSeq, toSeq, scope }] = await client.received('gap');
      expect([scope, missed, fromSeq, toSeq]).toEqual(['stream', 60 - sequences.length, sequences.length + 1, 60]);
      expect(lostByReason[LossReason.discarded]).toBe(missed);
      // Nobody recovers over it, and everybody from behind it.
      client.send({ type: 'subscribe', channels: ['a'], since: { a: sequences.length } });
      client.send({ type: 'subscribe', channels: ['a'], since: { a: 60 } });
      const answers = (await client.received('subscribed', 3)).slice(1);
      expect(answers.map(({ recovered }) => recovered)).toEqual([{ a: false }, { a: true }]);
    },
  );

  it('METRICS_INTERVAL: period of the metrics in the log (R87)', async () => {
    const text = await serve({ METRICS_INTERVAL: '100ms' }).said(/("event":"metrics"[^]*){3}/);
    const times = text
      .split('\n')
      .filter((line) => line.includes('"event":"metrics"'))
      .map((line) => Date.parse(JSON.parse(line).time));
    expect(times[2] - times[0]).toBeGreaterThanOrEqual(150);
    const [line] = text.split('\n').filter((one) => one.includes('"event":"metrics"'));
    expect(Object.keys(JSON.parse(line))).toEqual(
      expect.arrayContaining(['cpuCores', 'rssBytes', 'tasks', 'connections', 'networkBitsPerSecond', 'busConnected']),
    );
  });

  it('JS_STREAM_MAX_AGE, JS_STREAM_MAX_MSGS and JS_STREAM_MAX_BYTES: whichever binds first discards the oldest (R33)', async () => {
    // Consumption is paused for good, so that nothing but retention takes messages away.
    const paused = {
      WS_CPU_LIMIT: '0.01',
      WS_CPU_HYSTERESIS: '0.5',
      WS_CPU_REJECT_THRESHOLD: '1',
      WS_CPU_PAUSE_THRESHOLD: '1',
    };
    const storedOf = async (values: Record<string, string>): Promise<number> => {
      const { bus, supervisor } = await startEmbedded({ ...paused, ...values });
      while (!(await supervisor.sample()).intake.paused);
      for (let count = 0; count < 20; count += 1) bus.publish('a', '"0123456789"', 1);
      return bus.counters.storedMessages;
    };
    expect(await storedOf({})).toBe(20);
    expect(await storedOf({ JS_STREAM_MAX_MSGS: '5' })).toBe(5);
    expect(await storedOf({ JS_STREAM_MAX_BYTES: '36' })).toBe(3);
    expect(await storedOf({ JS_STREAM_MAX_AGE: '1ns' })).toBeLessThan(20);
  }, 20_000);

  it.skipIf(!natsIsInstalled())(
    'NATS_URL, JS_STREAM_NAME, JS_CONSUMER_NAME and JS_CONSUMER_ACK_WAIT: where messages come from',
    async () => {
      const nats = await NatsProcess.start();
      try {
        const { port } = await startServer({
          NATS_URL: nats.url,
          JS_STREAM_NAME: 'PRICES',
          JS_CONSUMER_NAME: 'fan',
          JS_CONSUMER_ACK_WAIT: '7s',
        });
        const publisher = await JetStreamPublisher.connect(nats.url, 'odin.>');
        const client = await new TestClient(port).subscribed('token.BTC');
        await publisher.publish('token.BTC', '1', 1);
        await client.received('message');
        expect((await publisher.inspect('PRICES', 'fan')).consumer.ack_wait).toBe(7e9);
        await publisher.close();
        await expect(startServer({ NATS_URL: 'nats://127.0.0.1:1' })).rejects.toThrow(
          'NATS_URL=nats://127.0.0.1:1: no NATS server answers there',
        );
      } finally {
        await stopServers();
        await nats.stop();
      }
    },
    20_000,
  );

  it('is covered by a test here, every one of them', () => {
    const source = readFileSync(new URL(import.meta.url), 'utf8');
    const titles = [...source.matchAll(/(?:it\(|it\.each\(|\n {4}\[?)'([^']*)'/g)].map(([, title]) => title).join(' ');
    const variables = settingsTable
      .filter(({ requirement }) => requirement !== undefined)
      .map(({ variable }) => variable);
    expect(variables).toHaveLength(22);
    expect(variables.filter((variable) => !titles.includes(variable))).toEqual([]);
  });
});
