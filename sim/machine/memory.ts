import type { Profile } from '#core';

export interface MemoryUse {
  readonly shards: number;
  readonly connections: number;
  /** Send-buffer slots that each connection owns. */
  readonly slotsPerConnection: number;
  readonly subscriptions: number;
  /** Bytes of handles in send buffers; payloads are shared. */
  readonly bufferBytes: number;
  readonly deliveriesPerSecond: number;
}

/** Resident bytes of the server process, part by part, by the runtime profile; the kernel's share is reported apart. */
export function residentBytes(profile: Profile, use: MemoryUse): number {
  const { memory } = profile;
  return Math.round(
    memory.baseBytes +
      use.shards * memory.perShardBytes +
      use.connections * (memory.perConnectionBytes + use.slotsPerConnection * memory.perSlotBytes) +
      use.subscriptions * memory.perSubscriptionBytes +
      use.bufferBytes +
      use.deliveriesPerSecond * memory.perDeliveryPerSecondBytes,
  );
}
