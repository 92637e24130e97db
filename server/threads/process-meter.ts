import { bitsPerByte, nanosecondsPerMillisecond } from '#core';
import type { ShardCounters } from './thread-messages.ts';

/** Two measurements closer together than this say little. */
const intervalLeastMs = 500;

/** Running totals that uses are computed from. */
export interface ProcessTotals {
  readonly atNs: number;
  readonly cpuUserMicroseconds: number;
  readonly cpuSystemMicroseconds: number;
  readonly mainCpuMicroseconds: number;
  readonly shards: readonly Pick<ShardCounters, 'payloadBytes' | 'cpuUserMicroseconds' | 'cpuSystemMicroseconds'>[];
}

/** What the process used between its last two measurements. */
export class ProcessMeter {
  cpuCores = 0;
  /** The main thread first, then the shards. */
  loopCores: readonly number[] = [];
  networkBitsPerSecond = 0;
  #before: ProcessTotals | null = null;

  /** @returns false when the last measurement is too recent for another one */
  measure(totals: ProcessTotals): boolean {
    const before = this.#before;
    // The first one spans start-up, which says nothing about load.
    if (before !== null) {
      const elapsedNs = totals.atNs - before.atNs;
      if (elapsedNs < intervalLeastMs * nanosecondsPerMillisecond) return false;
      const cores = (after: number, earlier: number): number => ((after - earlier) * 1_000) / elapsedNs;
      const loops = loopsOf(totals);
      const earlier = loopsOf(before);
      this.cpuCores = cores(cpuOf(totals), cpuOf(before));
      this.loopCores = loops.map((microseconds, loop) => cores(microseconds, earlier[loop] ?? 0));
      this.networkBitsPerSecond = ((bytesOf(totals) - bytesOf(before)) * bitsPerByte * 1e9) / elapsedNs;
    }
    this.#before = totals;
    return true;
  }
}

const cpuOf = (totals: Pick<ProcessTotals, 'cpuUserMicroseconds' | 'cpuSystemMicroseconds'>): number =>
  totals.cpuUserMicroseconds + totals.cpuSystemMicroseconds;
const bytesOf = ({ shards }: ProcessTotals): number => shards.reduce((sum, { payloadBytes }) => sum + payloadBytes, 0);
const loopsOf = ({ mainCpuMicroseconds, shards }: ProcessTotals): number[] => [
  mainCpuMicroseconds,
  ...shards.map(cpuOf),
];

/** Resident memory; reading it needs a descriptor, so the last value stands in when there is none. */
export class ResidentMemory {
  /** Why the last reading failed was a lack of descriptors. */
  outOfDescriptors = false;
  #bytes = 0;

  read(readBytes: () => number = () => process.memoryUsage.rss()): number {
    try {
      this.#bytes = readBytes();
      this.outOfDescriptors = false;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      this.outOfDescriptors = code === 'EMFILE' || code === 'ENFILE';
    }
    return this.#bytes;
  }
}
