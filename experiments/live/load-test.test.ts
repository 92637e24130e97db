import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { encodeMessage, encodePong, encodeSubscribed } from '#core';
import { parse } from '../cli/command.ts';
import { load } from '../cli/commands/load.ts';
import { runLoadTest } from './load-test.ts';
import { clientProcessesFor } from './load-driver.ts';
import type { LoadTest } from './load-test-report.ts';

const main = new URL('../cli/main.ts', import.meta.url).pathname;
const servers: { close(): void; clients?: Set<{ terminate(): void }> }[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    for (const client of server.clients ?? []) client.terminate();
    server.close();
  }
});

interface Behaviour {
  /** How far the server's clock, and the publisher's, are ahead of ours. */
  readonly serverAheadMs?: number;
  readonly publisherAheadMs?: number;
  /** Sequence of message n, from 0, to client number `client`; null: it does not get it. */
  readonly sequenceOf?: (message: number, client: number) => number | null;
  readonly everyMs?: number | null;
}

/** A server that publishes by itself, with clocks as it is told. */
async function serve({
  serverAheadMs = 0,
  publisherAheadMs = 0,
  sequenceOf = (n) => n + 1,
  everyMs = 20,
}: Behaviour): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  servers.push(server);
  const nowMs = (): number => performance.timeOrigin + performance.now();
  const subscribed: { send(text: string): void }[] = [];
  let published = 0;
  server.on('connection', (client) => {
    client.on('message', (data) => {
      const request = JSON.parse(String(data));
      if (request.type === 'ping') return client.send(encodePong(nowMs() + serverAheadMs));
      client.send(encodeSubscribed(request.channels, published));
      subscribed.push(client);
    });
  });
  if (everyMs !== null) {
    const timer = setInterval(() => {
      for (const [number, client] of subscribed.entries()) {
        const sequence = sequenceOf(published, number);
        if (sequence !== null) client.send(encodeMessage('token.0', sequence, nowMs() + publisherAheadMs, '1'));
      }
      published += 1;
    }, everyMs);
    server.once('close', () => clearInterval(timer));
  }
  if (server.address() === null) await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function run(port: number, changes: Partial<LoadTest> = {}, interruptAt: RegExp | null = null) {
  const controller = new AbortController();
  const said: string[] = [];
  const report = await runLoadTest(
    {
      url: new URL(`ws://127.0.0.1:${port}/`),
      connections: 4,
      rampConnectionsPerSecond: 1_000,
      durationSeconds: 0.7,
      channels: ['token.0'],
      subscriptionsPerClient: 1,
      ownsStream: false,
      processes: null,
      certificates: '',
      clock: 'server',
      expectsMessages: true,
      objectives: { successPercent: 99, p99Ms: 300 },
      ...changes,
    },
    {
      onProgress: (line) => {
        said.push(line);
        if (interruptAt?.test(line) === true) controller.abort('SIGINT');
      },
      interrupt: controller.signal,
    },
  );
  const met = Object.fromEntries(report.objectives.map((one) => [one.name, one.met]));
  return { report, met, said: said.join('\n') };
}

describe('a load test', () => {
  it('judges the sequences of its own channels, not those of the stream’s others', async () => {
    const { report, met } = await run(await serve({ sequenceOf: (n) => n * 7 + 1 }));
    expect(report).toMatchObject({ ended: 'complete', comparedClients: 4, duplicates: 0 });
    // One message may be on its way to each client when the run ends; holes in the sequence would be hundreds.
    expect(report.missingMessages).toBeLessThanOrEqual(4);
    expect(met).toEqual({ success: true, messages: true, p99: true });
  });

  it('counts what one client did not get and the others did', async () => {
    const port = await serve({ sequenceOf: (n, client) => (client === 2 && n % 10 === 0 ? null : n + 1) });
    const { report } = await run(port);
    expect(report.missingMessages).toBeGreaterThan(0);
    expect(report.missingMessages).toBeLessThan(8);
  });

  it('has no latency without a message, and fails for it', async () => {
    const { report, met, said } = await run(await serve({ everyMs: null }), { durationSeconds: 3 });
    expect(report.latencyMs).toEqual({ count: 0, min: null, p50: null, p90: null, p99: null, max: null });
    expect(met).toEqual({ success: true, messages: false, p99: false });
    expect(said).toContain('no message received on token.0');
    expect(said).toContain('fanout -- publish');
  });

  it('reports a publisher whose clock is ahead as skew, and passes no latency objective', async () => {
    const { report, met } = await run(await serve({ publisherAheadMs: 500 }));
    expect(report.clock.negativeLatencies).toBeGreaterThan(30);
    expect(report.clock.publisherAheadMinMs).toBeGreaterThan(400);
    expect(report.latencyMs.p99).toBeNull();
    expect(met['p99']).toBe(false);
    expect(report.warnings.join()).toContain('clock skew');
  });

  it('finds by round trips that the server’s clock is ahead or behind, and corrects for it', async () => {
    for (const aheadMs of [700, -700]) {
      const { report, met } = await run(await serve({ serverAheadMs: aheadMs, publisherAheadMs: aheadMs }));
      expect(report.clock.serverAheadMs).toBeGreaterThan(aheadMs - 50);
      expect(report.clock.serverAheadMs).toBeLessThan(aheadMs + 50);
      expect(report.clock).toMatchObject({ corrected: true });
      expect(report.latencyMs.p50).toBeLessThan(100);
      expect(met['p99']).toBe(true);
    }
  });

  it('says of a publisher whose clock is behind that nothing was quick', async () => {
    const { report } = await run(await serve({ publisherAheadMs: -800 }));
    expect(report.warnings.join()).toContain('the publisher');
  });

  it('ends early, and says why, when nothing listens', async () => {
    const vacant = createServer();
    vacant.listen(0, '127.0.0.1');
    await once(vacant, 'listening');
    const { port } = vacant.address() as AddressInfo;
    vacant.close();
    const { report } = await run(port, { durationSeconds: 60 });
    expect(report).toMatchObject({ ended: 'unreachable', endReason: expect.stringContaining('ECONNREFUSED') });
    expect(report.objectives.every(({ met }) => !met)).toBe(true);
  });

  it('reports what it has measured when it is interrupted', async () => {
    const { report } = await run(await serve({}), { durationSeconds: 60 }, /4 open, [1-9]/);
    expect(report).toMatchObject({ ended: 'interrupted', endReason: 'interrupted by SIGINT' });
    expect(report.messages).toBeGreaterThan(50);
    expect(report.measuredSeconds).toBeLessThan(10);
  });
});

describe('the load command', () => {
  it('keeps its measurement on Ctrl-C and ends with 130', async () => {
    const port = await serve({});
    const out = join(mkdtempSync(join(tmpdir(), 'fanout-load-')), 'sub', 'load.json');
    const args = [
      'load',
      '--url',
      `ws://127.0.0.1:${port}/?token=secret`,
      '--connections',
      '5',
      '--duration',
      '60s',
      '--out',
      out,
    ];
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    let printed = '';
    child.stdout.on('data', (chunk) => {
      printed += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      said += String(chunk);
      if (!child.killed && /5 open, \d+ messages/.test(said)) child.kill('SIGINT');
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(130);
    expect(printed).toContain('ENDED EARLY   interrupted by SIGINT');
    expect(JSON.parse(readFileSync(out, 'utf8')).messages).toBeGreaterThan(10);
    expect(said + printed + readFileSync(out, 'utf8')).not.toContain('secret');
  });

  it.each([
    ['--connections', '1.5'],
    ['--connections', '1e9'],
    ['--processes', '0'],
    ['--objective-success', '101'],
    ['--duration', '5 parsecs'],
    ['--url', 'http://127.0.0.1'],
    ['--url', 'ws://example.org'],
    ['--out', tmpdir()],
    ['--subscriptions', '2'],
    ['--channels', 'a b'],
    ['--ca', 'nowhere.pem'],
  ])('refuses %s %s before anything starts', async (option, value) => {
    // The command's own parsing and checks; what it would start comes after them.
    await expect(async () => load.run(parse(load, [option, value]))).rejects.toThrow(
      new RegExp(`^load: ${option}: .*\n  given: .*\n  accepted: `),
    );
  });
});

describe('clientProcessesFor', () => {
  it('spreads clients over more processes where descriptors are few', () => {
    expect([
      clientProcessesFor(12_000, 20_000),
      clientProcessesFor(30_000, Infinity),
      clientProcessesFor(100, 65),
    ]).toEqual([1, 2, 4]);
  });
});
