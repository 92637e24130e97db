import { z } from 'zod';

const count = z.number().int().min(0);
const counts = z.record(z.string(), count);

/** What a load test against a running server found (R102 to R104): measured by its clients, from outside. */
export const loadReportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  provenance: z.strictObject({
    kind: z.literal('measured'),
    commit: z.string(),
    date: z.string(),
    host: z.string(),
    runtime: z.string(),
  }),
  asked: z.strictObject({
    url: z.string(),
    connections: count,
    rampConnectionsPerSecond: z.number(),
    durationSeconds: z.number(),
    channels: count,
    subscriptionsPerClient: count,
  }),
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
  messagesPerSecond: z.number(),
  payloadBitsPerSecond: z.number(),
  /** Publish to receipt, from the publish time in each message; it includes the difference of two machines' clocks. */
  latencyMs: z.strictObject({ count, p50: z.number(), p90: z.number(), p99: z.number(), max: z.number() }),
  duplicates: count,
  missingSequences: count.nullable(),
  gapMessages: count,
  /** CPU of the load clients themselves: near one core a process, they measure themselves. */
  loadClientCores: z.number(),
  objectives: z.array(z.strictObject({ name: z.string(), required: z.string(), found: z.number(), met: z.boolean() })),
  /** The server's own /health, when it answered; the last of the run. */
  serverHealth: z.unknown(),
});
export type LoadReport = z.infer<typeof loadReportSchema>;
