import type { ShardHost } from './shard-host.ts';

/** Running totals over all shards of a server. */
export function shardTotals(hosts: readonly ShardHost[]) {
  const totals = {
    kernelNs: 0,
    collectionPauses: 0,
    collectionNs: 0,
    writes: 0,
    bytes: 0,
    sent: 0,
    offered: 0,
    dropped: 0,
    queued: 0,
    /** The shards share the bytes of what they keep. */
    historyBytes: 0,
  };
  for (const { shard, kernelNs, collectionPauses, collectionNs } of hosts) {
    totals.kernelNs += kernelNs;
    totals.collectionPauses += collectionPauses;
    totals.collectionNs += collectionNs;
    totals.writes += shard.work.writes;
    totals.bytes += shard.work.bytes;
    totals.sent += shard.ledger.sent;
    totals.offered += shard.ledger.offered;
    totals.dropped += shard.ledger.dropped;
    totals.queued += shard.queued;
    totals.historyBytes = Math.max(totals.historyBytes, shard.history.sizeBytes);
  }
  return totals;
}
