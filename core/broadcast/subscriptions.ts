/**
 * Who gets a message: the one interface of `SubscriptionIndex` (R62) and `LinearScan` (R64).
 *
 * Driving contract: connections are small integers that the shard hands out. One match runs at a time: `startMatch`,
 * then `nextMatches` until it returns -1. Subscriptions may change between two calls of `nextMatches`: nobody is then
 * matched twice, a connection that leaves is not matched after it left, and one that joins may or may not be matched.
 */
export interface Subscriptions {
  addConnection(connection: number): void;
  /** Ends all subscriptions of the connection. */
  removeConnection(connection: number): void;
  /** @returns false when the connection was subscribed already. `channel` may be a pattern, see `matchesPattern`. */
  subscribe(connection: number, channel: string): boolean;
  /** @returns false when there was no such subscription. */
  unsubscribe(connection: number, channel: string): boolean;
  isSubscribed(connection: number, channel: string): boolean;
  /** Channels and patterns that the connection is subscribed to. */
  subscriptionCount(connection: number): number;
  /** How many connections a match would visit now: the work of a broadcast, for cutting it into jobs. */
  visitsFor(channel: string): number;
  /** Begins to match a published channel; ends the match before, if any. */
  startMatch(channel: string): void;
  /**
   * Continues the match: visits at most `out.length` connections and fills `out` with those that get the message.
   * @returns how many were filled in, which may be 0 for a visited slice of a scan; -1 when the match has ended.
   */
  nextMatches(out: Int32Array): number;
  /** Connections visited by all matches so far (R66 counts these "iterations"). */
  readonly visits: number;
}

/** Whether a name holds a wildcard token: `*` for one token, `>` at the end for one or more (as NATS subjects do). */
export function isPattern(channel: string): boolean {
  return channel === '*' || channel === '>' || channel.endsWith('.>') || `.${channel}.`.includes('.*.');
}

/** Whether a published channel matches a name or pattern with NATS wildcards. */
export function matchesPattern(pattern: string, channel: string): boolean {
  const patternTokens = pattern.split('.');
  const channelTokens = channel.split('.');
  for (let position = 0; position < patternTokens.length; position += 1) {
    const token = patternTokens[position];
    if (token === '>' && position === patternTokens.length - 1) return channelTokens.length > position;
    if (position >= channelTokens.length) return false;
    if (token !== '*' && token !== channelTokens[position]) return false;
  }
  return patternTokens.length === channelTokens.length;
}

/** Whether every channel that `requested`, a name or pattern, can match is matched by `pattern` too. */
export function coversPattern(pattern: string, requested: string): boolean {
  const patternTokens = pattern.split('.');
  const requestedTokens = requested.split('.');
  for (let position = 0; position < patternTokens.length; position += 1) {
    const token = patternTokens[position];
    if (token === '>' && position === patternTokens.length - 1) return requestedTokens.length > position;
    if (position >= requestedTokens.length || requestedTokens[position] === '>') return false;
    if (token !== '*' && token !== requestedTokens[position]) return false;
  }
  return patternTokens.length === requestedTokens.length;
}
