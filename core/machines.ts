import type { Machine } from './scenario.ts';
import { bitsPerGigabit, bytesPerGiB } from './units.ts';

/** A machine of the document's e2 family: 5 % of the vCPUs and 1 GiB of each 8 stay with the system and the log shipper. */
const e2 = (name: string, vcpus: number, networkGbps: number, usdPerMonth: number): Machine => ({
  name,
  vcpus,
  cpuLimitCores: vcpus * 0.95,
  memoryBytes: vcpus * 4 * bytesPerGiB,
  memoryLimitBytes: vcpus * 3.5 * bytesPerGiB,
  networkBitsPerSecond: networkGbps * bitsPerGigabit,
  usdPerHour: usdPerMonth / 730,
});

/**
 * Machines by name. Prices, memory and network of the e2 machines are the source document's (R110 to R112); for
 * e2-standard-8 it gives neither memory nor network, 28 GiB and 8 Gbps continue its series. `loopback-2` is any machine
 * of two cores whose clients are on it too: no network card.
 */
export const machines: readonly Machine[] = [
  { ...e2('e2-standard-2', 2, 2, 0), usdPerHour: 0.033 },
  e2('e2-standard-4', 4, 4, 72),
  e2('e2-standard-8', 8, 8, 144),
  {
    name: 'loopback-2',
    vcpus: 2,
    cpuLimitCores: 2,
    memoryBytes: 8 * bytesPerGiB,
    memoryLimitBytes: 7 * bytesPerGiB,
    networkBitsPerSecond: null,
    usdPerHour: null,
  },
];
