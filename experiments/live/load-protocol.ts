import type { Workload } from '#core';
import { betterEstimate, type ClockEstimate } from './clock-offset.ts';
import { LatencyWindow, type SerialisedLatency } from './latency-window.ts';

/** What one client process is asked to do. */
export interface LoadClientConfig {
  readonly host: string;
  readonly port: number;
  /** Request target of the upgrade. */
  readonly path: string;
  readonly connections: number;
  /** Number of this process's first client in the whole load, which decides its channels. */
  readonly firstClient: number;
  readonly rampConnectionsPerSecond: number;
  /** Which client takes which channels is the workload's shape: see core's `Channels`. */
  readonly subscriptionsPerClient: number;
  readonly channels: number;
  readonly popularity?: Workload['popularity'];
  /** Their names, or patterns, as many as `channels`; null for the names that scenarios use. */
  readonly channelNames: readonly string[] | null;
  /** Every message of the stream goes to these channels, so that clients of all of them miss what is not in sequence. */
  readonly ownsStream: boolean;
  /** TLS: the certificates to trust, as PEM; '' for those that Node trusts. Null: without TLS. */
  readonly trustedCertificates: string | null;
  /** Latencies are by the server's clock, so that ours need not agree with it. */
  readonly usesServerClock: boolean;
  /** Share of the clients that never read again once subscribed, 0 to 1. */
  readonly stalledShare: number;
  /** Loopback addresses 127.0.0.1 up to dial from, for more than 28,000 connections to one port; 0 lets the kernel choose. */
  readonly localAddressCount: number;
  /** A client whose connection ends comes back by itself and asks for what it missed. */
  readonly reconnect: boolean;
  /** A connection that is not subscribed after this time counts as failed (`timeout`). */
  readonly settleTimeoutMs: number;
}

/** Running totals of a process since its start, unless a line says otherwise. */
export interface LoadCounters {
  /** Connections dialled, upgraded, and subscribed. */
  readonly attempted: number;
  readonly connected: number;
  readonly subscribed: number;
  /** Upgraded connections open now, and those of them that do not read now. */
  readonly open: number;
  readonly stalled: number;
  /** Upgrades answered with another HTTP status than 101. */
  readonly refusedByStatus: Readonly<Record<string, number>>;
  /** Connections that never got subscribed for another reason: system error code, `timeout`, `bad-upgrade`, ... */
  readonly failedByCode: Readonly<Record<string, number>>;
  /** Subscribed connections that ended, by close code (RFC 6455 7.4; 1006 without a close frame); not those of `close`. */
  readonly closedByCode: Readonly<Record<string, number>>;
  readonly messages: number;
  /** Payload bytes of messages; `socketBytes` is all that the sockets gave, with headers and other frames. */
  readonly payloadBytes: number;
  readonly socketBytes: number;
  /** Socket read events: messages / reads is how many frames a server's write carries. */
  readonly reads: number;
  readonly unreadableMessages: number;
  readonly duplicates: number;
  readonly regressions: number;
  /** Messages that clients were owed and that did not come; see `SequenceAccount`. */
  readonly missing: number;
  /** Clients of which this could be told. */
  readonly judgedClients: number;
  /** Clients that came back and were subscribed again. */
  readonly reconnected: number;
  /** Channels that the server recovered for those, and those that it said it could not. */
  readonly recovered: number;
  readonly unrecovered: number;
  readonly gapFrames: number;
  readonly gapMissed: number;
  readonly welcomeFrames: number;
  readonly subscribedFrames: number;
  readonly errorFrames: number;
  readonly pongFrames: number;
  readonly pingFrames: number;
  readonly closeFrames: number;
  readonly otherFrames: number;
  /** CPU of the client process itself, and its resident memory now. */
  readonly cpuUserMicroseconds: number;
  readonly cpuSystemMicroseconds: number;
  readonly rssBytes: number;
}

/** Counters, and the latency of messages since the last `resetWindow`. */
export interface LoadSample {
  readonly counters: LoadCounters;
  readonly latency: LatencyWindow;
  /** The server's clock against ours; null when it does not tell its time. */
  readonly clock: ClockEstimate | null;
}

/** A sample as it crosses the process boundary. */
export interface SerialisedLoadSample {
  readonly counters: LoadCounters;
  readonly latency: SerialisedLatency;
  readonly clock: ClockEstimate | null;
}

/** Parent to child. Each command but `start` is answered by a sample with the same `id`; `start` once all are settled. */
export type LoadCommand =
  | { readonly kind: 'start'; readonly id: number; readonly config: LoadClientConfig }
  | { readonly kind: 'sample' | 'resume' | 'resetWindow' | 'close'; readonly id: number }
  | { readonly kind: 'stall'; readonly id: number; readonly share: number }
  | { readonly kind: 'drop'; readonly id: number; readonly share: number; readonly drop: DropPlan };

/** Clients cut their connections at once and come back, evenly spread over a time. */
export interface DropPlan {
  readonly awayMs: number;
  readonly spreadMs: number;
}

/** Child to parent. */
export type LoadReply =
  | { readonly kind: 'sample'; readonly id: number; readonly sample: SerialisedLoadSample }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };

/** Adds up what several client processes counted. */
export function mergeSamples(samples: readonly SerialisedLoadSample[]): LoadSample {
  const latency = new LatencyWindow();
  for (const sample of samples) latency.mergeSerialised(sample.latency);
  const counters = samples.map((sample) => sample.counters).reduce(addCounters);
  return { counters, latency, clock: samples.map(({ clock }) => clock).reduce(betterEstimate) };
}

/** Field by field: numbers add up, records add up by key. */
function addCounters(left: LoadCounters, right: LoadCounters): LoadCounters {
  const keys = Object.keys(left) as (keyof LoadCounters)[];
  return Object.fromEntries(keys.map((key) => [key, addField(left[key], right[key])])) as unknown as LoadCounters;
}

type Field = LoadCounters[keyof LoadCounters];

function addField(left: Field, right: Field): Field {
  if (typeof left === 'number' && typeof right === 'number') return left + right;
  const sum: Record<string, number> = { ...(left as Record<string, number>) };
  for (const [key, count] of Object.entries(right)) sum[key] = (sum[key] ?? 0) + count;
  return sum;
}
