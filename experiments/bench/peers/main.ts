import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { median } from 'simple-statistics';
import type { ClientCount, ClientOrder } from './client.ts';
import { type Contender, contenders, cpuMicrosecondsOf, type Load, startContender } from './contenders.ts';

/** CPU of the server per delivered message, ours beside others, in one run. See README.md. */

interface Measurement {
  readonly point: string;
  readonly server: Contender;
  readonly microsecondsPerMessage: number;
  readonly messagesPerSecond: number;
  readonly receivedShare: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly serverCores: number;
}

const warmUpMs = 4_000;
const connectTimeoutMs = 30_000;
const installHint = 'npm ci --prefix experiments/bench/peers';

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

const { values } = parseArgs({
  options: {
    points: { type: 'string', default: '2000x25,2000x100,12000x10' },
    servers: { type: 'string', default: contenders.join(',') },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    bytes: { type: 'string', default: '500' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const servers = values.servers.split(',').map((name) => {
  const found = contenders.find((one) => one === name);
  return found ?? fail(`--servers: ${name} is not known (accepted: ${contenders.join(', ')})`);
});
const points = values.points.split(',').map((text): Load => {
  const match = /^(\d+)x(\d+)$/.exec(text);
  if (match === null) fail(`--points: ${text} cannot be read (accepted: CONNECTIONSxRATE, as in 2000x25)`);
  return { connections: Number(match[1]), ratePerSecond: Number(match[2]), messageBytes: Number(values.bytes) };
});
if (!(seconds > 0) || !(rounds >= 1)) fail('--seconds and --rounds: accepted are numbers above 0');
if (!existsSync(new URL('./node_modules', import.meta.url))) fail(`the peers are not installed: ${installHint}`);

async function countOf(client: ChildProcess): Promise<ClientCount> {
  return new Promise((resolve) => {
    client.once('message', (count: ClientCount) => resolve(count));
    client.send('count');
  });
}

async function measure(server: Contender, load: Load): Promise<Measurement> {
  const running = await startContender(server, load);
  const client = fork(new URL('./client.ts', import.meta.url), { execArgv: [] });
  try {
    const order: ClientOrder = { server, port: running.port, ...load };
    client.send(order);
    const deadlineMs = performance.now() + connectTimeoutMs;
    while ((await countOf(client)).open < load.connections && performance.now() < deadlineMs) await sleep(200);
    await sleep(warmUpMs);
    const before = await countOf(client);
    const cpuBefore = cpuMicrosecondsOf(running.processId);
    const startMs = performance.now();
    await sleep(seconds * 1_000);
    const cpu = cpuMicrosecondsOf(running.processId) - cpuBefore;
    const after = await countOf(client);
    const elapsed = (performance.now() - startMs) / 1_000;
    const messages = after.messages - before.messages;
    return {
      point: `${load.connections} x ${load.ratePerSecond}`,
      server,
      microsecondsPerMessage: cpu / messages,
      messagesPerSecond: messages / elapsed,
      receivedShare: messages / (load.connections * load.ratePerSecond * elapsed),
      p50Ms: after.p50Ms,
      p99Ms: after.p99Ms,
      serverCores: cpu / 1e6 / elapsed,
    };
  } finally {
    client.kill('SIGKILL');
    await running.stop();
  }
}

const all: Measurement[] = [];
for (const load of points) {
  for (let round = 0; round < rounds; round += 1) {
    // The order changes from round to round, so that a machine that warms up favours nobody.
    const order = servers.map((_server, index) => servers[(index + round) % servers.length]);
    for (const server of order) {
      process.stderr.write(`${load.connections} x ${load.ratePerSecond}, round ${round + 1}: ${server}\n`);
      all.push(await measure(server, load));
    }
  }
}

const rows = points.flatMap((load) =>
  servers.map((server) => {
    const point = `${load.connections} x ${load.ratePerSecond}`;
    const mine = all.filter((one) => one.point === point && one.server === server);
    const of = (pick: (one: Measurement) => number): number => median(mine.map(pick));
    const costs = mine.map((one) => one.microsecondsPerMessage);
    const plain = all.filter((one) => one.point === point && one.server === 'plain');
    const bun = all.filter((one) => one.point === point && one.server === 'bun');
    const against = (others: readonly Measurement[]): number | null =>
      others.length === 0 ? null : median(others.map((one) => one.microsecondsPerMessage)) / median(costs);
    return {
      point,
      server,
      microsecondsPerMessage: median(costs),
      least: Math.min(...costs),
      most: Math.max(...costs),
      p50Ms: of((one) => one.p50Ms),
      p99Ms: of((one) => one.p99Ms),
      receivedShare: of((one) => one.receivedShare),
      serverCores: of((one) => one.serverCores),
      timesFewerThanPlain: against(plain),
      timesFewerThanBun: against(bun),
    };
  }),
);

if (values.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
else {
  const cell = (text: string, width: number): string => text.padStart(width);
  process.stdout.write(
    `${'load'.padEnd(13)}${'server'.padEnd(13)}${cell('us/message', 12)}${cell('least-most', 15)}${cell('p50 ms', 9)}${cell('p99 ms', 9)}${cell('received', 10)}${cell('cores', 7)}${cell('x plain', 9)}${cell('x Bun', 7)}\n`,
  );
  for (const row of rows) {
    const ratio = (value: number | null): string => (value === null ? '-' : value.toFixed(2));
    process.stdout.write(
      `${row.point.padEnd(13)}${row.server.padEnd(13)}${cell(row.microsecondsPerMessage.toFixed(2), 12)}${cell(`${row.least.toFixed(2)}-${row.most.toFixed(2)}`, 15)}${cell(row.p50Ms.toFixed(1), 9)}${cell(row.p99Ms.toFixed(1), 9)}${cell(`${(row.receivedShare * 100).toFixed(1)} %`, 10)}${cell(row.serverCores.toFixed(2), 7)}${cell(ratio(row.timesFewerThanPlain), 9)}${cell(ratio(row.timesFewerThanBun), 7)}\n`,
    );
  }
}
process.exit(0);
