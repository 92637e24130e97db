import { expect, it } from 'vitest';
import { coresOf, evenColdWrites } from './cpu-cost.ts';
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
    perColdWriteNs: 3_000,
  };
  const rates = {
    shards: 1,
    busMessagesPerSecond: 100,
    broadcastsPerSecond: 100,
    visitsPerSecond: 50_000,
    deliveriesPerSecond: 50_000,
    writesPerSecond: 20_000,
    coldWritesPerSecond: 1_000,
    bytesPerSecond: 25e6,
    acceptsPerSecond: 10,
  };
  // 1 + 0.1 + 0.2 + 0.5 + 1 + 140 + 2.5 + 1 + 3 ms of each second.
  expect(coresOf({ ...goDocumented, cpu }, rates)).toBeCloseTo(0.1493, 12);
});

it('charges cold writes by their share of a cold one', () => {
  const cpu = { ...goDocumented.cpu, perColdWriteNs: 6_000, coldWriteHalfNs: 500_000_000 };
  // 100 connections, 400 writes a second: each waits a quarter of a second, a third of a cold one's cost.
  expect(evenColdWrites(cpu, 100, 400)).toBeCloseTo(400 / 3, 9);
  expect(evenColdWrites(cpu, 100, 0)).toBe(0);
});
