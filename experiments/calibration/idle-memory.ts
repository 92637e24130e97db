import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoadDriver } from '../live/load-driver.ts';
import { ServerProcess } from '../live/server-process.ts';

/** Memory of idle connections: subscribed, nothing sent. */
export interface IdleMemory {
  readonly connections: number;
  /** Resident memory of the server's process before and with them. */
  readonly residentBytesBefore: number;
  readonly residentBytes: number;
  /** Kernel slab of one end of a connection: both ends are on this machine, so half of what it grew by. */
  readonly kernelBytesPerConnection: number;
}

const startMs = 2_000;
/** Garbage of the handshakes is collected when it is, not when one asks: the settled figure is what stays. */
const settleMs = 5_000;

const slabBytes = (): number => Number(/^Slab:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1_024;

export async function measureIdleMemory(connections: number): Promise<IdleMemory> {
  const server = await ServerProcess.start({
    WS_MAX_CONNECTIONS: connections,
    WS_MAX_GOROUTINES: 1_000_000,
    WS_CPU_LIMIT: 2,
    WS_CPU_REJECT_THRESHOLD: 100,
    WS_CPU_PAUSE_THRESHOLD: 100,
  });
  const load = new LoadDriver();
  try {
    await sleep(startMs);
    const residentBytesBefore = (await server.sample()).rssBytes;
    const slabBefore = slabBytes();
    await load.start({
      host: '127.0.0.1',
      port: server.port,
      connections,
      rampConnectionsPerSecond: 2_000,
      subscriptionsPerClient: 1,
      channels: 1,
    });
    await sleep(settleMs);
    const { rssBytes, connections: open } = await server.sample();
    return {
      connections: open,
      residentBytesBefore,
      residentBytes: rssBytes,
      kernelBytesPerConnection: (slabBytes() - slabBefore) / 2 / open,
    };
  } finally {
    await load.close();
    await server.stop();
  }
}
