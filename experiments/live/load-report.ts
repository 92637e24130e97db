import { z } from 'zod';

const count = z.number().int().min(0);
const counts = z.record(z.string(), count);
/** Null where there was nothing to measure. */
const milliseconds = z.number().nullable();

/** What a load test against a running server found: measured by its clients, from outside. */
export const loadReportSchema = z.strictObject({
  schemaVersion: z.literal(2),
  provenance: z.strictObject({
    kind: z.literal('measured'),
    commit: z.string(),
    date: z.string(),
    host: z.string(),
    runtime: z.string(),
  }),
  asked: z.strictObject({
    /** Without its query, which may hold a token. */
    url: z.string(),
    connections: count,
    rampConnectionsPerSecond: z.number(),
    durationSeconds: z.number(),
    channels: z.array(z.string()),
    subscriptionsPerClient: count,
  }),
  /** `interrupted` by a signal; `unreachable`: no client got through; `failed`: the clients or the server went away. */
  ended: z.enum(['complete', 'interrupted', 'unreachable', 'failed']),
  /** Why it ended before its time; null when it did not. */
  endReason: z.string().nullable(),
  /** Time measured after the ramp. */
  measuredSeconds: z.number(),
  connections: z.strictObject({
    connected: count,
    subscribed: count,
    openAtEnd: count,
    refusedByStatus: counts,
    failedByCode: counts,
    closedByCode: counts,
  }),
  /** Clients subscribed and still open at the end, of those asked. */
  successPercent: z.number(),
  messages: count,
  messagesPerSecond: z.number(),
  payloadBitsPerSecond: z.number(),
  /**
   * Publish to receipt, from the publish time in each message, by the clock that `clock` names. Messages that arrived
   * before they were published, by these clocks, are not among them.
   */
  latencyMs: z.strictObject({
    count,
    min: milliseconds,
    p50: milliseconds,
    p90: milliseconds,
    p99: milliseconds,
    max: milliseconds,
  }),
  clock: z.strictObject({
    /** By whose time latencies are told. */
    reference: z.enum(['server', 'local']),
    /** The server's clock ahead of this machine's, by round trips; null when the server does not tell its time. */
    serverAheadMs: milliseconds,
    uncertaintyMs: milliseconds,
    /** Whether latencies were corrected by it: only when it exceeds its uncertainty. */
    corrected: z.boolean(),
    /** Messages that arrived before they were published, and by how much the publisher's clock is ahead at least. */
    negativeLatencies: count,
    publisherAheadMinMs: milliseconds,
  }),
  duplicates: count,
  /** Messages that clients with the same subscriptions received and others of them did not; null when none compare. */
  missingMessages: count.nullable(),
  /** Clients that could be compared, of those subscribed. */
  comparedClients: count,
  gapMessages: count,
  /** CPU of the load clients themselves: near one core a process, they measure themselves. */
  loadClientCores: z.number(),
  loadClientProcesses: count,
  objectives: z.array(
    z.strictObject({ name: z.string(), required: z.string(), found: z.number().nullable(), met: z.boolean() }),
  ),
  /** What makes the figures doubtful. */
  warnings: z.array(z.string()),
  /** The server's own /health, when it answered; the last of the run. */
  serverHealth: z.unknown(),
});
export type LoadReport = z.infer<typeof loadReportSchema>;
