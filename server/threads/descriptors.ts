import { readdirSync, readFileSync } from 'node:fs';

/** Kept free for logs, the bus, metrics and health, whatever clients do. */
const spare = 32;
/** An event loop's own: epoll, wake-ups, its listening socket. */
const perShard = 12;
/** Sockets that are no connection yet: room for a burst of handshakes, and at least for some. */
const pendingMost = 4_096;
const pendingLeast = 32;

export interface DescriptorPlan {
  /** Connections that fit; WS_MAX_CONNECTIONS where the limit is high enough. */
  readonly connectionsMax: number;
  /** Sockets of one shard that are no connection, or not yet. */
  readonly pendingSocketsMax: number;
}

/** @returns how many files and sockets this process may have open and has open; null where that is not known */
export function readDescriptors(): { readonly limit: number; readonly open: number } | null {
  try {
    const row = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    if (row === null || row[1] === 'unlimited') return null;
    return { limit: Number(row[1]), open: readdirSync('/proc/self/fd').length };
  } catch {
    return null;
  }
}

/**
 * Shares the descriptors out before the first client comes: connections are admitted up to what fits beside a reserve,
 * so that health, metrics and the log work at any load.
 */
export function planDescriptors(
  descriptors: { readonly limit: number; readonly open: number } | null,
  asked: { readonly connectionsMax: number; readonly shards: number },
): DescriptorPlan {
  const { connectionsMax, shards } = asked;
  if (descriptors === null) return { connectionsMax, pendingSocketsMax: Math.ceil(pendingMost / shards) };
  const free = descriptors.limit - descriptors.open - spare - perShard * shards;
  const fits = Math.max(0, Math.min(connectionsMax, free - pendingLeast * shards));
  const pending = Math.floor((free - fits) / shards);
  return {
    connectionsMax: fits,
    pendingSocketsMax: Math.max(pendingLeast, Math.min(Math.ceil(pendingMost / shards), pending)),
  };
}
