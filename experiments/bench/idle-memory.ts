import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoadDriver } from '../live/load-driver.ts';
import { ServerProcess } from '../live/server-process.ts';

/**
 * Memory of an idle connection: subscribed, nothing sent. Resident memory of the server's process, and the kernel's slab
 * of both ends, halved, because the clients' sockets are on this machine too.
 *
 *   npx tsx experiments/bench/idle-memory.ts [CONNECTIONS]
 */
const connections = Number(process.argv[2] ?? 12_000);
if (!Number.isInteger(connections) || connections < 1) {
  process.stderr.write(`idle-memory: CONNECTIONS: ${process.argv[2]} (accepted: a whole number from 1)\n`);
  process.exit(2);
}

const slabBytes = (): number => Number(/^Slab:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1_024;

const server = await ServerProcess.start({
  WS_MAX_CONNECTIONS: connections,
  WS_MAX_GOROUTINES: 1_000_000,
  WS_CPU_LIMIT: 2,
  WS_CPU_REJECT_THRESHOLD: 100,
  WS_CPU_PAUSE_THRESHOLD: 100,
});
const load = new LoadDriver();
try {
  await sleep(2_000);
  const rssBefore = (await server.sample()).rssBytes;
  const slabBefore = slabBytes();
  await load.start({
    host: '127.0.0.1',
    port: server.port,
    connections,
    rampConnectionsPerSecond: 2_000,
    subscriptionsPerClient: 1,
    channels: 1,
  });
  // Garbage of the handshakes is collected when it is, not when one asks: the settled figure is what stays.
  await sleep(5_000);
  const { rssBytes, connections: open } = await server.sample();
  const perConnection = (bytes: number): string => `${(bytes / open / 1_024).toFixed(2)} KiB`;
  process.stdout.write(
    `${open} idle connections: server RSS ${perConnection(rssBytes - rssBefore)} each (${(rssBefore / 2 ** 20).toFixed(0)} to ${(rssBytes / 2 ** 20).toFixed(0)} MiB), kernel slab ${perConnection((slabBytes() - slabBefore) / 2)} each\n`,
  );
} finally {
  await load.close();
  await server.stop();
}
process.exit(0);
