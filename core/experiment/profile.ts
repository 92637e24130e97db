import { z } from 'zod';

/**
 * A runtime profile: what each operation costs a server on one kind of core. Data, never code.
 *
 * The CPU of one event-loop turn is the sum over what the turn did of count x cost. `user` and `kernel` are kept
 * apart so that a report can say where the time goes. All costs are nanoseconds of one core, all sizes bytes.
 */
const cost = z.number().min(0);

export const profileSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string(),
  /** Where the figures come from: document, or a measured run with machine, kernel, Node, commit, date, method. */
  provenance: z.strictObject({
    kind: z.enum(['documented', 'measured']),
    date: z.string(),
    machine: z.string(),
    method: z.string(),
    commit: z.string().default(''),
    /** Scenarios of the live runs that the costs were fitted to: a comparison with one of them proves nothing. */
    fittedTo: z.array(z.string()).default([]),
  }),
  cpu: z.strictObject({
    /** Main thread, per bus message: pull, decide, frame, hand over to one shard and acknowledge. */
    perBusMessageNs: cost,
    /** Shard, per broadcast before the first subscriber. */
    perBroadcastNs: cost,
    /** Shard, per connection visited while matching (subscribers with the index, all connections with the scan). */
    perVisitNs: cost,
    /** Shard, per message delivered to a send buffer and taken out again. */
    perDeliveryNs: cost,
    /** Socket write, JavaScript and libuv part. */
    perWriteUserNs: cost,
    /** Socket write, kernel part: system call, TCP, and on loopback the receiver's half that runs in the writer's context. */
    perWriteKernelNs: cost,
    /**
     * What a write costs more to a connection that nobody has touched for long, whose sockets have left the caches: half
     * of it after `coldWriteHalfNs` without a write, g / (g + half) of it after g.
     */
    perColdWriteNs: cost.default(0),
    coldWriteHalfNs: cost.default(0),
    /** Kernel, per payload byte written. */
    perByteKernelNs: cost,
    /** Accepting, upgrading and subscribing one connection. */
    perAcceptNs: cost,
    /** Per event-loop turn that did anything. */
    perTurnNs: cost,
    /** Background use of the process per second: timers, metrics, JIT. */
    perSecondNs: cost,
    /**
     * Cost of a send by publish rate, linearly interpolated, for profiles that only know a cost per send
     * (R123: 1.63 us at 25 and 35 messages a second, 1.03 us at 100). Added to every delivery; empty for measured profiles.
     */
    perDeliveryNsByRate: z.array(z.strictObject({ ratePerSecond: z.number().min(0), ns: cost })).default([]),
  }),
  /** The co-located load client, for loopback runs. */
  loadClient: z.strictObject({
    perReadNs: cost,
    perMessageNs: cost,
    /** How often a client that a write wakes takes turns with the writer on one core, instead of running beside it. */
    sharedCoreProbability: z.number().min(0).max(1).default(0),
    /** The busier the client has been, the less often that happens: never from this share of a core on, fully below a quarter of it. */
    sharedCoreClientShareMax: z.number().min(0).max(1).default(1),
    /** Client time after which it is moved to another core, and by what share of the idle time before it takes longer. */
    sharedCoreNs: cost.default(0),
    sharedCoreIdleShare: cost.default(0),
  }),
  memory: z.strictObject({
    /** Resident bytes of the process with no connection, all threads. */
    baseBytes: cost,
    perShardBytes: cost,
    /** Resident bytes per idle connection in the process. */
    perConnectionBytes: cost,
    /** Kernel bytes per idle connection (sockets), reported apart. */
    perConnectionKernelBytes: cost,
    /** Resident bytes per send-buffer slot allocated with the connection, used or not (R61). */
    perSlotBytes: cost,
    perSubscriptionBytes: cost,
    /** Growth of the resident set under load per message delivered per second: garbage that waits for collection. */
    perDeliveryPerSecondBytes: cost,
    /** Resident bytes for each byte of a message that is kept, for recovery or in the embedded stream. */
    perRetainedByte: cost.default(0),
    /** What a socket takes before it refuses more: the kernel's buffers (both ends' on loopback) plus our high-water mark. */
    socketBufferBytes: cost.default(2_500_000),
  }),
  /** Event-loop pauses by garbage collection: one of `pauseNs` for each `everyBytes` of allocation; 0 bytes: none. */
  garbageCollection: z.strictObject({ everyBytes: cost, pauseNs: cost, bytesPerDelivery: cost, bytesPerWrite: cost }),
  /** Latency that costs no CPU: timer rounding and wake-ups, in nanoseconds. */
  timerSlackNs: cost,
  /** Largest share by which the costs may be off on the machine they were measured on, as reported by the fit. */
  relativeError: z.number().min(0).default(0),
  /** Confidence intervals (`intervalConfidence`) of single figures by their path, such as `cpu.perWriteKernelNs`; what is not listed has none. */
  intervals: z.record(z.string(), z.strictObject({ low: z.number().min(0), high: z.number().min(0) })).default({}),
});
export type Profile = z.infer<typeof profileSchema>;

/** Confidence of a profile's intervals. */
export const intervalConfidence = 0.9;
