/**
 * Every way in which a message, a connection or a bus delivery can end other than well, in one table.
 *
 * Reasons are small integers so that counters are flat arrays; `*Names` gives the name that reports,
 * metrics and logs print. The order is part of the report format: append, never reorder.
 */

export const DropReason = {
  /** The send buffer was full and the policy gave up the oldest queued frame. */
  bufferFullOldest: 0,
  /** The send buffer was full and the policy refused the new frame. */
  bufferFullNewest: 1,
  /** The send buffer was full and a newer frame of the same channel replaced this one. */
  conflated: 2,
  /** The send buffer was full under the disconnect policy: the frame counted as a strike. */
  bufferFullStrike: 3,
  /** The frame was queued when its connection closed, for whatever reason. */
  connectionClosed: 4,
  /** The shard's inbox was full, so its subscribers missed the message. */
  inboxFull: 5,
  /** The frame was queued for a full socket when its stream was replaced: its sequence means nothing any more. */
  streamReplaced: 6,
} as const;
export type DropReason = (typeof DropReason)[keyof typeof DropReason];
export const dropReasonNames = [
  'buffer-full-oldest',
  'buffer-full-newest',
  'conflated',
  'buffer-full-strike',
  'connection-closed',
  'inbox-full',
  'stream-replaced',
] as const;

/** Why a new connection was refused (R50 to R53), in the order in which admission asks. */
export const RefusalReason = {
  connections: 0,
  cpu: 1,
  memory: 2,
  tasks: 3,
  draining: 4,
  /** The browser's origin is not in WS_ALLOWED_ORIGINS. */
  origin: 5,
  /** The token is missing, wrong or expired. */
  token: 6,
  /** The client's address has WS_CONNECTIONS_PER_ADDRESS connections open. */
  address: 7,
  /** The upgrade request breaks the rules of RFC 6455 4.2. */
  handshake: 8,
  /** The request did not arrive in time. */
  handshakeTimeout: 9,
} as const;
export type RefusalReason = (typeof RefusalReason)[keyof typeof RefusalReason];
export const refusalReasonNames = [
  'connections',
  'cpu',
  'memory',
  'tasks',
  'draining',
  'origin',
  'token',
  'address',
  'handshake',
  'handshake-timeout',
] as const;
/** HTTP status by `RefusalReason`: 503 says "later", 403 and 401 "not you", 429 "not so many of you". */
export const refusalStatuses: readonly number[] = [503, 503, 503, 503, 503, 403, 401, 429, 400, 408];

/** Why a bus message was handed back (R35), to be delivered again later. */
export const NakReason = {
  ingestRate: 0,
  broadcastRate: 1,
  paused: 2,
  inboxFull: 3,
} as const;
export type NakReason = (typeof NakReason)[keyof typeof NakReason];
export const nakReasonNames = ['ingest-rate', 'broadcast-rate', 'paused', 'inbox-full'] as const;

/** Why a message of the stream never reached the intake. */
export const LossReason = {
  /** The stream discarded it first: by age, count or size, or because it was purged. */
  discarded: 0,
  /** It was deleted from the middle of the stream. */
  deleted: 1,
  /** It is there and cannot be read. */
  unreadable: 2,
} as const;
export type LossReason = (typeof LossReason)[keyof typeof LossReason];
export const lossReasonNames = ['discarded', 'deleted', 'unreadable'] as const;

/** Why the server closed a connection, with the WebSocket close code that it sends (RFC 6455 7.4). */
export const CloseReason = {
  slowClient: 0,
  controlOverflow: 1,
  protocolError: 2,
  goingAway: 3,
  clientClosed: 4,
  internal: 5,
  /** The client did not answer a ping. */
  pingTimeout: 6,
  /** The client stayed without any subscription. */
  idle: 7,
  /** The client's token expired. */
  tokenExpired: 8,
  /** A frame above WS_CLIENT_MESSAGE_BYTES. */
  messageTooBig: 9,
  /** A text frame that is not UTF-8. */
  invalidData: 10,
  /** The event loop that served the client crashed. */
  shardCrashed: 11,
} as const;
export type CloseReason = (typeof CloseReason)[keyof typeof CloseReason];
export const closeReasonNames = [
  'slow-client',
  'control-overflow',
  'protocol-error',
  'going-away',
  'client-closed',
  'internal',
  'ping-timeout',
  'idle',
  'token-expired',
  'message-too-big',
  'invalid-data',
  'shard-crashed',
] as const;
/**
 * Close codes by `CloseReason`: of RFC 6455 7.4 and the IANA registry (1012 service restart), and two of the range
 * 4000 to 4999 that an application may define, after the HTTP status of the same meaning.
 */
export const closeCodes: readonly number[] = [1008, 1008, 1002, 1012, 1000, 1011, 4408, 4408, 4401, 1009, 1007, 1011];
