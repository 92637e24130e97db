import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { encodeGap, encodeMessage, encodeSubscribed } from '#core';
import { type LoadConfig, LoadDriver } from './load-driver.ts';
import type { LoadSample } from './load-protocol.ts';

const opened: { drivers: LoadDriver[]; servers: (WebSocketServer | Server)[] } = { drivers: [], servers: [] };

afterEach(async () => {
  await Promise.all(opened.drivers.splice(0).map((driver) => driver.close()));
  for (const server of opened.servers.splice(0)) {
    if (server instanceof WebSocketServer) for (const client of server.clients) client.terminate();
    server.close();
  }
});

/** A server that answers each subscribe request, and publishes when told to. */
class TestServer {
  readonly server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  readonly subscribed: string[][] = [];

  constructor() {
    opened.servers.push(this.server);
    this.server.on('connection', (client) => {
      client.on('message', (data) => {
        const request = JSON.parse(String(data));
        this.subscribed.push(request.channels);
        client.send(encodeSubscribed(request.channels, 0));
      });
    });
  }

  async port(): Promise<number> {
    if (this.server.address() === null) await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  send(text: string): void {
    for (const client of this.server.clients) client.send(text);
  }

  publish(firstSequence: number, count: number): number {
    let bytes = 0;
    for (let sequence = firstSequence; sequence < firstSequence + count; sequence += 1) {
      const text = encodeMessage('token.0', sequence, performance.timeOrigin + performance.now(), '{"price":"1.25"}');
      bytes += text.length;
      this.send(text);
    }
    return bytes;
  }

  get clients(): WebSocket[] {
    return [...this.server.clients];
  }
}

const createDriver = (onProcessDied?: (error: Error) => void): LoadDriver => {
  const driver = new LoadDriver({ onProcessDied });
  opened.drivers.push(driver);
  return driver;
};

const configFor = (port: number, changes: Partial<LoadConfig> = {}): LoadConfig => ({
  host: '127.0.0.1',
  port,
  connections: 50,
  rampConnectionsPerSecond: 2_000,
  subscriptionsPerClient: 1,
  channels: 1,
  ownsStream: true,
  ...changes,
});

async function sampleUntil(driver: LoadDriver, met: (sample: LoadSample) => boolean): Promise<LoadSample> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const sample = await driver.sample();
    if (met(sample)) return sample;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`not met within 2 s: ${JSON.stringify((await driver.sample()).counters)}`);
}

describe('LoadDriver', () => {
  it('counts exactly what 50 clients in two processes receive of 200 messages', async () => {
    const server = new TestServer();
    const driver = createDriver();
    const started = await driver.start(configFor(await server.port(), { processes: 2 }));
    expect(started.counters).toMatchObject({ attempted: 50, connected: 50, subscribed: 50, open: 50, messages: 0 });

    const bytes = server.publish(1, 200);
    const sample = await sampleUntil(driver, ({ counters }) => counters.messages >= 10_000);
    expect(sample.counters).toMatchObject({
      messages: 10_000,
      payloadBytes: bytes * 50,
      subscribedFrames: 50,
      unreadableMessages: 0,
      duplicates: 0,
      regressions: 0,
      missing: 0,
      failedByCode: {},
      closedByCode: {},
    });
    expect(sample.latency.histogram.count).toBe(10_000);
    expect(sample.counters.reads).toBeGreaterThan(0);
    expect(sample.counters.cpuUserMicroseconds).toBeGreaterThan(0);

    expect((await driver.resetWindow()).latency.histogram.count).toBe(10_000);
    server.send(encodeGap(3, 201, 203));
    server.publish(204, 1);
    server.publish(204, 1);
    const next = await sampleUntil(driver, ({ counters }) => counters.messages >= 10_100);
    expect(next.latency.histogram.count).toBe(100);
    expect(next.counters).toMatchObject({ gapFrames: 50, gapMissed: 150, missing: 150, duplicates: 50 });

    const final = await driver.close();
    expect(final?.counters).toMatchObject({ messages: 10_100, open: 0, subscribed: 50, closedByCode: {} });
  });

  it('subscribes client i to channels i, i+1, ... over all processes, and answers pings', async () => {
    const server = new TestServer();
    const driver = createDriver();
    const config = configFor(await server.port(), {
      connections: 6,
      processes: 2,
      subscriptionsPerClient: 2,
      channels: 3,
    });
    const { counters } = await driver.start(config);
    // Of the three clients of a process no two have the same subscriptions.
    expect(counters).toMatchObject({ missing: 0, judgedClients: 0 });
    const pairs = ['token.0,token.1', 'token.1,token.2', 'token.2,token.0'];
    expect(server.subscribed.map(String).sort()).toEqual([...pairs, ...pairs].sort());

    const pongs = server.clients.map((client) => once(client, 'pong'));
    for (const client of server.clients) client.ping('still there');
    expect((await Promise.all(pongs)).map(([data]) => String(data))).toEqual(Array(6).fill('still there'));
  });

  it('stalls a share of the clients, and resumes those that are not stalled for good', async () => {
    const server = new TestServer();
    const driver = createDriver();
    const config = configFor(await server.port(), { connections: 20, stalledShare: 0.25 });
    expect((await driver.start(config)).counters.stalled).toBe(5);
    expect((await driver.stall(0.4)).counters.stalled).toBe(5 + 6);
    server.publish(1, 10);
    const during = await sampleUntil(driver, ({ counters }) => counters.messages >= 90);
    expect(during.counters.messages).toBe(90);
    expect((await driver.resume()).counters.stalled).toBe(5);
    const after = await sampleUntil(driver, ({ counters }) => counters.messages >= 150);
    expect(after.counters).toMatchObject({ messages: 150, missing: 0 });
  });

  it('counts connections that the server ended, by close code', async () => {
    const server = new TestServer();
    const driver = createDriver();
    await driver.start(configFor(await server.port(), { connections: 3 }));
    const [first, second] = server.clients;
    first.close(1008, 'slow');
    second.terminate();
    const sample = await sampleUntil(driver, ({ counters }) => counters.open === 1);
    expect(sample.counters).toMatchObject({ closedByCode: { 1006: 1, 1008: 1 }, closeFrames: 1, subscribed: 3 });
  });

  it('counts refusals by HTTP status, dead ports and silence by code, and is ready all the same', async () => {
    const refusing = createServer((_request, response) => response.writeHead(503).end('busy'));
    refusing.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n'));
    const silent = createServer().on('upgrade', () => undefined);
    opened.servers.push(refusing, silent);
    await Promise.all([refusing, silent].map((server) => once(server.listen(0, '127.0.0.1'), 'listening')));
    const portOf = (server: Server): number => (server.address() as AddressInfo).port;

    const refused = createDriver().start(configFor(portOf(refusing), { connections: 4 }));
    const unanswered = createDriver().start(configFor(portOf(silent), { connections: 2, settleTimeoutMs: 100 }));
    const unreachable = createDriver().start(configFor(1, { connections: 2 }));
    expect((await refused).counters).toMatchObject({ attempted: 4, connected: 0, refusedByStatus: { 503: 4 } });
    expect((await unanswered).counters).toMatchObject({ subscribed: 0, failedByCode: { timeout: 2 } });
    expect((await unreachable).counters).toMatchObject({ subscribed: 0, failedByCode: { ECONNREFUSED: 2 } });
  });

  it('tells when a client process dies, rejects what is asked of it, and keeps its last counters', async () => {
    const server = new TestServer();
    const died = Promise.withResolvers<Error>();
    const driver = createDriver(died.resolve);
    await driver.start(configFor(await server.port(), { connections: 4 }));
    process.kill(driver.processIds[0], 'SIGKILL');
    expect((await died.promise).message).toMatch(/^load client 1 of 1 \(process \d+\) was ended by SIGKILL/);
    await expect(driver.sample()).rejects.toThrow('was ended by SIGKILL');
    expect((await driver.close())?.counters.subscribed).toBe(4);
  });

  it.each([
    ['connections', { connections: 0 }, 'connections: given 0, accepted is a whole number from 1'],
    ['subscriptionsPerClient', { subscriptionsPerClient: 2 }, 'subscriptionsPerClient: given 2, accepted is 1 to 1'],
    ['rampConnectionsPerSecond', { rampConnectionsPerSecond: 0 }, 'rampConnectionsPerSecond: given 0'],
    ['stalledShare', { stalledShare: 1.5 }, 'stalledShare: given 1.5, accepted is a share, 0 to 1'],
    ['processes', { processes: 51 }, 'processes: given 51, accepted is a whole number, 1 to 50'],
  ])('refuses a config whose %s cannot be meant', async (_field, changes, message) => {
    await expect(createDriver().start(configFor(1, changes))).rejects.toThrow(message);
  });

  it('refuses to sample before start', async () => {
    await expect(createDriver().sample()).rejects.toThrow('sample before start');
  });
});
