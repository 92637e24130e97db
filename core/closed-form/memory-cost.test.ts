import { expect, it } from 'vitest';
import { memoryParts, residentBytes } from './memory-cost.ts';
import { goDocumented } from '../experiment/profiles/go-documented.ts';

it('adds up what holds memory, each with its own cost', () => {
  const memory = {
    ...goDocumented.memory,
    baseBytes: 1_000_000,
    perShardBytes: 200_000,
    perConnectionBytes: 3_000,
    perSlotBytes: 4,
    perSubscriptionBytes: 50,
    perDeliveryPerSecondBytes: 6,
    perRetainedByte: 1.5,
  };
  const use = {
    shards: 2,
    connections: 100,
    slotsPerConnection: 512,
    subscriptions: 500,
    bufferBytes: 700,
    deliveriesPerSecond: 1_000,
    retainedBytes: 10_000,
  };
  const profile = { ...goDocumented, memory };
  expect(memoryParts(profile, use)).toEqual({
    processBytes: 1_400_000,
    connectionBytes: 300_000,
    sendBufferBytes: 204_800 + 700,
    subscriptionBytes: 25_000,
    deliveryBytes: 6_000,
    retainedBytes: 15_000,
  });
  expect(residentBytes(profile, use)).toBe(1_951_500);
});
