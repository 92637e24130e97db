import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ServerProcess } from '../live/server-process.ts';

/** Peers that mean no good: what each does once its socket is open. */
const kinds = {
  refused: (socket: Socket) => void socket.write(upgrade('Sec-WebSocket-Key: bad')),
  'half-open': (socket: Socket) => void socket.end(upgrade()),
  'slow-loris': (socket: Socket) => drip(socket),
  'never-reading': (socket: Socket) => {
    socket.write(upgrade());
    socket.write(text('{"type":"subscribe","channels":[">"]}'));
    socket.pause();
  },
  flooding: (socket: Socket) => {
    socket.resume();
    socket.write(upgrade());
    const pings = Buffer.concat(Array.from({ length: 1_000 }, () => text('{"type":"ping"}')));
    const flood = (): void => {
      while (socket.writable && socket.write(pings));
      if (socket.writable) socket.once('drain', flood);
    };
    flood();
  },
} as const;

const upgrade = (key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='): string =>
  `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n${key}\r\n\r\n`;

/** A client's text frame of up to 125 bytes, masked with zeros. */
const text = (payload: string): Buffer =>
  Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), Buffer.alloc(4), Buffer.from(payload)]);

function drip(socket: Socket): void {
  socket.write('GET / HTTP/1.1\r\nx-');
  const timer = setInterval(() => socket.writable && socket.write('x'), 500);
  socket.once('close', () => clearInterval(timer));
}

export interface Footprint {
  readonly descriptors: number;
  readonly connections: number;
  readonly rssMiB: number;
}

const givenBackSecondsMax = 15;
const isBack = (before: Footprint, after: Footprint): boolean =>
  after.descriptors <= before.descriptors && after.connections <= before.connections;

export interface HostileOutcome {
  readonly before: Footprint;
  readonly during: Footprint;
  readonly after: Footprint;
  /** Messages that a client that behaves received meanwhile, of those published. */
  readonly received: number;
  readonly published: number;
}

/**
 * Keeps so many hostile peers of each kind at a server of its own for so long: one that is cut off comes back after a
 * second. Peers never close by themselves until the end; then they go without a word.
 */
export async function besiege(peersOfEachKind: number, seconds: number): Promise<HostileOutcome> {
  const server = await ServerProcess.start({ WS_MAX_CONNECTIONS: 1_000, WS_HANDSHAKE_TIMEOUT: '2s' });
  const footprint = async (): Promise<Footprint> => {
    const { connections, rssBytes } = await server.sample();
    return {
      descriptors: readdirSync(`/proc/${server.processId}/fd`).length,
      connections,
      rssMiB: Math.round(rssBytes / 1_048_576),
    };
  };
  const sockets = new Set<Socket>();
  const untilMs = performance.now() + seconds * 1_000;
  const peer = (begin: (socket: Socket) => void): void => {
    if (performance.now() >= untilMs) return;
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('connect', () => begin(socket));
    socket.once('close', () => {
      sockets.delete(socket);
      setTimeout(() => peer(begin), 1_000).unref();
    });
  };
  const good = connect(server.port, '127.0.0.1');
  let received = 0;
  good.on('data', (chunk) => {
    received += String(chunk).split('"type":"message"').length - 1;
  });
  good.write(upgrade());
  good.write(text('{"type":"subscribe","channels":["a"]}'));
  await once(good, 'data');
  const alive = setInterval(() => good.write(text('{"type":"ping"}')), 5_000);
  await pause(1_000);
  const before = await footprint();
  for (const begin of Object.values(kinds)) for (let count = 0; count < peersOfEachKind; count += 1) peer(begin);
  let published = 0;
  let during = before;
  const payload = JSON.stringify('x'.repeat(5_000));
  while (performance.now() < untilMs) {
    server.publish('a', payload, Date.now());
    published += 1;
    if (published % 20 === 0) during = await footprint();
    await pause(50);
  }
  for (const socket of sockets) socket.destroy();
  let after = await footprint();
  // Deadlines are a few seconds long; what is not given back by then never is.
  for (let waits = 0; waits < givenBackSecondsMax * 4 && !isBack(before, after); waits += 1) {
    await pause(250);
    after = await footprint();
  }
  clearInterval(alive);
  good.destroy();
  await server.stop();
  return { before, during, after, received, published };
}

/** npx tsx experiments/bench/hostile-peers.ts [--peers 100] [--seconds 60]; exit 1 when something was not given back. */
if (process.argv[1]?.endsWith('hostile-peers.ts') === true) {
  const { values } = parseArgs({
    options: { peers: { type: 'string', default: '100' }, seconds: { type: 'string', default: '60' } },
  });
  const outcome = await besiege(Number(values.peers), Number(values.seconds));
  for (const moment of ['before', 'during', 'after'] as const) {
    const { descriptors, connections, rssMiB } = outcome[moment];
    process.stdout.write(
      `${moment.padEnd(6)} ${descriptors} descriptors, ${connections} connections, ${rssMiB} MiB resident\n`,
    );
  }
  process.stdout.write(`a client that behaves received ${outcome.received} of ${outcome.published} messages\n`);
  const { before, after } = outcome;
  process.exit(isBack(before, after) && outcome.received === outcome.published ? 0 : 1);
}
