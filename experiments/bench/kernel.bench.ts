import { simulateSingleServer } from '#sim';
import type { BenchRow } from './bench-row.ts';
import { cpuSecondsOf } from './cpu-seconds.ts';

const customers = 2_000_000;

/** M/M/1 at utilisation 0.8 with its statistics on: random numbers, event queue and waiting line, all included. */
export function kernelBench(runs: number): BenchRow[] {
  const perSecond: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    let events = 0;
    const seconds = cpuSecondsOf(() => {
      ({ events } = simulateSingleServer({
        serviceNs: 1_000_000,
        utilisation: 0.8,
        service: 'exponential',
        customers,
        warmUpCustomers: 1_000,
        seed: 1,
        replication: run,
      }));
    });
    perSecond.push(events / seconds / 1e6);
  }
  return [
    {
      name: 'kernel, M/M/1 at 0.8 with statistics and ordered ties',
      figures: perSecond,
      unit: 'M events/s',
      target: { bound: 'at least', value: 8 },
    },
  ];
}
