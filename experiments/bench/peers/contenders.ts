import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { encodeMessage } from '../../../core/index.ts';
import { JetStreamPublisher } from '../../../server/bus/jetstream/publisher.ts';
import { NatsProcess } from '../../../server/bus/nats-process.ts';
import { ServerProcess } from '../../live/server-process.ts';

export const contenders = ['ours', 'plain', 'bun', 'bun-batched', 'socket.io', 'nats'] as const;
export type Contender = (typeof contenders)[number];

/** Both ours and the batching Bun may hold a message back so long. */
export const batchMs = 87;

export interface Load {
  readonly connections: number;
  readonly ratePerSecond: number;
  readonly messageBytes: number;
}

/** A server under load: where its clients connect, what it uses, how to end it. */
export interface RunningContender {
  readonly port: number;
  readonly processId: number;
  stop(): Promise<void>;
}

const folder = new URL('./', import.meta.url).pathname;

export function startContender(contender: Contender, load: Load): Promise<RunningContender> {
  switch (contender) {
    case 'ours':
      return startOurs(load);
    case 'nats':
      return startNats(load);
    case 'plain':
      return startScript(process.execPath, 'plain-ws', load, {});
    case 'socket.io':
      return startScript(process.execPath, 'socket-io', load, {});
    case 'bun':
      return startScript(`${folder}node_modules/bun/bin/bun.exe`, 'bun-publish', load, {});
    default:
      return startScript(`${folder}node_modules/bun/bin/bun.exe`, 'bun-publish', load, { BATCH_MS: String(batchMs) });
  }
}

async function startOurs(load: Load): Promise<RunningContender> {
  const server = await ServerProcess.start({
    WS_FLUSH_INTERVAL: `${batchMs}ms`,
    WS_MAX_CONNECTIONS: load.connections,
    WS_MAX_GOROUTINES: 100_000,
    WS_MAX_NATS_RATE: 10_000,
    WS_MAX_BROADCAST_RATE: 10_000,
    WS_CPU_LIMIT: 2,
    WS_CPU_REJECT_THRESHOLD: 100,
    WS_CPU_PAUSE_THRESHOLD: 100,
  });
  const timer = publishAtRate(load, (atMs) => {
    const bare = encodeMessage('token.0', 100_000, atMs, '""').length;
    server.publish('token.0', `"${'x'.repeat(Math.max(0, load.messageBytes - bare))}"`, atMs);
  });
  return {
    port: server.port,
    processId: server.processId ?? 0,
    stop: async () => {
      clearInterval(timer);
      await server.stop();
    },
  };
}

async function startNats(load: Load): Promise<RunningContender> {
  const port = await freePort();
  const nats = await NatsProcess.start({
    configuration: `websocket { listen: "127.0.0.1:${port}", no_tls: true, compression: false }`,
  });
  const publisher = await JetStreamPublisher.connect(nats.url, 'token.>');
  const timer = publishAtRate(load, (atMs) => {
    const head = `{"type":"message","publishedAtMs":${atMs},"data":"`;
    const text = `${head}${'x'.repeat(Math.max(0, load.messageBytes - head.length - 2))}"}`;
    publisher.publishPlain('0', text.slice(0, load.messageBytes));
  });
  return {
    port,
    processId: nats.processId ?? 0,
    stop: async () => {
      clearInterval(timer);
      await publisher.close();
      await nats.stop();
    },
  };
}

async function startScript(
  command: string,
  script: string,
  load: Load,
  environment: Record<string, string>,
): Promise<RunningContender> {
  const child = spawn(command, [`${folder}servers/${script}.mjs`], {
    env: {
      PATH: process.env['PATH'],
      RATE: String(load.ratePerSecond),
      BYTES: String(load.messageBytes),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await listeningPort(child, script);
  return {
    port,
    processId: child.pid ?? 0,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}

function listeningPort(child: ChildProcess, script: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${script} ended with code ${code} before it listened`)));
    child.stdout?.once('data', (chunk) => resolve(Number(/listening (\d+)/.exec(String(chunk))?.[1])));
  });
}

/** On an absolute timetable, so that the mean rate is exact. */
function publishAtRate({ ratePerSecond }: Load, publish: (atMs: number) => void): NodeJS.Timeout {
  let nextMs = performance.now();
  return setInterval(() => {
    for (; nextMs <= performance.now(); nextMs += 1_000 / ratePerSecond) {
      publish(performance.timeOrigin + performance.now());
    }
  }, 1);
}

/** User and system time of a process so far, all threads. */
export function cpuMicrosecondsOf(processId: number): number {
  const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  // Linux counts in hundredths of a second for programs, whatever the kernel's own tick (proc(5), USER_HZ).
  return ticks * 10_000;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
