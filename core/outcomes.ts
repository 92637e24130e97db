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
} as const;
export type DropReason = (typeof DropReason)[keyof typeof DropReason];
export const dropReasonNames = [
  'buffer-full-oldest',
  'buffer-full-newest',
  'conflated',
  'buffer-full-strike',
  'connection-closed',
  'inbox-full',
] as const;

/** Why a new connection was refused (R50 to R53), in the order in which admission asks. */
export const RefusalReason = {
  connections: 0,
  cpu: 1,
  memory: 2,
  tasks: 3,
  draining: 4,
} as const;
export type RefusalReason = (typeof RefusalReason)[keyof typeof RefusalReason];
export const refusalReasonNames = ['connections', 'cpu', 'memory', 'tasks', 'draining'] as const;

/** Why a bus message was handed back (R35), to be delivered again later. */
export const NakReason = {
  ingestRate: 0,
  broadcastRate: 1,
  paused: 2,
  inboxFull: 3,
} as const;
export type NakReason = (typeof NakReason)[keyof typeof NakReason];
export const nakReasonNames = ['ingest-rate', 'broadcast-rate', 'paused', 'inbox-full'] as const;

/** Why the server closed a connection, with the WebSocket close code that it sends (RFC 6455 7.4). */
export const CloseReason = {
  slowClient: 0,
  controlOverflow: 1,
  protocolError: 2,
  goingAway: 3,
  clientClosed: 4,
  internal: 5,
} as const;
export type CloseReason = (typeof CloseReason)[keyof typeof CloseReason];
export const closeReasonNames = [
  'slow-client',
  'control-overflow',
  'protocol-error',
  'going-away',
  'client-closed',
  'internal',
] as const;
/** Close codes by `CloseReason`; 1008 policy violation, 1002 protocol error, 1012 service restart, 1011 internal error. */
export const closeCodes: readonly number[] = [1008, 1008, 1002, 1012, 1000, 1011];
