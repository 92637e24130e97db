import { EventQueue } from '../kernel/event-queue.ts';
import { RandomStream } from '../kernel/random.ts';

const Kind = { arrival: 0, departure: 1 } as const;

export interface SingleServerOptions {
  /** Mean service time in nanoseconds. */
  readonly serviceNs: number;
  /** Offered load over capacity, below 1. */
  readonly utilisation: number;
  readonly service: 'exponential' | 'deterministic';
  readonly customers: number;
  /** Customers at the start that the statistics leave out. */
  readonly warmUpCustomers: number;
  readonly seed: number;
  readonly replication: number;
}

/** What the model needs of a future event list; `EventQueue`, or another one to measure beside it. */
export interface FutureEvents {
  readonly timeNs: number;
  readonly kind: number;
  schedule(timeNs: number, kind: number, argument: number): void;
  pop(): boolean;
}

/** A single server with Poisson arrivals, first come first served, on the simulation kernel: M/M/1 or M/D/1. */
export function simulateSingleServer(
  options: SingleServerOptions,
  events: FutureEvents = new EventQueue(),
): { meanWaitNs: number; events: number } {
  const { serviceNs, customers, warmUpCustomers } = options;
  const meanGapNs = serviceNs / options.utilisation;
  const arrivals = new RandomStream(options.seed, 'arrivals', options.replication);
  const services = new RandomStream(options.seed, 'services', options.replication);
  let mask = 1_023;
  let arrivalTimes = new Float64Array(mask + 1);
  let head = 0;
  let waiting = 0;
  let busy = false;
  let served = 0;
  let scheduled = 1;
  let waitNs = 0;

  const serviceTime = (): number =>
    Math.round(options.service === 'exponential' ? services.exponential(serviceNs) : serviceNs);
  const begin = (arrivedNs: number, nowNs: number): void => {
    busy = true;
    served += 1;
    if (served > warmUpCustomers) waitNs += nowNs - arrivedNs;
    scheduled += 1;
    events.schedule(nowNs + serviceTime(), Kind.departure, 0);
  };

  events.schedule(0, Kind.arrival, 0);
  while (served < customers && events.pop()) {
    const nowNs = events.timeNs;
    if (events.kind === Kind.arrival) {
      scheduled += 1;
      events.schedule(nowNs + Math.round(arrivals.exponential(meanGapNs)), Kind.arrival, 0);
      if (!busy) {
        begin(nowNs, nowNs);
        continue;
      }
      if (waiting > mask) {
        const larger = new Float64Array((mask + 1) * 2);
        for (let index = 0; index < waiting; index += 1) larger[index] = arrivalTimes[(head + index) & mask];
        arrivalTimes = larger;
        head = 0;
        mask = larger.length - 1;
      }
      arrivalTimes[(head + waiting) & mask] = nowNs;
      waiting += 1;
    } else if (waiting > 0) {
      const arrivedNs = arrivalTimes[head];
      head = (head + 1) & mask;
      waiting -= 1;
      begin(arrivedNs, nowNs);
    } else {
      busy = false;
    }
  }
  return { meanWaitNs: waitNs / (customers - warmUpCustomers), events: scheduled };
}

/** Mean wait in queue by theory (Pollaczek 1930, Khinchine 1932); squared coefficient of variation 1 for M, 0 for D. */
export function meanWaitByTheoryNs(serviceNs: number, utilisation: number, squaredVariation: number): number {
  return ((utilisation * serviceNs) / (1 - utilisation)) * ((1 + squaredVariation) / 2);
}
