import { readFileSync } from 'node:fs';
import type { Workload } from '#core';
import { LoadProcess } from './load-process.ts';
import { type DropPlan, type LoadClientConfig, type LoadSample, mergeSamples } from './load-protocol.ts';

export interface LoadConfig {
  /** Address of the server under load: loopback, or in a namespace of the run's own. */
  readonly host: string;
  readonly port: number;
  /** Request target of the upgrade; `/` by default. */
  readonly path?: string;
  /** All clients together, 1 or more. */
  readonly connections: number;
  /** Connections dialled per second, all processes together, above 0. */
  readonly rampConnectionsPerSecond: number;
  /** Which client takes which channels is the workload's shape: see core's `Channels`. */
  readonly subscriptionsPerClient: number;
  readonly channels: number;
  readonly popularity?: Workload['popularity'];
  /** Names of the channels, or patterns, as many as `channels`; those that scenarios use by default. */
  readonly channelNames?: readonly string[];
  /** Every message of the stream goes to these channels; no by default. */
  readonly ownsStream?: boolean;
  /** TLS: the certificates to trust, as PEM, or '' for those that Node trusts; without TLS by default. */
  readonly trustedCertificates?: string | null;
  /** Latencies are by the server's clock; by this machine's by default. */
  readonly usesServerClock?: boolean;
  /** Share of the clients that never read again once subscribed, 0 to 1; 0 by default. */
  readonly stalledShare?: number;
  /** Loopback addresses to dial from; by default as many as the 28,000 ports of each need, none when one is enough. */
  readonly localAddressCount?: number;
  /** Client processes; by default as many as `clientProcessesFor` says. */
  readonly processes?: number;
  /** Clients whose connection ends come back and ask for what they missed; no by default. */
  readonly reconnect?: boolean;
  /** Words to put before the client processes' command, such as those that enter a namespace. */
  readonly prefix?: readonly string[];
  /** Longest time from the dialling of a connection to its subscription; 30 s by default. */
  readonly settleTimeoutMs?: number;
}

export interface LoadDriverOptions {
  /** Told once for every client process that ends before `close`; its connections are then unknown. */
  readonly onProcessDied?: (error: Error) => void;
}

const connectionsPerProcessMax = 15_000;
/** Descriptors of a client process beside its sockets: Node's own, pipes, files being loaded. */
const descriptorsSpare = 40;
const connectionsPerAddressMax = 28_000;
const answerTimeoutMs = 15_000;
const settleTimeoutMsDefault = 30_000;

/**
 * Drives the load: forks client processes, splits the connections over them, and adds up what they count.
 *
 * `start` first, `close` last and in any case. Every call is bounded in time and rejects with what happened when a
 * client process fails, does not answer or died; `lastSample` then still tells what the processes counted up to their
 * last answer.
 */
export class LoadDriver {
  #options: LoadDriverOptions;
  #processes: LoadProcess[] = [];

  constructor(options: LoadDriverOptions = {}) {
    this.#options = options;
  }

  /**
   * Opens all connections; resolves when each is subscribed, refused or failed.
   *
   * @throws RangeError naming the field of a config that cannot be meant
   */
  async start(config: LoadConfig): Promise<LoadSample> {
    if (this.#processes.length > 0)
      throw new Error('LoadDriver: start was called before; use a new driver for each load');
    const parts = split(config);
    const rampMs = (config.connections / config.rampConnectionsPerSecond) * 1_000;
    const settleTimeoutMs = config.settleTimeoutMs ?? settleTimeoutMsDefault;
    const timeoutMs = rampMs * 2 + settleTimeoutMs + answerTimeoutMs;
    const died = this.#options.onProcessDied;
    const prefix = config.prefix ?? [];
    this.#processes = parts.map(
      (_, index) => new LoadProcess(`load client ${index + 1} of ${parts.length}`, prefix, died),
    );
    const samples = this.#processes.map((child, index) =>
      child.ask({ kind: 'start', config: parts[index] }, timeoutMs),
    );
    return mergeSamples(await Promise.all(samples));
  }

  /** Counters since the start, and the latency since the last `resetWindow`. */
  sample(): Promise<LoadSample> {
    return this.#askAll({ kind: 'sample' });
  }

  /** Answers like `sample`, and starts a new latency window in the same instant of each process. */
  resetWindow(): Promise<LoadSample> {
    return this.#askAll({ kind: 'resetWindow' });
  }

  /**
   * Stops reading on a share of the clients that read now, evenly spread.
   *
   * @param share 0 to 1
   */
  stall(share: number): Promise<LoadSample> {
    requireShare('stall: share', share);
    return this.#askAll({ kind: 'stall', share });
  }

  /** A share of the clients cut their connections and come back as planned, with `since`. */
  drop(share: number, drop: DropPlan): Promise<LoadSample> {
    requireShare('drop: share', share);
    return this.#askAll({ kind: 'drop', share, drop });
  }

  /** Reads again on all clients that `stall` stopped; those of `stalledShare` stay stalled. */
  resume(): Promise<LoadSample> {
    return this.#askAll({ kind: 'resume' });
  }

  /**
   * Closes all connections and ends the processes. The answer holds the final counters, of a process that had died
   * its last ones. A second call does nothing more.
   */
  async close(): Promise<LoadSample | undefined> {
    await Promise.all(this.#processes.map((child) => child.close(answerTimeoutMs)));
    return this.lastSample;
  }

  /** What the processes counted up to their last answers; undefined before the first. */
  get lastSample(): LoadSample | undefined {
    const samples = this.#processes.flatMap((child) => child.lastSample ?? []);
    return samples.length === 0 ? undefined : mergeSamples(samples);
  }

  /** Operating system ids of the client processes, for measuring them from outside. */
  get processIds(): readonly number[] {
    return this.#processes.map((child) => child.processId);
  }

  async #askAll(
    request:
      | { kind: 'sample' | 'resume' | 'resetWindow' }
      | { kind: 'stall'; share: number }
      | { kind: 'drop'; share: number; drop: DropPlan },
  ): Promise<LoadSample> {
    if (this.#processes.length === 0) throw new Error(`LoadDriver: ${request.kind} before start`);
    return mergeSamples(await Promise.all(this.#processes.map((child) => child.ask(request, answerTimeoutMs))));
  }
}

/** Descriptors that a process may open here; infinite where that cannot be read. Node raises its soft limit by itself. */
export function descriptorLimit(): number {
  try {
    const limit = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return limit === undefined || limit === 'unlimited' ? Infinity : Number(limit);
  } catch {
    return Infinity;
  }
}

/** Connections that one client process may hold under a limit of descriptors. */
export const connectionsPerProcess = (limit: number): number =>
  Math.max(1, Math.min(connectionsPerProcessMax, limit - descriptorsSpare));

/** One process for each 15,000 connections, and more where the limit of descriptors is low. */
export const clientProcessesFor = (connections: number, limit: number = descriptorLimit()): number =>
  Math.ceil(connections / connectionsPerProcess(limit));

/** The share of each process: whole connections, and a ramp in the same proportion. */
function split(config: LoadConfig): LoadClientConfig[] {
  requireWhole('connections', config.connections, 1);
  requireWhole('channels', config.channels, 1);
  requireWhole('subscriptionsPerClient', config.subscriptionsPerClient, 1);
  requireShare('stalledShare', config.stalledShare ?? 0);
  if (config.subscriptionsPerClient > config.channels) {
    refuse('subscriptionsPerClient', config.subscriptionsPerClient, `1 to ${config.channels} (channels)`);
  }
  if (!(config.rampConnectionsPerSecond > 0)) {
    refuse('rampConnectionsPerSecond', config.rampConnectionsPerSecond, 'a number above 0');
  }
  const addressesNeeded = Math.ceil(config.connections / connectionsPerAddressMax);
  const localAddressCount = config.localAddressCount ?? (addressesNeeded > 1 ? addressesNeeded : 0);
  requireWhole('localAddressCount', localAddressCount, 0, 254);
  const processes = config.processes ?? clientProcessesFor(config.connections);
  requireWhole('processes', processes, 1, config.connections);
  return Array.from({ length: processes }, (_, index) => {
    const firstClient = Math.floor((config.connections * index) / processes);
    const connections = Math.floor((config.connections * (index + 1)) / processes) - firstClient;
    return {
      host: config.host,
      port: config.port,
      path: config.path ?? '/',
      connections,
      firstClient,
      rampConnectionsPerSecond: (config.rampConnectionsPerSecond * connections) / config.connections,
      subscriptionsPerClient: config.subscriptionsPerClient,
      channels: config.channels,
      channelNames: config.channelNames ?? null,
      ...(config.popularity === undefined ? {} : { popularity: config.popularity }),
      ownsStream: config.ownsStream ?? false,
      trustedCertificates: config.trustedCertificates ?? null,
      usesServerClock: config.usesServerClock ?? false,
      stalledShare: config.stalledShare ?? 0,
      localAddressCount,
      reconnect: config.reconnect ?? false,
      settleTimeoutMs: config.settleTimeoutMs ?? settleTimeoutMsDefault,
    };
  });
}

function requireWhole(field: string, given: number, min: number, max = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(given) && given >= min && given <= max) return;
  refuse(
    field,
    given,
    max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `a whole number, ${min} to ${max}`,
  );
}

function requireShare(field: string, given: number): void {
  if (!(given >= 0 && given <= 1)) refuse(field, given, 'a share, 0 to 1');
}

function refuse(field: string, given: number, accepted: string): never {
  throw new RangeError(`load config, ${field}: given ${given}, accepted is ${accepted}`);
}
