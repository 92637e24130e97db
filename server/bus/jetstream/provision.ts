import { setTimeout as sleep } from 'node:timers/promises';
import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerInfo,
  DeliverPolicy,
  DiscardPolicy,
  type JetStreamManager,
  nanos,
  type NatsConnection,
  ReplayPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from 'nats';
import { redacted, type Settings } from '#core';
import type { Log } from '../../observe/log.ts';
import { BusError, mayPass, messageOf, nullWhenNotFound } from './bus-error.ts';
import { pullExpiresMs } from './pull.ts';

/** A suffixed consumer of an instance that is gone for good. */
const consumerExpiresMs = 300_000;
const readyTimeoutMs = 15_000;
const retryMs = 100;

export const consumerNameOf = ({ consumerName, instance }: Settings): string =>
  instance === '' ? consumerName : `${consumerName}-${instance}`;

/** The subjects of JS_SUBJECTS. @throws BusError for what NATS takes for none */
export function subjectsOf(settings: Settings): string[] {
  const subjects = settings.subjects.split(',').map((subject) => subject.trim());
  for (const subject of subjects) {
    if (/^[^\s.]+(\.[^\s.]+)*$/.test(subject)) continue;
    throw new BusError(
      `JS_SUBJECTS: ${subject === '' ? 'an empty subject' : subject} is no subject (accepted: tokens split by dots, several subjects by comma)`,
    );
  }
  return subjects;
}

/** Names that become tokens of subjects cannot hold what splits or matches those. */
export function checkNames(settings: Settings): void {
  for (const [variable, name] of [
    ['JS_STREAM_NAME', settings.streamName],
    ['JS_CONSUMER_NAME', settings.consumerName],
  ]) {
    if (/^[^\s.*>/\\]+$/.test(name)) continue;
    throw new BusError(
      `${variable}=${name}: no name for JetStream (accepted: characters but spaces, dots, *, >, / and \\)`,
    );
  }
}

/**
 * Waits for a cluster that has just started: it elects a leader and finds its nodes first. What no waiting can mend fails at once.
 * @throws BusError that says what stands in the way
 */
export async function whenReady<T>(
  settings: Settings,
  connection: NatsConnection,
  attempt: () => Promise<T>,
  isStopping: () => boolean,
): Promise<T> {
  const deadlineMs = performance.now() + readyTimeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof BusError) throw error;
      const info = connection.info;
      const isAlone = info !== undefined && info.jetstream !== true && info.cluster === undefined;
      if (mayPass(error) && !isAlone && performance.now() < deadlineMs && !isStopping()) {
        await sleep(retryMs);
        continue;
      }
      throw new BusError(explained(settings, error, isAlone));
    }
  }
}

function explained(settings: Settings, error: unknown, withoutJetStream: boolean): string {
  const head = `stream ${settings.streamName} at NATS_URL=${redacted(settings.natsUrl ?? '')}:`;
  const cause = messageOf(error);
  if (withoutJetStream) return `${head} the NATS server there runs without JetStream (${cause}); start it with -js`;
  if (/overlap/i.test(cause)) {
    return `JS_SUBJECTS=${settings.subjects}: another stream takes these subjects (${cause}); choose other JS_SUBJECTS, or that stream's name as JS_STREAM_NAME`;
  }
  if (/replica|peers/i.test(cause)) {
    return `JS_REPLICAS=${settings.streamReplicas}: ${cause}; a cluster needs at least that many nodes with JetStream`;
  }
  if (/insufficient|resource|storage|memory|maximum/i.test(cause)) {
    return `${head} ${cause}; JS_STREAM_MAX_BYTES (${settings.streamMaxBytes}) must fit into the account's and the server's limits`;
  }
  if (/permission/i.test(cause)) {
    return `${head} this user of NATS may not do that (${cause}); grant it $JS.API.STREAM.*, $JS.API.CONSUMER.*, $JS.ACK.> and _INBOX.>`;
  }
  if (/timeout|503|no responders/i.test(cause)) {
    return `${head} JetStream did not answer within ${readyTimeoutMs / 1_000} s (${cause}); a cluster needs most of its nodes, and this user of NATS permission for $JS.API.> and _INBOX.>`;
  }
  return `${head} ${cause}`;
}

/** @returns the stream, made with the settings when it was not there. What others set up is told or refused, not changed. */
export async function ensureStream(manager: JetStreamManager, settings: Settings, log: Log): Promise<StreamInfo> {
  const asked = {
    name: settings.streamName,
    subjects: subjectsOf(settings),
    max_age: settings.streamMaxAgeNs,
    max_msgs: settings.streamMaxMessages,
    max_bytes: settings.streamMaxBytes,
  };
  const found = await manager.streams.info(settings.streamName).catch(nullWhenNotFound);
  if (found === null) {
    const made = await manager.streams.add({
      ...asked,
      storage: settings.streamStorage === 'file' ? StorageType.File : StorageType.Memory,
      num_replicas: settings.streamReplicas,
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
    });
    log.write('info', 'stream created', asked);
    return made;
  }
  checkStream(found.config);
  for (const key of ['subjects', 'max_age', 'max_msgs', 'max_bytes'] as const) {
    if (sorted(found.config[key]) === sorted(asked[key])) continue;
    log.write('warn', 'stream differs from the settings', { key, found: sorted(found.config[key]), asked: asked[key] });
  }
  return found;
}

const sorted = (value: unknown): string => JSON.stringify(Array.isArray(value) ? [...value].sort() : value);

/** @throws BusError for a stream that cannot serve clients that come back */
export function checkStream(config: StreamConfig): void {
  if (config.retention !== RetentionPolicy.Limits) {
    throw differs('stream', config.name, { field: 'retention', found: config.retention, needed: 'limits' });
  }
}

interface Difference {
  readonly field: string;
  readonly found: unknown;
  readonly needed: string;
}

const differs = (kind: 'stream' | 'consumer', name: string, { field, found, needed }: Difference): BusError => {
  const variable = kind === 'stream' ? 'JS_STREAM_NAME' : 'JS_CONSUMER_NAME';
  return new BusError(
    `${variable}: ${kind} ${name} exists and cannot be used: ${field} is ${JSON.stringify(found)}, needed is ${needed}; change it there, remove it, or choose another ${variable}`,
  );
};

const lineageMark = 'fanout-twin lineage ';

/** What `ensureConsumer` was given when it made the consumer; '' for another's. */
export const lineageOf = ({ config: { description = '' } }: ConsumerInfo): string =>
  description.startsWith(lineageMark) ? description.slice(lineageMark.length) : '';

/** What of a consumer loses or reorders messages, so that a server on it would keep silent about them. */
export function differenceOf(config: ConsumerConfig, batch: number): Difference | null {
  const loose = config as ConsumerConfig & {
    readonly filter_subjects?: readonly string[];
    readonly max_expires?: number;
  };
  const maxExpiresMs = (loose.max_expires ?? 0) / 1e6;
  const checks: [boolean, string, unknown, string][] = [
    [config.deliver_subject === undefined, 'deliver_subject', config.deliver_subject, 'none (a pull consumer)'],
    [config.ack_policy === AckPolicy.Explicit, 'ack_policy', config.ack_policy, 'explicit'],
    [!config.filter_subject || config.filter_subject === '>', 'filter_subject', config.filter_subject, 'none'],
    [(loose.filter_subjects ?? []).length === 0, 'filter_subjects', loose.filter_subjects, 'none'],
    [config.max_deliver === undefined || config.max_deliver <= 0, 'max_deliver', config.max_deliver, '-1'],
    [config.headers_only !== true, 'headers_only', config.headers_only, 'false'],
    [!config.max_batch || config.max_batch >= batch, 'max_batch', config.max_batch, `0 or ${batch} and more`],
    [!config.max_bytes, 'max_bytes', config.max_bytes, '0'],
    [
      maxExpiresMs === 0 || maxExpiresMs >= pullExpiresMs,
      'max_expires',
      `${maxExpiresMs} ms`,
      `0 or ${pullExpiresMs} ms and more`,
    ],
    [
      config.deliver_policy !== DeliverPolicy.LastPerSubject,
      'deliver_policy',
      config.deliver_policy,
      'any but last_per_subject',
    ],
    [config.replay_policy !== ReplayPolicy.Original, 'replay_policy', config.replay_policy, 'instant'],
    [(config.backoff ?? []).length === 0, 'backoff', config.backoff, 'none'],
  ];
  for (const [passed, field, found, needed] of checks) if (!passed) return { field, found, needed };
  return null;
}

/** @throws BusError for a consumer that would lose messages */
export function checkConsumer(info: ConsumerInfo, batch: number): void {
  const difference = differenceOf(info.config, batch);
  if (difference !== null) throw differs('consumer', info.name, difference);
}

/**
 * @param lastSequence where a consumer that is new begins after
 * @param lineage kept with a consumer that is new: what its stream went through, for servers that start later
 */
export async function ensureConsumer(
  manager: JetStreamManager,
  settings: Settings,
  log: Log,
  lastSequence: number,
  lineage = '',
): Promise<ConsumerInfo> {
  const { streamName, ackWaitNs, maxAckPending, instance } = settings;
  const consumer = consumerNameOf(settings);
  const found = await manager.consumers.info(streamName, consumer).catch(nullWhenNotFound);
  if (found === null) {
    const made = await manager.consumers.add(streamName, {
      durable_name: consumer,
      ack_policy: AckPolicy.Explicit,
      ack_wait: ackWaitNs,
      max_ack_pending: maxAckPending,
      max_deliver: -1,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: lastSequence + 1,
      ...(lineage === '' ? {} : { description: `${lineageMark}${lineage}` }),
      ...(instance === '' ? {} : { inactive_threshold: nanos(consumerExpiresMs) }),
    });
    log.write('info', 'consumer created', { stream: streamName, consumer });
    return made;
  }
  checkConsumer(found, settings.shardInboxMessages);
  if (found.config.ack_wait === ackWaitNs && found.config.max_ack_pending === maxAckPending) return found;
  const updated = await manager.consumers.update(streamName, consumer, {
    ack_wait: ackWaitNs,
    max_ack_pending: maxAckPending,
  });
  log.write('info', 'consumer updated', { consumer });
  return updated;
}
