import { z } from 'zod';

/**
 * What is asked: one experiment, the same for the simulator and for a live run.
 *
 * Files are YAML; unknown fields are refused. Every field has a default, so the smallest scenario is `{}`,
 * which is the source document's target (R2): 12,000 clients, 25 messages a second of 500 bytes.
 */

const positive = z.number().positive();
const share = z.number().min(0).max(1);

/** A machine as a buyer sees it. Memory in bytes (binary), network in bit/s (decimal), prices in USD. */
export const machineSchema = z.strictObject({
  name: z.string().min(1),
  vcpus: positive,
  /** Cores the server may use: its CPU quota, and 100 % of the CPU scale (R11). */
  cpuLimitCores: positive,
  memoryBytes: positive,
  /** Memory the server may use, and 100 % of the memory scale (R12). */
  memoryLimitBytes: positive,
  /** Egress of the network card in bit/s; null is loopback: no network card at all. */
  networkBitsPerSecond: positive.nullable(),
  /** Bytes that may leave at once after a pause, as a cloud's traffic shaper or a token bucket lets them; none by default. */
  networkBurstBytes: z.number().min(0).optional(),
  usdPerHour: z.number().min(0).nullable(),
});
export type Machine = z.infer<typeof machineSchema>;

export const faultSchema = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('clients-stall'), atSeconds: z.number().min(0), durationSeconds: positive, share })
    .describe('A share of the clients stops reading for a while.'),
  z
    .strictObject({
      kind: z.literal('reconnect-storm'),
      atSeconds: z.number().min(0),
      reconnectAfterSeconds: z.number().min(0),
      share,
    })
    .describe('A share of the clients disconnects at once and comes back later, at the ramp rate.'),
  z
    .strictObject({
      kind: z.literal('rate-burst'),
      atSeconds: z.number().min(0),
      durationSeconds: positive,
      factor: positive,
    })
    .describe('The publish rate is multiplied for a while.'),
  /**
   * NATS is out of the server's reach for `durationSeconds`: the stream takes messages in and ages, nothing of it is
   * delivered; then the server catches up.
   */
  z
    .strictObject({ kind: z.literal('bus-outage'), atSeconds: z.number().min(0), durationSeconds: positive })
    .describe('NATS is out of the server’s reach for a while; then the server catches up.'),
  z
    .strictObject({ kind: z.literal('server-lost'), atSeconds: z.number().min(0) })
    .describe('The server dies: all its connections are gone at once, and nobody comes back to it.'),
  z
    .strictObject({
      kind: z.literal('clients-join'),
      atSeconds: z.number().min(0),
      connections: z.number().int().min(1).max(1_000_000),
      ratePerSecond: positive,
      /**
       * Sequence up to which they have everything, for their recovery from the history; a fraction is the share of them
       * that have one message more. null: they ask for nothing.
       */
      sinceSequence: z.number().min(0).nullable().default(null),
    })
    .describe('More clients arrive, one after another: those of another server, sent on by a balancer.'),
]);
export type Fault = z.infer<typeof faultSchema>;

export const workloadSchema = z
  .strictObject({
    connections: z.number().int().min(1).max(1_000_000).default(12_000).describe('Clients that try to connect.'),
    ratePerSecond: positive
      .max(1_000_000)
      .default(25)
      .describe('Messages published per second, all channels together.'),
    messageBytes: z
      .number()
      .int()
      .min(100)
      .max(1_048_576)
      .default(500)
      .describe('Payload bytes on the wire of one message frame, without the WebSocket header.'),
    durationSeconds: positive
      .max(86_400)
      .default(60)
      .describe('Seconds of load after the ramp; the summary covers these minus warmUpSeconds.'),
    warmUpSeconds: z
      .number()
      .min(0)
      .default(5)
      .describe('Seconds at the start of the load that the summary leaves out.'),
    rampConnectionsPerSecond: positive
      .default(2_000)
      .describe('Clients that connect per second before the load begins.'),
    channels: z
      .number()
      .int()
      .min(1)
      .max(100_000)
      .default(1)
      .describe('Distinct channels; every message goes to one of them, round robin.'),
    subscriptionsPerClient: z
      .number()
      .int()
      .min(1)
      .default(1)
      .describe('Channels that each client subscribes to; as many as there are channels is full fan-out.'),
    arrivals: z
      .enum(['regular', 'poisson'])
      .default('regular')
      .describe('How messages follow each other: at equal distances, or at random.'),
    client: z
      .strictObject({
        linkBitsPerSecond: positive
          .nullable()
          .default(null)
          .describe('Download rate of a client’s link in bit/s; null is unlimited.'),
        roundTripMs: z.number().min(0).default(0).describe('Round trip between server and client in milliseconds.'),
        stalledShare: share.default(0).describe('Share of the clients that never read after subscribing.'),
      })
      .prefault({}),
  })
  .superRefine((workload, context) => {
    if (workload.subscriptionsPerClient > workload.channels) {
      context.addIssue({
        code: 'custom',
        path: ['subscriptionsPerClient'],
        message: `a client cannot subscribe to ${workload.subscriptionsPerClient} channels when there are ${workload.channels}`,
        params: { given: workload.subscriptionsPerClient, accepted: `1 to ${workload.channels} (workload.channels)` },
      });
    }
    if (workload.warmUpSeconds >= workload.durationSeconds) {
      context.addIssue({
        code: 'custom',
        path: ['warmUpSeconds'],
        message: 'the warm-up must be shorter than the load',
        params: {
          given: workload.warmUpSeconds,
          accepted: `less than ${workload.durationSeconds} (workload.durationSeconds)`,
        },
      });
    }
  });
export type Workload = z.infer<typeof workloadSchema>;

/** Servers of one kind behind a balancer, all on one NATS cluster; `workload.connections` are those of them all. */
export const fleetSchema = z.strictObject({
  servers: z.number().int().min(2).max(10_000).describe('Servers, all alike; the balancer spreads clients evenly.'),
  lost: z
    .strictObject({
      servers: z.number().int().min(1).default(1).describe('Servers that die.'),
      atSeconds: z.number().min(0).describe('Seconds after the load has begun.'),
      awaySeconds: z.number().min(0).default(1).describe('Seconds until the first of their clients is back.'),
      returnConnectionsPerSecond: positive
        .default(2_000)
        .describe('Clients per second that the balancer lets come back, the whole fleet together.'),
    })
    .nullable()
    .default(null)
    .describe('Servers that die, and how their clients come back to the others.'),
});
export type Fleet = z.infer<typeof fleetSchema>;

const scenarioFields = z.strictObject({
  name: z.string().min(1).default('unnamed').describe('A short name, for file names and tables.'),
  description: z.string().default('').describe('One sentence: what the scenario shows.'),
  machine: z.union([z.string(), machineSchema]).default('e2-standard-2').describe('A machine by name, or written out.'),
  profile: z.string().default('go-documented').describe('A runtime profile by name: what each operation costs.'),
  loadOnSameMachine: z
    .boolean()
    .default(false)
    .describe('true: the load generator shares the machine’s cores, as in a loopback run.'),
  shards: z.number().int().min(1).max(64).default(1).describe('Event loops; the server starts as many worker threads.'),
  workload: workloadSchema.prefault({}),
  /** Settings by environment variable name (WS_*, JS_*, METRICS_*, LOG_*), over the production defaults. */
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  faults: z.array(faultSchema).default([]),
  fleet: fleetSchema.nullable().default(null).describe('Servers of one kind on one NATS cluster; null is one server.'),
  seed: z.number().int().min(0).max(4_294_967_295).default(1).describe('The same seed gives the same report.'),
});

export const scenarioSchema = scenarioFields.superRefine(({ fleet, workload, loadOnSameMachine }, context) => {
  if (fleet === null) return;
  const refuse = (path: string[], given: unknown, accepted: string, message: string): void =>
    context.addIssue({ code: 'custom', path, message, params: { given, accepted } });
  if (loadOnSameMachine) refuse(['loadOnSameMachine'], true, 'false', 'a fleet has no clients on its machines');
  if (fleet.lost === null) return;
  if (fleet.lost.servers >= fleet.servers) {
    const accepted = `1 to ${fleet.servers - 1} of ${fleet.servers}`;
    refuse(['fleet', 'lost', 'servers'], fleet.lost.servers, accepted, 'somebody must be left');
  }
  if (workload.channels !== workload.subscriptionsPerClient) {
    const message = 'the account of clients that move counts sequences: each must get every message';
    refuse(['workload', 'subscriptionsPerClient'], workload.subscriptionsPerClient, `${workload.channels}`, message);
  }
});
/** A scenario with every default filled in. */
export type Scenario = z.infer<typeof scenarioSchema>;
