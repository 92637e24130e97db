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
  /** A machine of the list that this one is but for its sizes: its CPU, and its provider's prices for traffic. */
  basedOn: z.string().optional(),
  /** What the kernel may hold in the queues of all TCP sockets, tcp_mem's third figure; 3/32 of the memory by default. */
  tcpMemoryBytes: positive.optional(),
  usdPerHour: z.number().min(0).nullable(),
});
export type Machine = z.infer<typeof machineSchema>;

/**
 * A machine of the list with changes. Limits that are not given keep their share of what they limit; the price of a machine
 * with other cores, memory or network is not known unless it is given.
 */
export const machineChangeSchema = z.strictObject({
  extends: z.string().min(1),
  ...machineSchema.partial().shape,
});
export type MachineChange = z.infer<typeof machineChangeSchema>;

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
      /** From the start of one burst to the start of the next; without it there is one burst. */
      everySeconds: positive.optional(),
      /** Bursts in all; as many as begin within the load by default. */
      times: z.number().int().min(1).max(10_000).optional(),
    })
    .describe('The publish rate is multiplied for a while; with everySeconds, again and again.'),
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
  z
    .strictObject({
      kind: z.literal('server-restart'),
      atSeconds: z.number().min(0),
      /** Time over which the server closes its connections, evenly; it lets nobody in meanwhile. */
      drainSeconds: z.number().min(0).default(0),
      /** Time without a server, after the drain. */
      downSeconds: z.number().min(0),
      /**
       * A client tries again at a random moment of so many seconds after its connection ended (full jitter); each time that
       * the server is still away, it waits for twice as long.
       */
      reconnectSpreadSeconds: positive.default(2),
      /** Longest wait between two tries. */
      reconnectSpreadMaxSeconds: positive.default(30),
    })
    .describe('A deployment: the server drains, is down, and its clients come back with backoff and jitter.'),
]);
export type Fault = z.infer<typeof faultSchema>;

/** Sizes of messages and the share of the messages that have each. */
const messageSizesSchema = z
  .array(z.strictObject({ bytes: z.number().int().min(100).max(1_048_576), share: z.number().positive().max(1) }))
  .min(1)
  .max(64);

/** How popular channels are: all equally, or after Zipf with an exponent. */
const popularitySchema = z.union([z.literal('uniform'), z.strictObject({ zipf: z.number().min(0).max(5) })]);

const clientFields = {
  linkBitsPerSecond: positive
    .nullable()
    .default(null)
    .describe('Download rate of a client’s link in bit/s; null is unlimited.'),
  roundTripMs: z.number().min(0).default(0).describe('Round trip between server and client in milliseconds.'),
  stalledShare: share.default(0).describe('Share of the clients that never read after subscribing.'),
};

const workloadFields = z.strictObject({
  connections: z.number().int().min(1).max(1_000_000).default(12_000).describe('Clients that try to connect.'),
  ratePerSecond: positive.max(1_000_000).default(25).describe('Messages published per second, all channels together.'),
  rateCurve: z
    .array(z.strictObject({ atSeconds: z.number().min(0), factor: z.number().min(0).max(1_000) }))
    .min(1)
    .max(1_000)
    .optional()
    .describe('How ratePerSecond changes over the load, such as over a day: factors, linear between their times.')
    .meta({
      examples: [
        [
          { atSeconds: 0, factor: 0.2 },
          { atSeconds: 30, factor: 1 },
        ],
      ],
    }),
  messageBytes: z
    .union([z.number().min(100).max(1_048_576), z.strictObject({ values: messageSizesSchema })])
    .default(500)
    .describe(
      'Payload bytes on the wire of one message frame, without the WebSocket header; for a mix: {values: [{bytes: 300, share: 0.9}, {bytes: 4000, share: 0.1}]}.',
    ),
  /** What `messageBytes: {values: ...}` becomes, for scenarios that are read again from a report. */
  messageSizes: messageSizesSchema.optional(),
  durationSeconds: positive
    .max(86_400)
    .default(60)
    .describe('Seconds of load after the ramp; the summary covers these minus warmUpSeconds.'),
  warmUpSeconds: z.number().min(0).default(5).describe('Seconds at the start of the load that the summary leaves out.'),
  rampConnectionsPerSecond: positive.default(2_000).describe('Clients that connect per second before the load begins.'),
  churnPerHour: z
    .number()
    .min(0)
    .max(3_600)
    .optional()
    .describe(
      'Share of the clients that leave per hour, each replaced by a new one; 0.3 is 30 %, 12 is every 5 minutes.',
    )
    .meta({ examples: [0.3] }),
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
  popularity: z
    .union([
      ...popularitySchema.options,
      z.strictObject({ messages: popularitySchema.optional(), subscriptions: popularitySchema.optional() }),
    ])
    .optional()
    .describe('How messages and subscriptions spread over the channels; {zipf: 1} alone speaks of the messages.')
    .meta({ examples: [{ messages: { zipf: 1 }, subscriptions: { zipf: 0.8 } }] }),
  arrivals: z
    .enum(['regular', 'poisson'])
    .default('regular')
    .describe('How messages follow each other: at equal distances, or at random.'),
  client: z.strictObject(clientFields).prefault({}),
  clientGroups: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        share: z.number().positive().max(1),
        linkBitsPerSecond: positive.nullable().optional(),
        roundTripMs: z.number().min(0).optional(),
        stalledShare: share.optional(),
        subscriptionsPerClient: z.number().int().min(1).optional(),
      }),
    )
    .min(1)
    .max(32)
    .optional()
    .describe('Kinds of clients by their share; what a group leaves out is as in client and subscriptionsPerClient.')
    .meta({
      examples: [
        [
          { name: 'mobile', share: 0.4, linkBitsPerSecond: 2_000_000, roundTripMs: 80 },
          { name: 'desktop', share: 0.6, roundTripMs: 20 },
        ],
      ],
    }),
});

/** What the schema alone cannot say: how fields of a workload depend on each other. */
function checkWorkload(workload: z.infer<typeof workloadFields>, context: z.RefinementCtx): void {
  const { channels, durationSeconds, warmUpSeconds, clientGroups, messageBytes, messageSizes, rateCurve } = workload;
  const refuse: Refuse = (path, given, accepted, message) =>
    context.addIssue({ code: 'custom', path, message, params: { given, accepted } });
  const subscribes = (path: (string | number)[], count: number): void => {
    if (count <= channels) return;
    refuse(
      path,
      count,
      `1 to ${channels} (workload.channels)`,
      `a client cannot subscribe to ${count} channels when there are ${channels}`,
    );
  };
  subscribes(['subscriptionsPerClient'], workload.subscriptionsPerClient);
  if (warmUpSeconds >= durationSeconds) {
    const accepted = `less than ${durationSeconds} (workload.durationSeconds)`;
    refuse(['warmUpSeconds'], warmUpSeconds, accepted, 'the warm-up must be shorter than the load');
  }
  const addUp = (path: string[], parts: readonly { readonly share: number }[]): void => {
    const sum = parts.reduce((total, part) => total + part.share, 0);
    if (Math.abs(sum - 1) <= 1e-6) return;
    refuse(path, Number(sum.toFixed(6)), 'shares that add up to 1', `the shares add up to ${Number(sum.toFixed(6))}`);
  };
  if (clientGroups !== undefined) {
    addUp(['clientGroups'], clientGroups);
    clientGroups.forEach(({ name, subscriptionsPerClient }, index) => {
      if (subscriptionsPerClient !== undefined) {
        subscribes(['clientGroups', index, 'subscriptionsPerClient'], subscriptionsPerClient);
      }
      if (clientGroups.findIndex((group) => group.name === name) < index) {
        refuse(['clientGroups', index, 'name'], name, 'a name of its own', 'two groups have this name');
      }
    });
  }
  const isMix = typeof messageBytes === 'object';
  const sizes = isMix ? messageBytes.values : messageSizes;
  if (sizes !== undefined) addUp(isMix ? ['messageBytes', 'values'] : ['messageSizes'], sizes);
  if (isMix && messageSizes !== undefined) {
    refuse(['messageSizes'], messageSizes, 'one of the two', 'the sizes are given in messageBytes too');
  }
  if (!isMix && messageSizes !== undefined && Math.abs(messageBytes - meanBytes(messageSizes)) > 1e-6) {
    refuse(
      ['messageBytes'],
      messageBytes,
      `${meanBytes(messageSizes)}, the mean of workload.messageSizes; or messageBytes: {values: [...]} alone`,
      'contradicts workload.messageSizes',
    );
  }
  if (!isMix && messageSizes === undefined && !Number.isInteger(messageBytes)) {
    refuse(['messageBytes'], messageBytes, 'a whole number', 'is not whole');
  }
  if (rateCurve !== undefined) {
    rateCurve.forEach(({ atSeconds }, index) => {
      if (index === 0 || atSeconds > rateCurve[index - 1].atSeconds) return;
      const accepted = `more than ${rateCurve[index - 1].atSeconds}, the time before it`;
      refuse(['rateCurve', index, 'atSeconds'], atSeconds, accepted, 'times must ascend');
    });
    if (rateCurve.every(({ factor }) => factor === 0)) {
      refuse(['rateCurve'], 0, 'a factor above 0 somewhere', 'nothing would ever be published');
    }
  }
}

const meanBytes = (sizes: z.infer<typeof messageSizesSchema>): number =>
  Number(sizes.reduce((sum, { bytes, share: of }) => sum + bytes * of, 0).toFixed(6));

/** A workload; `messageBytes` is always a number in it, the mean where `messageSizes` says which sizes there are. */
export const workloadSchema = workloadFields.superRefine(checkWorkload).transform((workload) => {
  const { messageBytes } = workload;
  if (typeof messageBytes === 'number') return { ...workload, messageBytes };
  return { ...workload, messageBytes: meanBytes(messageBytes.values), messageSizes: messageBytes.values };
});
export type Workload = z.infer<typeof workloadSchema>;

/** Servers of one kind behind a balancer, all on one NATS cluster; `workload.connections` are those of them all. */
export const fleetSchema = z.strictObject({
  servers: z.number().int().min(1).max(10_000).describe('Servers, all alike; the balancer spreads clients evenly.'),
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
  machine: z
    .union([z.string(), machineSchema, machineChangeSchema])
    .default('e2-standard-2')
    .describe('A machine by name, written out, or one with changes (extends and what is different).'),
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
  egress: z
    .enum(['internet', 'internal', 'cdn'])
    .default('internet')
    .describe('Where the traffic goes, for its price: to the internet, inside the cloud, or out through a CDN.'),
  seed: z.number().int().min(0).max(4_294_967_295).default(1).describe('The same seed gives the same report.'),
});

/** Whether every client subscribes to every channel. */
export function followsAllChannels(
  workload: Pick<Workload, 'channels' | 'subscriptionsPerClient' | 'clientGroups'>,
): boolean {
  const counts = workload.clientGroups?.map((group) => group.subscriptionsPerClient) ?? [undefined];
  return counts.every((count) => (count ?? workload.subscriptionsPerClient) === workload.channels);
}

type Refuse = (path: (string | number)[], given: unknown, accepted: string, message: string) => void;

function checkFaults(faults: readonly Fault[], refuse: Refuse): void {
  faults.forEach((fault, index) => {
    if (fault.kind === 'rate-burst') {
      const { everySeconds, durationSeconds, times } = fault;
      if (everySeconds !== undefined && everySeconds <= durationSeconds) {
        const accepted = `more than ${durationSeconds} (durationSeconds)`;
        refuse(['faults', index, 'everySeconds'], everySeconds, accepted, 'the next burst would begin in this one');
      }
      if (times !== undefined && times > 1 && everySeconds === undefined) {
        refuse(['faults', index, 'times'], times, 'together with everySeconds', 'it is not said how often');
      }
    }
    if (fault.kind === 'server-restart' && fault.reconnectSpreadMaxSeconds < fault.reconnectSpreadSeconds) {
      const accepted = `at least ${fault.reconnectSpreadSeconds} (reconnectSpreadSeconds)`;
      refuse(['faults', index, 'reconnectSpreadMaxSeconds'], fault.reconnectSpreadMaxSeconds, accepted, 'is too small');
    }
  });
  const restarts = faults.flatMap((fault, index) => (fault.kind === 'server-restart' ? [{ fault, index }] : []));
  restarts.sort((left, right) => left.fault.atSeconds - right.fault.atSeconds);
  restarts.forEach(({ fault, index }, order) => {
    const before = restarts[order - 1]?.fault;
    if (before === undefined) return;
    const upSeconds = before.atSeconds + before.drainSeconds + before.downSeconds;
    if (fault.atSeconds >= upSeconds) return;
    const accepted = `${upSeconds} or later, when the server is back from the restart before`;
    refuse(['faults', index, 'atSeconds'], fault.atSeconds, accepted, 'the server is away at this time');
  });
}

export const scenarioSchema = scenarioFields.superRefine(({ fleet, workload, faults, loadOnSameMachine }, context) => {
  const refuse: Refuse = (path, given, accepted, message) =>
    context.addIssue({ code: 'custom', path, message, params: { given, accepted } });
  checkFaults(faults, refuse);
  const roundTrips = new Set(workload.clientGroups?.map((group) => group.roundTripMs ?? workload.client.roundTripMs));
  if (loadOnSameMachine && roundTrips.size > 1) {
    const message = 'clients on the server’s own machine all have the same round trip';
    refuse(['workload', 'clientGroups'], `round trips of ${[...roundTrips].join(', ')} ms`, 'one for all', message);
  }
  if (fleet === null) return;
  faults.forEach(({ kind }, index) => {
    if (kind === 'server-lost' || kind === 'clients-join') {
      refuse(['faults', index, 'kind'], kind, 'fleet.lost', 'the balancer of a fleet decides who goes where');
    }
    if (kind !== 'server-restart') return;
    const accepted =
      'one server: its share of the clients and no fleet; for the others, a second run with their share of those that moved';
    refuse(['faults', index, 'kind'], kind, accepted, 'a rolling restart of a fleet is not modelled');
  });
  if (loadOnSameMachine) refuse(['loadOnSameMachine'], true, 'false', 'a fleet has no clients on its machines');
  if (fleet.lost === null) return;
  if (fleet.lost.servers >= fleet.servers) {
    const accepted = fleet.servers === 1 ? 'no lost servers of one' : `1 to ${fleet.servers - 1} of ${fleet.servers}`;
    refuse(['fleet', 'lost', 'servers'], fleet.lost.servers, accepted, 'somebody must be left');
  }
  if (!followsAllChannels(workload)) {
    const message = 'the account of clients that move counts sequences: each must get every message';
    refuse(['workload', 'subscriptionsPerClient'], workload.subscriptionsPerClient, `${workload.channels}`, message);
  }
});
/** A scenario with every default filled in. */
export type Scenario = z.infer<typeof scenarioSchema>;
