import type { Profile } from '../experiment/profile.ts';

export interface MemoryUse {
  readonly shards: number;
  readonly connections: number;
  /** Send-buffer slots that each connection owns. */
  readonly slotsPerConnection: number;
  readonly subscriptions: number;
  /** Bytes of handles in send buffers; payloads are shared. */
  readonly bufferBytes: number;
  readonly deliveriesPerSecond: number;
  /** Bytes of messages kept: for recovery, and, with the embedded bus, in the stream. */
  readonly retainedBytes: number;
}

/** Resident bytes of the server process by what holds them, by the runtime profile; the kernel's share is reported apart. */
export interface MemoryParts {
  readonly processBytes: number;
  readonly connectionBytes: number;
  readonly sendBufferBytes: number;
  readonly subscriptionBytes: number;
  /** Garbage of deliveries that waits for collection. */
  readonly deliveryBytes: number;
  /** Messages kept for recovery and in the embedded stream. */
  readonly retainedBytes: number;
}

export function memoryParts({ memory }: Profile, use: MemoryUse): MemoryParts {
  return {
    processBytes: memory.baseBytes + use.shards * memory.perShardBytes,
    connectionBytes: use.connections * memory.perConnectionBytes,
    sendBufferBytes: use.connections * use.slotsPerConnection * memory.perSlotBytes + use.bufferBytes,
    subscriptionBytes: use.subscriptions * memory.perSubscriptionBytes,
    deliveryBytes: use.deliveriesPerSecond * memory.perDeliveryPerSecondBytes,
    retainedBytes: use.retainedBytes * memory.perRetainedByte,
  };
}

export function residentBytes(profile: Profile, use: MemoryUse): number {
  return Math.round(Object.values(memoryParts(profile, use)).reduce((sum, bytes) => sum + bytes, 0));
}
