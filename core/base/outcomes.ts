import { assert } from './assert.ts';

/**
 * Every way in which a message, a connection or a bus delivery can end other than well: one row each.
 *
 * `id` is the place of its counter in flat arrays, `name` what reports, metrics and logs print. Reports are ordered by
 * id: append a row, never renumber.
 */
interface Outcome {
  readonly id: number;
  readonly name: string;
  /** One sentence for whoever meets the name. */
  readonly text: string;
}

/** Why a message for one client was given up. */
export const dropReasons = {
  bufferFullOldest: {
    id: 0,
    name: 'buffer-full-oldest',
    text: 'The send buffer was full and the policy gave up the oldest queued message.',
  },
  bufferFullNewest: {
    id: 1,
    name: 'buffer-full-newest',
    text: 'The send buffer was full and the policy refused the new message.',
  },
  conflated: {
    id: 2,
    name: 'conflated',
    text: 'The send buffer was full and a newer message of the same channel replaced this one.',
  },
  bufferFullStrike: {
    id: 3,
    name: 'buffer-full-strike',
    text: 'The send buffer was full under the disconnect policy: the message counted as a strike.',
  },
  connectionClosed: {
    id: 4,
    name: 'connection-closed',
    text: 'The message was queued when its connection closed.',
  },
  inboxFull: {
    id: 5,
    name: 'inbox-full',
    text: "The inbox of the client's event loop was full, so its subscribers missed the message.",
  },
  streamReplaced: {
    id: 6,
    name: 'stream-replaced',
    text: 'The message was queued for a full socket when its stream was replaced: its sequence means nothing any more.',
  },
} as const satisfies Record<string, Outcome>;
export const DropReason = idsOf(dropReasons);
export type DropReason = IdOf<typeof dropReasons>;
export const dropReasonNames = column(dropReasons, 'name');

/** Why a new connection was refused (R50 to R53), with the HTTP status of the answer. */
export const refusalReasons = {
  connections: { id: 0, name: 'connections', status: 503, text: 'WS_MAX_CONNECTIONS are open.' },
  cpu: { id: 1, name: 'cpu', status: 503, text: 'CPU use is above WS_CPU_REJECT_THRESHOLD.' },
  memory: { id: 2, name: 'memory', status: 503, text: 'Memory use has reached WS_MEMORY_LIMIT.' },
  tasks: { id: 3, name: 'tasks', status: 503, text: 'WS_MAX_GOROUTINES tasks are active.' },
  draining: { id: 4, name: 'draining', status: 503, text: 'The server is about to stop.' },
  origin: { id: 5, name: 'origin', status: 403, text: "The browser's origin is not in WS_ALLOWED_ORIGINS." },
  token: { id: 6, name: 'token', status: 401, text: 'The token is missing, wrong or expired.' },
  address: {
    id: 7,
    name: 'address',
    status: 429,
    text: "The client's address has WS_CONNECTIONS_PER_ADDRESS connections open.",
  },
  handshake: { id: 8, name: 'handshake', status: 400, text: 'The upgrade request violates RFC 6455 4.2.' },
  handshakeTimeout: {
    id: 9,
    name: 'handshake-timeout',
    status: 408,
    text: 'The request did not arrive within WS_HANDSHAKE_TIMEOUT.',
  },
} as const satisfies Record<string, Outcome & { readonly status: 400 | 401 | 403 | 408 | 429 | 503 }>;
export const RefusalReason = idsOf(refusalReasons);
export type RefusalReason = IdOf<typeof refusalReasons>;
export const refusalReasonNames = column(refusalReasons, 'name');
/** HTTP status by `RefusalReason`: 503 says "later", 403 and 401 "not you", 429 "not so many of you". */
export const refusalStatuses = column(refusalReasons, 'status');

/** Why a bus message was handed back (R35), to be delivered again later. */
export const nakReasons = {
  ingestRate: { id: 0, name: 'ingest-rate', text: 'WS_MAX_NATS_RATE is exceeded.' },
  broadcastRate: { id: 1, name: 'broadcast-rate', text: 'WS_MAX_BROADCAST_RATE is exceeded.' },
  paused: { id: 2, name: 'paused', text: 'CPU use is above WS_CPU_PAUSE_THRESHOLD.' },
  inboxFull: { id: 3, name: 'inbox-full', text: 'No event loop has room in its inbox.' },
} as const satisfies Record<string, Outcome>;
export const NakReason = idsOf(nakReasons);
export type NakReason = IdOf<typeof nakReasons>;
export const nakReasonNames = column(nakReasons, 'name');

/** Why a message of the stream never reached the intake. */
export const lossReasons = {
  discarded: {
    id: 0,
    name: 'discarded',
    text: 'The stream discarded it first: by age, count or size, or because it was purged.',
  },
  deleted: { id: 1, name: 'deleted', text: 'It was deleted from the middle of the stream.' },
  unreadable: { id: 2, name: 'unreadable', text: 'It is there and cannot be read.' },
} as const satisfies Record<string, Outcome>;
export const LossReason = idsOf(lossReasons);
export type LossReason = IdOf<typeof lossReasons>;
export const lossReasonNames = column(lossReasons, 'name');

/**
 * Why a connection ended, with the WebSocket close code that the server sends: of RFC 6455 7.4 and the IANA registry
 * (1012 service restart), and of the range 4000 to 4999 that an application may define, after the HTTP status of the
 * same meaning.
 */
export const closeReasons = {
  slowClient: { id: 0, name: 'slow-client', code: 1008, text: 'WS_SLOW_CLIENT_STRIKES messages in a row did not fit.' },
  controlOverflow: {
    id: 1,
    name: 'control-overflow',
    code: 1008,
    text: 'The client asks faster than it reads the answers.',
  },
  protocolError: { id: 2, name: 'protocol-error', code: 1002, text: 'The client violated RFC 6455.' },
  goingAway: { id: 3, name: 'going-away', code: 1012, text: 'The server stops; the client should reconnect.' },
  clientClosed: { id: 4, name: 'client-closed', code: 1000, text: 'The client closed the connection.' },
  internal: { id: 5, name: 'internal', code: 1011, text: 'The server failed.' },
  pingTimeout: { id: 6, name: 'ping-timeout', code: 4408, text: 'The client did not answer a ping.' },
  idle: { id: 7, name: 'idle', code: 4408, text: 'The client had no subscription for WS_IDLE_TIMEOUT.' },
  tokenExpired: { id: 8, name: 'token-expired', code: 4401, text: "The client's token expired." },
  messageTooBig: {
    id: 9,
    name: 'message-too-big',
    code: 1009,
    text: 'A frame of the client exceeds WS_CLIENT_MESSAGE_BYTES.',
  },
  invalidData: { id: 10, name: 'invalid-data', code: 1007, text: 'A text frame of the client is not UTF-8.' },
  shardCrashed: { id: 11, name: 'shard-crashed', code: 1011, text: 'The event loop that served the client crashed.' },
} as const satisfies Record<string, Outcome & { readonly code: number }>;
export const CloseReason = idsOf(closeReasons);
export type CloseReason = IdOf<typeof closeReasons>;
export const closeReasonNames = column(closeReasons, 'name');
export const closeCodes: readonly number[] = column(closeReasons, 'code');

type Rows = Readonly<Record<string, { readonly id: number }>>;
type IdOf<T extends Rows> = T[keyof T]['id'];

function idsOf<T extends Rows>(rows: T): { readonly [K in keyof T]: T[K]['id'] } {
  return Object.fromEntries(Object.entries(rows).map(([key, { id }]) => [key, id])) as {
    readonly [K in keyof T]: T[K]['id'];
  };
}

/** One column of a table, by id: ids count from 0 without a hole, so that counters are as long as the column. */
function column<R extends { readonly id: number }, C extends keyof R>(
  rows: Readonly<Record<string, R>>,
  name: C,
): readonly R[C][] {
  return Object.values(rows).map((row, place) => {
    assert(row.id === place, () => `outcome ${row.id} stands at place ${place}`);
    return row[name];
  });
}
