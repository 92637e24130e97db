import { z } from 'zod';

/**
 * What came out of a scenario, in one shape for the simulator (`predicted`) and for a live run (`measured`).
 *
 * `body` is a pure function of scenario, seed and code: the same for every predicted run of one commit, to the byte.
 * Commit, machine and date live in the wrapper's `provenance`.
 */
const count = z.number().int().min(0);
const quantity = z.number();
const byName = z.record(z.string(), count);

/** One row per metrics interval; every counter is the difference over the interval. */
export const intervalSchema = z.strictObject({
  /** End of the interval, seconds since the start of the run. */
  atSeconds: quantity,
  connections: count,
  /** Cores used by the server process over the interval (all threads, user and kernel). */
  cpuCores: quantity,
  memoryBytes: quantity,
  published: count,
  sent: count,
  received: count,
  writes: count,
  payloadBytes: count,
  dropped: count,
  naks: count,
  /** Messages in send buffers at the end of the interval. */
  queued: count,
  latencyP50Ms: quantity,
  latencyP99Ms: quantity,
});
export type Interval = z.infer<typeof intervalSchema>;

/** Use of one resource against its limit; `demand` is what the load asks for even where the resource cannot give it. */
export const resourceUseSchema = z.strictObject({
  resource: z.enum(['cpu', 'memory', 'network', 'connections', 'tasks']),
  used: quantity,
  demand: quantity,
  limit: quantity,
  unit: z.string(),
  /** demand / limit. */
  utilisation: quantity,
});
export type ResourceUse = z.infer<typeof resourceUseSchema>;

/** End-to-end account of deliveries over the whole run; the two laws hold exactly (see `core/broadcast/ledger.ts`). */
export const ledgerReportSchema = z.strictObject({
  offered: count,
  sent: count,
  droppedByReason: byName,
  queued: count,
  /** Given to clients that had missed them, from the history; beside `sent`. */
  replayed: count.default(0),
  received: count,
  inTransit: count,
  lostWithConnection: count,
  unknown: count,
  busMessages: count,
  busAcknowledged: count,
  busNakedByReason: byName,
  busWaiting: count,
  busExpired: count,
  /** offered = sent + dropped + queued, and sent + replayed = received + in transit + lost + unknown. */
  balanced: z.boolean(),
});
export type LedgerReport = z.infer<typeof ledgerReportSchema>;

export const summarySchema = z.strictObject({
  /** Length of the measured window in seconds. */
  windowSeconds: quantity,
  /** cpu, memory, network, connections or tasks: the largest demand over limit. */
  firstLimit: z.string(),
  resources: z.array(resourceUseSchema),
  cpu: z.strictObject({
    /** Server process, mean over the window. */
    cores: quantity,
    userCores: quantity,
    kernelCores: quantity,
    mainCores: quantity,
    shardCores: z.array(quantity),
    /** The load generator's own use; null where it is not on this machine. */
    loadClientCores: quantity.nullable(),
    throttledSeconds: quantity,
    /** Pauses of the event loops for garbage collection; null in reports from before it was counted. */
    garbageCollection: z.strictObject({ pausesPerSecond: quantity, cores: quantity }).nullable().default(null),
  }),
  memory: z.strictObject({
    /** Resident set at the end of the window. */
    bytes: quantity,
    maxBytes: quantity,
    perConnectionBytes: quantity,
    kernelBytes: quantity.nullable(),
  }),
  network: z.strictObject({
    payloadBitsPerSecond: quantity,
    wireBitsPerSecond: quantity,
    limitBitsPerSecond: quantity.nullable(),
  }),
  connections: z.strictObject({
    asked: count,
    accepted: count,
    open: count,
    refusedByReason: byName,
    closedByReason: byName,
  }),
  publishedPerSecond: quantity,
  sentPerSecond: quantity,
  receivedPerSecond: quantity,
  writesPerSecond: quantity,
  drops: count,
  naks: count,
  /** Publish to receipt by the client, over every message received in the window. */
  latencyMs: z.strictObject({ count, mean: quantity, p50: quantity, p90: quantity, p99: quantity, max: quantity }),
  health: z.enum(['healthy', 'degraded', 'unhealthy']),
  usdPerMonth: quantity.nullable(),
  /** What the clients themselves noticed; null where nobody asked them. */
  clients: z
    .strictObject({
      /** Messages that a client had received before. */
      duplicates: count,
      /** Sequences that never came; null where clients follow a part of the channels, whose sequences have holes. */
      missingSequences: count.nullable(),
      gapNotices: count,
      gapMessages: count,
      reconnected: count,
      recovered: count,
      unrecovered: count,
    })
    .nullable()
    .default(null),
  ledger: ledgerReportSchema,
});
export type Summary = z.infer<typeof summarySchema>;

/** Mean and percentiles of independent samples of one figure, with the half-width of the mean's confidence interval. */
export const estimateSchema = z.strictObject({
  mean: quantity,
  halfWidth: quantity,
  p10: quantity,
  p50: quantity,
  p90: quantity,
  /** Replications, or batches of one long run. */
  samples: count,
});
export type Estimate = z.infer<typeof estimateSchema>;

/** How sure a prediction is of its figures. */
export const uncertaintySchema = z.strictObject({
  /** Independent replications, or batch means of one long run. */
  method: z.enum(['replications', 'batch-means']),
  /** Of each interval, between 0 and 1. */
  confidence: quantity,
  /** The profile's own: largest share by which its costs may be off. No number of replications makes it smaller. */
  profileRelativeError: quantity,
  /** By path, see `summaryFigures`. */
  estimates: z.record(z.string(), estimateSchema),
});
export type Uncertainty = z.infer<typeof uncertaintySchema>;

export const runReportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  provenance: z.strictObject({
    kind: z.enum(['predicted', 'measured']),
    commit: z.string(),
    date: z.string(),
    host: z.string(),
    runtime: z.string(),
  }),
  scenario: z.unknown(),
  profile: z.string().nullable(),
  seed: count,
  intervals: z.array(intervalSchema),
  summary: summarySchema,
  /** Absent where a report is of one run and nothing more. */
  uncertainty: uncertaintySchema.optional(),
});
export type RunReport = z.infer<typeof runReportSchema>;
