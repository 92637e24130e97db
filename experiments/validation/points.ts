/** One load for a live run on this machine: what the twin is calibrated with, or judged by. Never both. */
export interface LoadPoint {
  readonly name: string;
  readonly connections: number;
  readonly ratePerSecond: number;
  readonly flush: string;
  readonly messageBytes: number;
  readonly shards?: number;
  /** Distinct channels, each client on one of them; 1 is full fan-out. */
  readonly channels?: number;
  /** What the server is held to; unlimited when absent. */
  readonly cage?: { readonly cpuCores: number; readonly networkBitsPerSecond?: number };
  /** Slots of a send buffer that drops its oldest message when full; the document's 512 and its policy when absent. */
  readonly dropOldestSlots?: number;
  /** Share of the clients that stop reading from the fifth to the twentieth second of a load of 25 s. */
  readonly stalledShare?: number;
  /** Share of the clients that disconnect in the fifth second of a load of 15 s, and come back from the seventh on. */
  readonly stormShare?: number;
}

const point = (
  connections: number,
  ratePerSecond: number,
  flush: string,
  messageBytes = 500,
  more: Partial<LoadPoint> = {},
): LoadPoint => ({
  name: [
    `${connections}x${ratePerSecond}`,
    flush,
    `${messageBytes}B`,
    ...(more.shards === undefined ? [] : [`${more.shards}-shards`]),
    ...(more.channels === undefined ? [] : [`${more.channels}-channels`]),
    ...(more.cage === undefined ? [] : [`cage-${more.cage.cpuCores}`]),
    ...(more.cage?.networkBitsPerSecond === undefined ? [] : [`link-${more.cage.networkBitsPerSecond / 1e6}M`]),
    ...(more.dropOldestSlots === undefined ? [] : [`${more.dropOldestSlots}-slots`]),
    ...(more.stalledShare === undefined ? [] : ['stalled']),
    ...(more.stormShare === undefined ? [] : ['storm']),
  ].join('-'),
  connections,
  ratePerSecond,
  flush,
  messageBytes,
  ...more,
});

export const calibrationPoints: readonly LoadPoint[] = [
  point(100, 1, '100ms'),
  point(50, 100, '0s'),
  point(200, 100, '10ms'),
  point(300, 100, '0s'),
  point(1_000, 25, '0s'),
  point(1_500, 20, '0s', 150),
  point(1_500, 20, '0s', 2_000),
  point(1_500, 20, '100ms', 4_096),
  point(1_000, 100, '100ms'),
  point(2_000, 40, '100ms'),
  point(1_500, 40, '20ms'),
  point(4_000, 25, '100ms'),
  point(7_000, 30, '100ms'),
  point(6_000, 1, '100ms'),
  point(10_000, 15, '100ms'),
  point(4_000, 20, '50ms', 500, { shards: 2 }),
  point(4_000, 100, '100ms', 500, { channels: 8 }),
  point(8_000, 60, '100ms', 500, { channels: 20 }),
  point(9_000, 8, '100ms'),
  point(2_000, 4, '100ms'),
];

/** Steps of 5 % or less around the rate at which 3,000 single writes each use up one core. */
const saturationRates = [38, 40, 42, 44, 46, 48];

export const validationPoints: readonly LoadPoint[] = [
  point(100, 100, '0s'),
  point(100, 10, '10ms'),
  point(250, 50, '50ms'),
  point(400, 50, '10ms'),
  point(500, 1, '100ms'),
  point(500, 100, '100ms'),
  point(800, 25, '0s'),
  point(1_000, 40, '0s'),
  point(1_000, 10, '100ms', 4_096),
  point(1_000, 50, '20ms', 150),
  point(2_000, 25, '100ms'),
  point(2_000, 50, '50ms'),
  point(2_000, 100, '100ms'),
  point(3_000, 25, '20ms'),
  point(3_000, 10, '0s'),
  point(3_000, 25, '100ms', 1_500),
  point(5_000, 25, '100ms'),
  point(6_000, 25, '100ms'),
  point(6_000, 10, '50ms'),
  point(8_000, 35, '100ms'),
  point(12_000, 1, '100ms'),
  point(12_000, 10, '100ms'),
  point(12_000, 25, '100ms'),
  point(12_000, 35, '150ms'),
  point(12_000, 96, '100ms', 500, { channels: 24 }),
  point(6_000, 25, '100ms', 500, { shards: 2 }),
  point(2_000, 50, '20ms', 500, { shards: 2 }),
  point(300, 100, '20ms', 2_000, { stalledShare: 0.1, dropOldestSlots: 64 }),
  // Loopback takes 4 MB a stalled client before the server is refused: these get there within 7 and 10 s.
  point(100, 100, '20ms', 6_000, { stalledShare: 0.1, dropOldestSlots: 64 }),
  point(200, 50, '50ms', 8_192, { stalledShare: 0.2, dropOldestSlots: 64 }),
  point(6_000, 25, '100ms', 500, { stormShare: 0.4 }),
  point(2_000, 50, '50ms', 500, { stormShare: 0.5 }),
  point(1_000, 50, '0s', 500, { cage: { cpuCores: 1 } }),
  point(1_000, 90, '0s', 500, { cage: { cpuCores: 1 } }),
  point(1_000, 130, '0s', 500, { cage: { cpuCores: 1 } }),
  ...saturationRates.map((rate) => point(3_000, rate, '0s', 500, { cage: { cpuCores: 1 } })),
  ...[10, 16, 20, 24, 30, 60, 120, 160].map((rate) => overloadPoint(rate)),
  ...[25, 40, 48, 60].map((rate) => linkPoint(rate)),
  // The document's machine: 1.9 cores and 2 Gbit/s.
  ...[25, 35].map((rate) => point(12_000, rate, '100ms', 500, { cage: { cpuCores: 1.9, networkBitsPerSecond: 2e9 } })),
];

/**
 * The way through the knee of a server that has half a core, writes each message by itself and keeps four: single writes
 * to 3,000 clients use it up at about 20 messages/s, then writes merge by themselves, and in the end messages are dropped.
 */
function overloadPoint(ratePerSecond: number): LoadPoint {
  return point(3_000, ratePerSecond, '0s', 500, { cage: { cpuCores: 0.5 }, dropOldestSlots: 4 });
}

/** The same for a link of 200 Mbit/s: 1,000 clients x 500 bytes fill it at about 48 messages/s, headers included. */
function linkPoint(ratePerSecond: number): LoadPoint {
  return point(1_000, ratePerSecond, '50ms', 500, {
    cage: { cpuCores: 1.9, networkBitsPerSecond: 200e6 },
    dropOldestSlots: 64,
  });
}
