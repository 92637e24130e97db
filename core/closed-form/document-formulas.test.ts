import { describe, expect, it } from 'vitest';
import { activeTasks } from '../overload/admission.ts';
import * as capacity from './document-formulas.ts';
import { firstLimit } from './first-limit.ts';
import { egressUsd } from '../experiment/prices.ts';

const N = 12_000;
const bytes = 500;
const nic = 2e9;
/** The document's only measured point: 60.2 % of 1.9 cores at 7,000 connections, which it takes for 100 messages/s. */
const anchor = { cores: (1.9 * 60.2) / 100, connections: 7_000, ratePerSecond: 100 };
/** 40 % of CPU is broadcasting, of which the index saves 93 %. */
const saving = 0.4 * 0.93;
const streamLimits = { messages: 100_000, ageSeconds: 30, bytes: 52_428_800 };
const lawA = [
  { slots: 2_048, perConnection: 0.911 },
  { slots: 512, perConnection: 0.501 },
] as const;
const lawB = [
  { slots: 2_048, perConnection: 1.1 },
  { slots: 512, perConnection: 0.3 },
] as const;
const totalMegabytes = capacity.memoryTotal(N, 0.501, 0.001);
const networkRate = capacity.rateMaxByNetwork(nic, N, bytes);

/** Every relation that the source document states or implies: name, what the project computes, the right value. */
const relations: readonly (readonly [string, number, number])[] = [
  ['sends/s at 12,000 x 25', capacity.sendsPerSecond(N, 25), 300_000],
  ['payload bit/s at 12,000 x 25', capacity.payloadBitsPerSecond(300_000, bytes), 1.2e9],
  ['rate that fills 2 Gbps', networkRate, 41.6666667],
  ['rate that fills 4 Gbps (printed as 166)', capacity.rateMaxByNetwork(4e9, N, bytes), 83.3333333],
  ['connections that fill 2 Gbps at 35/s', capacity.connectionsMaxByNetwork(nic, 35, bytes), 14_285.7143],
  ['wire bytes of a message', capacity.wireBytesPerMessage(bytes), 594],
  [
    'rate that fills 2 Gbps on the wire',
    capacity.rateMaxByNetwork(nic, N, capacity.wireBytesPerMessage(bytes)),
    35.0729517,
  ],
  ['cores at 12,000 x 100, optimised', capacity.cpuCoresFromAnchor(anchor, N, 100, saving), 1.2313824],
  ['cores at 12,000 x 25, not optimised', capacity.cpuCoresFromAnchor(anchor, N, 25), 0.4902],
  ['cores at 12,000 x 35, not optimised', capacity.cpuCoresFromAnchor(anchor, N, 35), 0.68628],
  ['CPU % at 7,000, optimised', 60.2 * (1 - saving), 37.8056],
  ['connections at the reject threshold', capacity.connectionsAtCpuPercent(75, 64.8, N), 13_888.8889],
  ['memory in the document’s MB', totalMegabytes, 6_024],
  ['memory %, GB of 1,000 MB against 7', (totalMegabytes / 1_000 / 7) * 100, 86.0571429],
  ['memory %, MB = MiB', (totalMegabytes / 7_168) * 100, 84.0401786],
  ['memory %, MB = 10^6', ((totalMegabytes * 1e6) / 7_516_192_768) * 100, 80.1469598],
  ['MB per connection at 2,048 slots, law A', capacity.memoryPerConnection(2_048, ...lawA), 0.911],
  ['MB per connection at 2,048 slots, law B', capacity.memoryPerConnection(2_048, ...lawB), 1.1],
  ['bytes of a full buffer', capacity.sendBufferFullBytes(512, bytes), 256_000],
  ['seconds to fill a buffer at 100/s, no drain', capacity.bufferFillSeconds(512, 100, 0), 5.12],
  ['seconds to fill a buffer at 4.7/s', capacity.bufferFillSeconds(512, 4.7, 0), 108.93617],
  ['seconds that a burst of 100/s lasts', capacity.bufferFillSeconds(512, 100, networkRate), 8.77714286],
  ['seconds to recover from it at 25/s', capacity.bufferDrainSeconds(512, 25, networkRate), 30.72],
  ['connections that memory holds', capacity.connectionsMaxByMemory(6_988, 0.501), 13_948.1038],
  ['workers', capacity.workersFor(N), 300],
  ['workers, power of two', capacity.nextPowerOfTwo(capacity.workersFor(N)), 512],
  ['worker queue', capacity.workerQueueFor(512), 51_200],
  ['sends/s of a worker at 100/s', capacity.sendsPerWorker(N, 100, 512), 2_343.75],
  ['active tasks', activeTasks(N, 512), 24_525],
  ['task limit', capacity.tasksLimitFor(24_525), 29_430],
  ['share NAKed at 250/s against 100/s', capacity.nakShare(250, 100), 0.6],
  ['messages in the stream at 100/s', capacity.liveStreamMessages(streamLimits, 100, bytes), 3_000],
  ['visits/s by scan (printed as 600,000)', capacity.visitsPerSecond(60, N), 720_000],
  ['visits/s by index', capacity.visitsPerSecond(60, 500), 30_000],
  ['ratio at 12,000 (printed as 14)', capacity.visitsRatio(N, 500), 24],
  ['ratio at 7,000', capacity.visitsRatio(7_000, 500), 14],
  ['channels', capacity.channelsFor(N, 5, 500), 120],
  ['USD per thousand connections', capacity.usdPerThousandConnections(24, N), 2],
  ['egress USD at 12,000 x 25 (printed as 13)', egressUsd(capacity.gigabytesPerMonth(N, 25, bytes)), 31_846],
  ['CPU % at the 8,000 gate', capacity.percentAtConnections(64.8, 8_000, N), 43.2],
  ['memory % at the 8,000 gate', (capacity.memoryTotal(8_000, 0.501, 0.001) / 7_000) * 100, 57.3714286],
  ['ramp seconds', capacity.rampSeconds(N, 100), 120],
];

describe('closed forms', () => {
  it('cover all 42 relations', () => expect(relations).toHaveLength(42));

  it.each(relations)('%s', (_name, computed, expected) => {
    expect(Math.abs(computed / expected - 1)).toBeLessThanOrEqual(1e-6);
  });

  it('agree with the document on what it prints beside its relations', () => {
    expect(capacity.ratePerClient(25, 500, N)).toBeCloseTo(1.041_667, 6);
    expect(capacity.visitsSavedShare(7_000, 500)).toBeCloseTo(0.928_571, 6);
    expect(capacity.cpuNsPerSend(0.49, 300_000)).toBeCloseTo(1_633.333, 3);
    expect(capacity.slotsFor(100, 25)).toBe(2_500);
  });

  it('save no visit when every client follows every channel', () => {
    expect(capacity.visitsSavedShare(N, N)).toBe(0);
    expect(capacity.ratePerClient(25, N, N)).toBe(25);
  });

  it('put CPU on the straight line through two points', () => {
    const at = (ratePerSecond: number, cores: number) => ({ ratePerSecond, cores });
    expect(capacity.cpuCoresOnLine(at(25, 0.49), at(100, 1.23), 35)).toBeCloseTo(0.588_667, 6);
    expect(capacity.cpuCoresOnLine(at(25, 0.49), at(100, 1.23), 100)).toBeCloseTo(1.23, 12);
  });

  it('fill no buffer that drains as fast as it fills', () => {
    expect(capacity.bufferFillSeconds(512, 25, 25)).toBe(Infinity);
  });
});

describe('firstLimit', () => {
  const use = (resource: 'cpu' | 'memory' | 'connections', utilisation: number) => ({
    resource,
    used: utilisation,
    demand: utilisation,
    limit: 1,
    unit: '',
    utilisation,
  });

  it('names the largest demand over limit, and the next', () => {
    const { first, second } = firstLimit([use('cpu', 0.3), use('memory', 0.8)]);
    expect([first.resource, second?.resource]).toEqual(['memory', 'cpu']);
  });

  it('leaves the connection cap out while the demand is within it', () => {
    expect(firstLimit([use('connections', 1), use('cpu', 0.1)]).first.resource).toBe('cpu');
    expect(firstLimit([use('connections', 1.1), use('cpu', 0.1)]).first.resource).toBe('connections');
  });
});
