import { setTimeout as sleep } from 'node:timers/promises';
import {
  AckPolicy,
  connect,
  type Consumer,
  type JetStreamClient,
  type JsMsg,
  type NatsConnection,
  nanos,
  RetentionPolicy,
} from 'nats';
import { z } from 'zod';
import type { CodeVersion } from './code-version.ts';
import { type SweepManifest, sweepSchemaVersion } from './plan.ts';
import { type PointJob, pointJobSchema, parseRow } from './point.ts';
import { PointThread } from './point-threads.ts';
import type { RunPoints } from './run-sweep.ts';
import { sha256Of } from './code-version.ts';

/**
 * A sweep past one machine: its points lie in a JetStream work queue, workers take them, and their rows come back through
 * a second stream. A point leaves the queue when its row is stored; what a dead worker held is delivered again. A row may
 * therefore come twice, and the sweep keeps the first of each point: rows of one code are the same to the byte.
 */
const pointsStream = 'FANOUT_SWEEP_POINTS';
const resultsStream = 'FANOUT_SWEEP_RESULTS';
const pointsSubject = (sweep: string): string => `fanout.sweep.points.${sweep}`;
const resultsSubject = (sweep: string): string => `fanout.sweep.results.${sweep}`;
const consumerName = 'workers';

export const ackWaitMsDefault = 10_000;
/** A worker says so often that it is still at a point. */
const heartbeatMs = 1_000;
export const ackWaitMsLeast = 2 * heartbeatMs;
/** What nobody came back for. */
const streamMaxAgeMs = 7 * 86_400_000;
const pullExpiresMs = 1_000;
/** A broken connection is noticed after so long, and reading begins where it ended. */
const readExpiresMs = 2_000;
const reconnectWaitMs = 250;
const publishBatch = 100;
const watchMs = 5_000;
const refusedDelayMs = 1_000;
const retryMs = 1_000;
const answerTimeoutMs = 2_000;

/** The queue cannot be used, or a point must not be simulated here; the message says what to do. */
export class QueueError extends Error {
  override readonly name = 'QueueError';
}

const requestSchema = z.object({
  schemaVersion: z.number(),
  sweep: z.string().regex(/^[0-9a-f]+$/),
  code: z.object({ commit: z.string(), sha256: z.string() }),
});
const resultSchema = z.strictObject({
  index: z.number().int().min(0),
  line: z.string().optional(),
  failure: z.string().optional(),
});
type PointResult = z.infer<typeof resultSchema>;

// The sweep's side ---------------------------------------------------------------------------------------------------

export interface QueueOptions {
  readonly url: string;
  readonly manifest: SweepManifest;
  /** Forgets what an earlier run of the same sweep left in the queue. */
  readonly fresh: boolean;
  /** A point whose worker was silent for so long goes to another. */
  readonly ackWaitMs: number;
}

/** Through the queue: whoever runs `worker` does the points. */
export const onQueue =
  ({ url, manifest, fresh, ackWaitMs }: QueueOptions): RunPoints =>
  async (jobs, sink, signal) => {
    const { commit: _unused, ...code } = manifest.code;
    const sweep = sha256Of(JSON.stringify({ ...manifest, code })).slice(0, 16);
    const connection = await open(url, 'sweep', ackWaitMs);
    const manager = await connection.jetstreamManager();
    const purge = async (stream: string, filter: string): Promise<void> =>
      void (await manager.streams.purge(stream, { filter }));
    try {
      await purge(pointsStream, pointsSubject(sweep));
      if (fresh) await purge(resultsStream, resultsSubject(sweep));
      const collector = new Collector(jobs, sink);
      const stop = (): void => collector.stop();
      signal.addEventListener('abort', stop);
      const { reading } = await collector.read(connection.jetstream(), sweep, await countOf(connection, sweep));
      await publishAll(connection.jetstream(), sweep, manifest.code, collector.missing());
      const watch = setInterval(() => void tellWhenNobodyWorks(connection, collector, sink), watchMs);
      try {
        await reading;
      } finally {
        clearInterval(watch);
        signal.removeEventListener('abort', stop);
      }
      if (signal.aborted) return;
      await purge(pointsStream, pointsSubject(sweep));
      await purge(resultsStream, resultsSubject(sweep));
    } finally {
      await connection.close();
    }
  };

/** Takes each point's first result, until all are there. */
class Collector {
  #jobs: Map<number, PointJob>;
  #sink: Parameters<RunPoints>[1];
  #left: Set<number>;
  #stopReading: () => void = () => {};
  /** Results since the last question. */
  arrived = 0;

  constructor(jobs: readonly PointJob[], sink: Parameters<RunPoints>[1]) {
    this.#jobs = new Map(jobs.map((job) => [job.index, job]));
    this.#sink = sink;
    this.#left = new Set(this.#jobs.keys());
  }

  missing(): PointJob[] {
    return [...this.#left].map((index) => this.#jobs.get(index) as PointJob);
  }
  stop(): void {
    this.#stopReading();
  }

  /**
   * Reads results from the first that is stored, and returns after the `stored` ones of an earlier run.
   * @returns what resolves when no point is missing
   */
  async read(client: JetStreamClient, sweep: string, stored: number): Promise<{ readonly reading: Promise<void> }> {
    const consumer = await client.consumers.get(resultsStream, { filterSubjects: resultsSubject(sweep) });
    const messages = await consumer.consume({ expires: readExpiresMs });
    this.#stopReading = (): void => messages.stop();
    let told: () => void = () => {};
    const caughtUp = new Promise<void>((resolve) => {
      told = resolve;
    });
    if (stored === 0) told();
    const reading = (async (): Promise<void> => {
      let count = 0;
      for await (const message of messages) {
        count += 1;
        this.arrived += 1;
        const result = resultSchema.safeParse(contentOf(message));
        if (result.success) this.#take(result.data, count <= stored);
        if (count === stored) told();
        if (this.#left.size === 0) break;
      }
      told();
    })();
    await Promise.race([caughtUp, reading]);
    return { reading };
  }

  #take({ index, line, failure }: PointResult, isOld: boolean): void {
    const job = this.#jobs.get(index);
    if (job === undefined) return;
    if (line !== undefined && parseRow(line)?.index === index) {
      this.#left.delete(index);
      this.#sink.onDone(line, job);
      return;
    }
    // A failure of an earlier run is tried again.
    if (isOld || !this.#left.delete(index)) return;
    this.#sink.onFailed(failure ?? 'its worker sent no row; is it of another version?', job);
  }
}

async function countOf(connection: NatsConnection, sweep: string): Promise<number> {
  const manager = await connection.jetstreamManager();
  const subject = resultsSubject(sweep);
  const { state } = await manager.streams.info(resultsStream, { subjects_filter: subject });
  return state.subjects?.[subject] ?? 0;
}

async function publishAll(
  client: JetStreamClient,
  sweep: string,
  code: CodeVersion,
  jobs: readonly PointJob[],
): Promise<void> {
  for (let start = 0; start < jobs.length; start += publishBatch) {
    await Promise.all(
      jobs
        .slice(start, start + publishBatch)
        .map((job) =>
          client.publish(pointsSubject(sweep), JSON.stringify({ schemaVersion: sweepSchemaVersion, sweep, code, job })),
        ),
    );
  }
}

async function tellWhenNobodyWorks(
  connection: NatsConnection,
  collector: Collector,
  sink: Parameters<RunPoints>[1],
): Promise<void> {
  const { arrived } = collector;
  collector.arrived = 0;
  if (arrived > 0 || connection.isClosed()) return;
  try {
    const manager = await connection.jetstreamManager();
    const { num_waiting, num_ack_pending } = await manager.consumers.info(pointsStream, consumerName);
    if (num_waiting === 0 && num_ack_pending === 0)
      sink.onNote('no worker takes points; start one, here or elsewhere: npm run -s fanout -- worker --nats URL');
  } catch {
    sink.onNote('the message server does not answer; the sweep goes on when it does');
  }
}

// The worker's side --------------------------------------------------------------------------------------------------

export interface WorkerOptions {
  readonly url: string;
  readonly threads: number;
  readonly code: CodeVersion;
  /** Simulates for sweeps of other code, too: their results may differ. */
  readonly anyCode: boolean;
  /** Ends when there was no point for so long; null: never. */
  readonly idleMs: number | null;
  readonly signal: AbortSignal;
  readonly onPoint: (index: number) => void;
}

/** Takes points until told to stop. @throws QueueError when points are of another code, which go back to the queue */
export async function workOnQueue(options: WorkerOptions): Promise<void> {
  const connection = await open(options.url, 'worker', null);
  const held = new Set<JsMsg>();
  const end = new AbortController();
  const signal = AbortSignal.any([options.signal, end.signal]);
  try {
    await Promise.all(
      Array.from({ length: options.threads }, () =>
        takePoints(connection, held, { ...options, signal }).catch((error: unknown) => {
          end.abort();
          throw error;
        }),
      ),
    );
  } finally {
    // What is under way goes to others at once.
    for (const message of held) message.nak();
    await connection.flush().catch(() => undefined);
    await connection.close();
  }
}

async function takePoints(connection: NatsConnection, held: Set<JsMsg>, options: WorkerOptions): Promise<void> {
  const { signal, idleMs } = options;
  const client = connection.jetstream();
  const consumer = await client.consumers.get(pointsStream, consumerName);
  const thread = new PointThread();
  const stop = (): void => void thread.close();
  signal.addEventListener('abort', stop);
  let lastPointMs = performance.now();
  try {
    while (!signal.aborted) {
      try {
        if (await takePoint(client, consumer, thread, held, options)) lastPointMs = performance.now();
        else if (idleMs !== null && performance.now() - lastPointMs >= idleMs) return;
      } catch (error) {
        if (error instanceof QueueError || connection.isClosed()) throw error;
        // The server is away; what was under way comes again.
        await sleep(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  } finally {
    signal.removeEventListener('abort', stop);
    await thread.close();
  }
}

/** @returns whether there was one */
async function takePoint(
  client: JetStreamClient,
  consumer: Consumer,
  thread: PointThread,
  held: Set<JsMsg>,
  options: WorkerOptions,
): Promise<boolean> {
  const message = await consumer.next({ expires: pullExpiresMs });
  if (message === null) return false;
  held.add(message);
  const heartbeat = setInterval(() => message.working(), heartbeatMs);
  try {
    const { sweep, job } = acceptedRequest(message, options);
    const outcome = await thread.run(job);
    if (options.signal.aborted) return true;
    const result: PointResult = outcome.ok
      ? { index: job.index, line: outcome.line }
      : { index: job.index, failure: outcome.message };
    await client.publish(resultsSubject(sweep), JSON.stringify(result), { timeout: answerTimeoutMs });
    await message.ackAck({ timeout: answerTimeoutMs });
    options.onPoint(job.index);
  } finally {
    clearInterval(heartbeat);
    if (!options.signal.aborted) held.delete(message);
  }
  return true;
}

function acceptedRequest(message: JsMsg, { code, anyCode }: WorkerOptions): { sweep: string; job: PointJob } {
  const refuse = (why: string): never => {
    message.nak(refusedDelayMs);
    throw new QueueError(why);
  };
  const request = requestSchema.safeParse(contentOf(message));
  if (!request.success || request.data.schemaVersion !== sweepSchemaVersion)
    return refuse(
      `a point in the queue has schema version ${request.data?.schemaVersion ?? 'unknown'}, this worker knows ${sweepSchemaVersion}: run the worker from the commit of the sweep`,
    );
  const { sweep, code: asked } = request.data;
  if (asked.sha256 !== code.sha256 && !anyCode)
    return refuse(
      `the sweep runs commit ${asked.commit || 'unknown'}, this worker commit ${code.commit || 'unknown'}, and their core or sim differ, so their results could: check out the same commit here, or give --any-code`,
    );
  const job = pointJobSchema.safeParse((contentOf(message) as { job?: unknown }).job);
  if (job.success) return { sweep, job: job.data };
  const [issue] = job.error.issues;
  return refuse(`this worker cannot read a point of the queue: ${issue.path.join('.')}: ${issue.message}`);
}

/** null where it is no JSON: somebody else's message. */
function contentOf(message: JsMsg): unknown {
  try {
    return message.json();
  } catch {
    return null;
  }
}

// Both ---------------------------------------------------------------------------------------------------------------

/** @param ackWaitMs of the queue; null leaves it as it is */
async function open(url: string, role: string, ackWaitMs: number | null): Promise<NatsConnection> {
  const connection = await connectTo(url, role);
  try {
    const manager = await connection.jetstreamManager();
    const limits = { max_age: nanos(streamMaxAgeMs) };
    await manager.streams.add({
      ...limits,
      name: pointsStream,
      subjects: [pointsSubject('*')],
      retention: RetentionPolicy.Workqueue,
    });
    await manager.streams.add({ ...limits, name: resultsStream, subjects: [resultsSubject('*')] });
    const found = await manager.consumers.info(pointsStream, consumerName).catch(() => null);
    const ackWait = nanos(ackWaitMs ?? ackWaitMsDefault);
    if (found === null)
      await manager.consumers.add(pointsStream, {
        durable_name: consumerName,
        ack_policy: AckPolicy.Explicit,
        ack_wait: ackWait,
        max_deliver: -1,
        max_ack_pending: -1,
      });
    else if (ackWaitMs !== null && found.config.ack_wait !== ackWait)
      await manager.consumers.update(pointsStream, consumerName, { ack_wait: ackWait });
    return connection;
  } catch (error) {
    await connection.close();
    throw new QueueError(
      `--nats ${url}: the sweep's queue cannot be set up there (${(error as Error).message}); start the server with JetStream, as in nats-server -js`,
    );
  }
}

/** User and password, or a token, may stand in the URL. */
async function connectTo(url: string, role: string): Promise<NatsConnection> {
  const { username, password } = URL.canParse(url) ? new URL(url) : { username: '', password: '' };
  const login =
    username === ''
      ? {}
      : password === ''
        ? { token: decodeURIComponent(username) }
        : { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  const servers = url.replace(/\/\/[^@/]*@/, '//');
  try {
    return await connect({
      servers,
      name: `fanout-twin ${role}`,
      maxReconnectAttempts: -1,
      reconnectTimeWait: reconnectWaitMs,
      ...login,
    });
  } catch (error) {
    throw new QueueError(
      `--nats ${servers}: no NATS server answers there (${(error as Error).message}); start one with JetStream, as in nats-server -js`,
    );
  }
}
