import { z } from 'zod';

/**
 * What came out of a scenario, in one shape for the simulator (`predicted`) and for a live run (`measured`).
 *
 * All but `provenance` (commit, machine, date) is a pure function of scenario, seed and code: the same for every predicted
 * run of one commit, to the byte.
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
  /** Messages given to sockets that no client has taken, and messages that wait in the stream; absent where nobody knows. */
  inTransit: count.optional(),
  busWaiting: count.optional(),
  /** Bytes that crossed the network card; absent where nobody knows. */
  wireBytes: quantity.optional(),
  /** Cores of the busiest event loop. */
  loopCores: quantity.optional(),
  /** null: no message was received. */
  latencyP50Ms: quantity.nullable(),
  latencyP99Ms: quantity.nullable(),
});
export type Interval = z.infer<typeof intervalSchema>;

/**
 * What a load may run out of. `cpu` is the quota, `event-loop` the busiest thread, which has one
 * core whatever the quota says, `network` the card in wire bytes, `memory` with what the kernel holds for sockets. The others
 * but `descriptors` are caps: settings that refuse. `tasks` is one of the documented Go server only.
 */
export const resourceNames = [
  'cpu',
  'event-loop',
  'network',
  'memory',
  'descriptors',
  'connections',
  'bus-rate',
  'broadcast-rate',
  'tasks',
] as const;
export type ResourceName = (typeof resourceNames)[number];

const caps: readonly ResourceName[] = ['connections', 'bus-rate', 'broadcast-rate', 'tasks'];
/** Whether a resource is a setting that an operator raises, not a part of the machine. */
export const isCap = (resource: ResourceName): boolean => caps.includes(resource);

/** Use of one resource against its limit. */
export const resourceUseSchema = z.strictObject({
  resource: z.enum(resourceNames),
  /** Mean over the window of what the run showed. */
  used: quantity,
  /** Largest of an interval of the window; absent where it was not taken. */
  peak: quantity.optional(),
  /** What the asked load needs if nothing stops it, by closed form for a predicted run. */
  demand: quantity,
  /** The same at the best and the worst that a profile measured elsewhere may cost here. */
  demandLow: quantity.optional(),
  demandHigh: quantity.optional(),
  limit: quantity,
  /** What may be used of the limit before the server defends itself (CPU and loops: their reject thresholds); absent where it is all of it. */
  usable: quantity.optional(),
  unit: z.string(),
  /** demand / limit. */
  utilisation: quantity,
});
export type ResourceUse = z.infer<typeof resourceUseSchema>;

/** Demand over what may be used: the length of a resource's bar. Above 1 the load does not hold. */
export const shareOfUsable = ({ demand, limit, usable }: Pick<ResourceUse, 'demand' | 'limit' | 'usable'>): number =>
  demand / (usable ?? limit);

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
  /** A `ResourceName`: the largest demand over limit (`firstLimit`). */
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
    /** What the kernel holds for sockets: their structures, and what waits in their queues. */
    kernelBytes: quantity.nullable(),
    kernelMaxBytes: quantity.nullable().default(null),
  }),
  network: z.strictObject({
    /** Payload written to sockets. */
    payloadBitsPerSecond: quantity,
    /** Crossed the card, headers included; on loopback, what would have. */
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
  /**
   * Publish to receipt by the client, over every message received in the window. In a predicted run, messages that are still
   * owed at its end count as at least as late as they are by then.
   */
  latencyMs: z.strictObject({
    count,
    /** null from here on: no message, no value. */
    mean: quantity.nullable(),
    p50: quantity.nullable(),
    p90: quantity.nullable(),
    p99: quantity.nullable(),
    max: quantity.nullable(),
  }),
  health: z.enum(['healthy', 'degraded', 'unhealthy']),
  /** The machine at list price; null where it has none. */
  usdPerMonth: quantity.nullable(),
  /** What the load costs a month; null in reports from before it was counted. */
  cost: z
    .strictObject({
      computeUsdPerMonth: quantity.nullable(),
      /** Of this load all month, by the wire bytes that it asks for. */
      egressUsdPerMonth: quantity,
      egress: z.enum(['internet', 'internal', 'cdn']),
      /** Where and when the prices were read. */
      source: z.string(),
    })
    .nullable()
    .default(null),
  /** Whether the load holds, and what speaks against it (`verdictOf`); null in reports from before it was judged. */
  verdict: z
    .strictObject({
      holds: z.boolean(),
      reasons: z.array(
        z.strictObject({
          what: z.string(),
          found: z.string(),
          accepted: z.string(),
          /** Seconds of the run; null where it holds of the run as a whole. */
          sinceSeconds: quantity.nullable(),
        }),
      ),
    })
    .nullable()
    .default(null),
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
  /** By what the profile's CPU costs were multiplied for this machine, and how far off that may be; absent where by nothing. */
  transfer: z.strictObject({ low: quantity, middle: quantity, high: quantity, basis: z.string() }).optional(),
  seed: count,
  intervals: z.array(intervalSchema),
  summary: summarySchema,
  /** Absent where a report is of one run and nothing more. */
  uncertainty: uncertaintySchema.optional(),
});
export type RunReport = z.infer<typeof runReportSchema>;
