/**
 * Every setting in one table: the 22 variables of the source document (R8 to R29) and the project's own. Defaults are
 * those of the document's optimized production profile.
 */
export type SettingKind = 'text' | 'integer' | 'number' | 'percent' | 'duration' | 'choice' | 'address';

export interface SettingRow {
  readonly variable: string;
  /** Field of `Settings`. */
  readonly field: string;
  readonly kind: SettingKind;
  readonly default: string;
  readonly unit: string;
  readonly meaning: string;
  readonly least?: number;
  readonly most?: number;
  readonly choices?: readonly string[];
  /** Requirement of the source document; '' for the project's own. */
  readonly requirement: string;
}

const row = (
  requirement: string,
  variable: string,
  field: string,
  kind: SettingKind,
  defaultValue: string,
  unit: string,
  meaning: string,
  bounds: { least?: number; most?: number; choices?: readonly string[] } = {},
): SettingRow => ({ requirement, variable, field, kind, default: defaultValue, unit, meaning, ...bounds });

const positive = { least: 1 };

export const settingsTable: readonly SettingRow[] = [
  row('R8', 'ENVIRONMENT', 'environment', 'text', 'production', '', 'environment name, reported in logs'),
  row(
    'R9',
    'WS_ADDR',
    'listenAddress',
    'address',
    ':3002',
    'host:port',
    'listen address; an empty host is all interfaces',
  ),
  row(
    'R10',
    'NATS_URL',
    'natsUrl',
    'text',
    '',
    'URL',
    'NATS server; empty is the embedded bus. ${BACKEND_INTERNAL_IP} is substituted',
  ),
  row('R11', 'WS_CPU_LIMIT', 'cpuLimitCores', 'number', '1.9', 'cores', 'CPU budget, 100 % of the CPU scale', {
    least: 0.01,
    most: 1_024,
  }),
  row(
    'R12',
    'WS_MEMORY_LIMIT',
    'memoryLimitBytes',
    'integer',
    '7516192768',
    'bytes',
    'memory budget, 100 % of the memory scale',
    positive,
  ),
  row('R13', 'WS_MAX_CONNECTIONS', 'connectionsMax', 'integer', '12000', 'connections', 'hard admission limit', {
    least: 1,
    most: 1_000_000,
  }),
  row(
    'R14',
    'WS_WORKER_POOL_SIZE',
    'workerPoolSize',
    'integer',
    '512',
    'workers',
    'broadcast jobs per turn, all shards together',
    { least: 1, most: 1_000_000 },
  ),
  row(
    'R15',
    'WS_WORKER_QUEUE_SIZE',
    'workerQueueSize',
    'integer',
    '51200',
    'jobs',
    'broadcast jobs that may wait, all shards together',
    { least: 1, most: 10_000_000 },
  ),
  row('R16', 'WS_MAX_NATS_RATE', 'natsRateMaxPerSecond', 'number', '100', 'messages/s', 'ingest rate cap', {
    least: 0.001,
  }),
  row(
    'R17',
    'WS_MAX_BROADCAST_RATE',
    'broadcastRateMaxPerSecond',
    'number',
    '100',
    'broadcasts/s',
    'broadcast rate cap',
    { least: 0.001 },
  ),
  row('R18', 'WS_MAX_GOROUTINES', 'tasksMax', 'integer', '35000', 'tasks', 'concurrent task limit', positive),
  row(
    'R19',
    'WS_CPU_REJECT_THRESHOLD',
    'cpuRejectPercent',
    'percent',
    '75.0',
    '%',
    'above it, new connections are refused',
  ),
  row('R20', 'WS_CPU_PAUSE_THRESHOLD', 'cpuPausePercent', 'percent', '80.0', '%', 'above it, bus consumption pauses'),
  row('R21', 'JS_STREAM_NAME', 'streamName', 'text', 'ODIN_TOKENS', '', 'stream'),
  row('R22', 'JS_CONSUMER_NAME', 'consumerName', 'text', 'ws-server', '', 'durable consumer'),
  row('R23', 'JS_STREAM_MAX_AGE', 'streamMaxAgeNs', 'duration', '30s', '', 'stream retention by age', positive),
  row(
    'R24',
    'JS_STREAM_MAX_MSGS',
    'streamMaxMessages',
    'integer',
    '100000',
    'messages',
    'stream retention by count',
    positive,
  ),
  row(
    'R25',
    'JS_STREAM_MAX_BYTES',
    'streamMaxBytes',
    'integer',
    '52428800',
    'bytes',
    'stream retention by size',
    positive,
  ),
  row('R26', 'JS_CONSUMER_ACK_WAIT', 'ackWaitNs', 'duration', '30s', '', 'redelivery timeout', positive),
  row('R27', 'METRICS_INTERVAL', 'metricsIntervalNs', 'duration', '15s', '', 'period of resource metrics', positive),
  row('R28', 'LOG_LEVEL', 'logLevel', 'choice', 'info', '', 'log level', {
    choices: ['debug', 'info', 'warn', 'error'],
  }),
  row('R29', 'LOG_FORMAT', 'logFormat', 'choice', 'json', '', 'log format', { choices: ['json', 'pretty'] }),
  row(
    '',
    'WS_SEND_BUFFER_SLOTS',
    'sendBufferSlots',
    'integer',
    '512',
    'messages',
    'send buffer of a connection (2048 before the optimisation)',
    { least: 1, most: 65_536 },
  ),
  row(
    '',
    'WS_SEND_BUFFER_BYTES',
    'sendBufferBytesMax',
    'integer',
    '1048576',
    'bytes',
    'send buffer of a connection',
    positive,
  ),
  row('', 'WS_SLOW_CLIENT_POLICY', 'slowClientPolicy', 'choice', 'disconnect', '', 'what a full send buffer does', {
    choices: ['disconnect', 'drop-oldest', 'drop-newest', 'conflate'],
  }),
  row(
    '',
    'WS_SLOW_CLIENT_STRIKES',
    'slowClientStrikes',
    'integer',
    '3',
    'messages',
    'refusals in a row before a slow client is closed',
    { least: 1, most: 255 },
  ),
  row(
    '',
    'WS_SUBSCRIPTION_LOOKUP',
    'subscriptionLookup',
    'choice',
    'index',
    '',
    'subscription index, or the linear scan of before',
    { choices: ['index', 'scan'] },
  ),
  row(
    '',
    'WS_FLUSH_INTERVAL',
    'flushIntervalNs',
    'duration',
    '100ms',
    '',
    'least time between two writes to a connection; 0s writes at once',
  ),
  row('', 'WS_WRITE_BYTES', 'writeBytesMax', 'integer', '65536', 'bytes', 'most payload in one socket write', positive),
  row(
    '',
    'WS_WRITES_PER_TURN',
    'writesPerTurn',
    'integer',
    '512',
    'writes',
    'most socket writes in one event-loop turn',
    positive,
  ),
  row('', 'WS_JOB_SLICE', 'jobSliceSize', 'integer', '256', 'subscribers', 'subscribers in one broadcast job', {
    least: 1,
    most: 65_536,
  }),
  row('', 'WS_SHARD_INBOX', 'shardInboxMessages', 'integer', '64', 'messages', 'messages that may wait for one shard', {
    least: 1,
    most: 65_536,
  }),
  row('', 'WS_SHARDS', 'shards', 'integer', '1', 'event loops', 'worker threads that serve connections', {
    least: 1,
    most: 64,
  }),
  row(
    '',
    'WS_RATE_BURST',
    'rateBurstFactor',
    'number',
    '2',
    'seconds of rate',
    'burst that both rate limiters let pass',
    { least: 0.001 },
  ),
  row(
    '',
    'WS_CPU_HYSTERESIS',
    'cpuHysteresisPercent',
    'percent',
    '5',
    'points',
    'how far CPU must fall before reject or pause ends',
  ),
  row('', 'JS_NAK_DELAY', 'nakDelayNs', 'duration', '0s', '', 'redelivery delay of a refused message'),
  row(
    '',
    'JS_MAX_ACK_PENDING',
    'maxAckPending',
    'integer',
    '1000',
    'messages',
    'deliveries that may be unanswered',
    positive,
  ),
  row('', 'JS_SUBJECTS', 'subjects', 'text', 'odin.>', '', 'subjects that the stream takes'),
  row(
    '',
    'WS_CHANNELS_PER_CLIENT',
    'channelsPerClientMax',
    'integer',
    '100',
    'channels',
    'subscriptions of one client',
    positive,
  ),
  row(
    '',
    'WS_CLIENT_MESSAGE_BYTES',
    'clientMessageBytesMax',
    'integer',
    '16384',
    'bytes',
    "largest client's frame",
    positive,
  ),
  row('', 'WS_DRAIN_TIMEOUT', 'drainTimeoutNs', 'duration', '10s', '', 'time for a graceful stop', positive),
];
