import { expect, it } from 'vitest';
import { coresOf } from './cpu-cost.ts';
import { goDocumented } from '../experiment/profiles/go-documented.ts';

it('adds up counts times costs', () => {
  const cpu = {
    ...goDocumented.cpu,
    perSecondNs: 1e6,
    perBusMessageNs: 1_000,
    perBroadcastNs: 2_000,
    perVisitNs: 10,
    perDeliveryNs: 20,
    perWriteUserNs: 1_500,
    perWriteKernelNs: 5_500,
    perByteKernelNs: 0.1,
    perAcceptNs: 100_000,
  };
  const rates = {
    shards: 1,
    busMessagesPerSecond: 100,
    broadcastsPerSecond: 100,
    visitsPerSecond: 50_000,
    deliveriesPerSecond: 50_000,
    writesPerSecond: 20_000,
    connections: 100,
    bytesPerSecond: 25e6,
    acceptsPerSecond: 10,
  };
  // 1 + 0.1 + 0.2 + 0.5 + 1 + 140 + 2.5 + 1 ms of each second.
  expect(coresOf({ ...goDocumented, cpu }, rates)).toBeCloseTo(0.1463, 12);
});

it('charges a write more, the longer its connection was not written to', () => {
  const cpu = { ...goDocumented.cpu, perSecondNs: 0, perColdWriteNs: 8_000, coldWriteHalfNs: 10e6 };
  const bare = { ...cpu, perWriteUserNs: 0, perWriteKernelNs: 0, perDeliveryNs: 0 };
  const rates = {
    shards: 1,
    busMessagesPerSecond: 0,
    broadcastsPerSecond: 0,
    visitsPerSecond: 0,
    deliveriesPerSecond: 0,
    writesPerSecond: 1_000,
    bytesPerSecond: 0,
    acceptsPerSecond: 0,
  };
  const profile = { ...goDocumented, cpu: bare };
  // Ten connections are written to every 10 ms: half of it; thirty every 30 ms: three quarters.
  expect(coresOf(profile, { ...rates, connections: 10 })).toBeCloseTo(0.004, 12);
  expect(coresOf(profile, { ...rates, connections: 30 })).toBeCloseTo(0.006, 12);
});
