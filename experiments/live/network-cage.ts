import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { CageError } from './cage-error.ts';

/** Of 198.18.0.0/15, which RFC 2544 sets aside for benchmarks; nothing outside the two namespaces has a route to it. */
const serverAddress = '198.18.0.1';
const clientAddress = '198.18.0.2';
/** The least that the token bucket lets pass at once: the largest packet that segmentation offload makes, four times. */
const burstBytesLeast = 262_144;
/** Longer queues than this are dropped at the link, as a network card's ring would. */
const queueLatencyMs = 50;
const namePattern = /^fanout-(?:server|client)-(\d+)$/;

/**
 * Two network namespaces joined by a link of limited rate: the server's and the clients' machines in small. Traffic stays
 * between them. Needs root and `ip`, `tc` and `nsenter`.
 */
export class NetworkCage {
  readonly serverAddress = serverAddress;
  #serverNamespace = `fanout-server-${process.pid}`;
  #clientNamespace = `fanout-client-${process.pid}`;

  /**
   * @param bitsPerSecond what the server may send; what it receives is not limited
   * @throws CageError
   */
  static create(bitsPerSecond: number, burstBytes = 0): NetworkCage {
    removeAbandoned();
    const cage = new NetworkCage();
    try {
      cage.#build(bitsPerSecond, Math.max(burstBytes, burstBytesLeast));
    } catch (error) {
      cage.remove();
      throw new CageError(
        `--cage: no network namespace with a link of ${bitsPerSecond} bit/s can be made on this machine (${(error as Error).message.trim()}); it needs root, and ip, tc and nsenter (Debian: iproute2, util-linux)`,
      );
    }
    return cage;
  }

  /** Words to put before a command, so that it runs where the server is. */
  get serverPrefix(): readonly string[] {
    return ['nsenter', `--net=/run/netns/${this.#serverNamespace}`];
  }
  get clientPrefix(): readonly string[] {
    return ['nsenter', `--net=/run/netns/${this.#clientNamespace}`];
  }

  /** The link goes with its namespaces. */
  remove(): void {
    for (const namespace of [this.#serverNamespace, this.#clientNamespace]) {
      if (existsSync(`/run/netns/${namespace}`)) run('ip', 'netns', 'delete', namespace);
    }
  }

  #build(bitsPerSecond: number, burstBytes: number): void {
    const [server, client] = [this.#serverNamespace, this.#clientNamespace];
    for (const namespace of [server, client]) run('ip', 'netns', 'add', namespace);
    run('ip', '-netns', server, 'link', 'add', 'link0', 'type', 'veth', 'peer', 'name', 'link0', 'netns', client);
    for (const [namespace, address] of [
      [server, serverAddress],
      [client, clientAddress],
    ]) {
      run('ip', '-netns', namespace, 'address', 'add', `${address}/30`, 'dev', 'link0');
      run('ip', '-netns', namespace, 'link', 'set', 'lo', 'up');
      run('ip', '-netns', namespace, 'link', 'set', 'link0', 'up');
      run('ip', 'netns', 'exec', namespace, 'sysctl', '-qw', 'net.core.somaxconn=4096');
    }
    const bucket = ['rate', `${bitsPerSecond}bit`, 'burst', `${burstBytes}b`, 'latency', `${queueLatencyMs}ms`];
    run('tc', '-netns', server, 'qdisc', 'add', 'dev', 'link0', 'root', 'tbf', ...bucket);
  }
}

/** Namespaces of a run that was killed before it could tidy up. */
function removeAbandoned(): void {
  for (const line of run('ip', 'netns', 'list').split('\n')) {
    const name = line.split(' ')[0];
    const processId = namePattern.exec(name)?.[1];
    if (processId !== undefined && !existsSync(`/proc/${processId}`)) run('ip', 'netns', 'delete', name);
  }
}

function run(command: string, ...words: string[]): string {
  return execFileSync(command, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
