import { EventQueue } from '../kernel/event-queue.ts';
import { RandomStream } from '../kernel/random.ts';

const Kind = { arrival: 0, departure: 1 } as const;

/** A queueing system with Poisson arrivals, and what one replication of it showed. */
export interface QueueOptions {
  /** Mean service time in nanoseconds. */
  readonly serviceNs: number;
  /** Offered load over the capacity of all servers. */
  readonly utilisation: number;
  readonly customers: number;
  /** Customers at the start that the statistics leave out. */
  readonly warmUpCustomers: number;
  readonly seed: number;
  readonly replication: number;
  /** Exponential unless told otherwise, so that a test can show that it notices. Processor sharing has its own. */
  readonly service?: 'exponential' | 'deterministic';
}

/** First come, first served, at `servers` servers: M/M/c. @returns the mean wait in the queue */
export function simulateMultiServer(options: QueueOptions & { readonly servers: number }): number {
  const { servers, customers, warmUpCustomers, serviceNs } = options;
  const { arrivals, serviceTime, events } = streamsOf(options);
  const gapNs = serviceNs / (options.utilisation * servers);
  const line = new Line();
  let busy = 0;
  let served = 0;
  let waitNs = 0;
  const begin = (arrivedNs: number): void => {
    busy += 1;
    served += 1;
    if (served > warmUpCustomers) waitNs += events.timeNs - arrivedNs;
    events.schedule(events.timeNs + serviceTime(serviceNs), Kind.departure, 0);
  };
  events.schedule(0, Kind.arrival, 0);
  while (served < customers && events.pop()) {
    if (events.kind === Kind.arrival) {
      events.schedule(events.timeNs + Math.round(arrivals.exponential(gapNs)), Kind.arrival, 0);
      if (busy < servers) begin(events.timeNs);
      else line.push(events.timeNs);
    } else {
      busy -= 1;
      if (line.length > 0) begin(line.shift());
    }
  }
  return waitNs / (customers - warmUpCustomers);
}

/** One server with room for `capacity` customers, the one in service included: M/M/1/K. @returns the share turned away */
export function simulateFiniteRoom(options: QueueOptions & { readonly capacity: number }): number {
  const { capacity, customers, warmUpCustomers, serviceNs } = options;
  const { arrivals, serviceTime, events } = streamsOf(options);
  const gapNs = serviceNs / options.utilisation;
  let inside = 0;
  let seen = 0;
  let lost = 0;
  events.schedule(0, Kind.arrival, 0);
  while (seen < customers && events.pop()) {
    if (events.kind === Kind.arrival) {
      events.schedule(events.timeNs + Math.round(arrivals.exponential(gapNs)), Kind.arrival, 0);
      seen += 1;
      if (inside === capacity) {
        if (seen > warmUpCustomers) lost += 1;
        continue;
      }
      inside += 1;
    } else inside -= 1;
    const begins = events.kind === Kind.arrival ? inside === 1 : inside > 0;
    if (begins) events.schedule(events.timeNs + serviceTime(serviceNs), Kind.departure, 0);
  }
  return lost / (customers - warmUpCustomers);
}

/**
 * One server shared equally by all who are there: M/G/1 with processor sharing, by virtual time (each customer is done
 * when the service given to everybody alike has grown by his own). Two kinds of customers, one in ten needs 5.5 times
 * as much as the others. @returns the mean time in the system
 */
export function simulateProcessorSharing(options: QueueOptions): number {
  const { customers, warmUpCustomers, serviceNs } = options;
  const { arrivals, services, events } = streamsOf(options);
  const gapNs = serviceNs / options.utilisation;
  // Mean of 0.9 x + 0.1 * 5.5 x is 1.45 x.
  const shortNs = serviceNs / 1.45;
  const finish: number[] = [];
  const arrived: number[] = [];
  let virtualNs = 0;
  let lastNs = 0;
  let generation = 0;
  let left = 0;
  let sojournNs = 0;
  const leastIndex = (): number => {
    let least = 0;
    for (let index = 1; index < finish.length; index += 1) if (finish[index] < finish[least]) least = index;
    return least;
  };
  const planDeparture = (): void => {
    generation += 1;
    if (finish.length === 0) return;
    const waitNs = (finish[leastIndex()] - virtualNs) * finish.length;
    events.schedule(events.timeNs + Math.max(0, Math.round(waitNs)), Kind.departure, generation);
  };
  events.schedule(0, Kind.arrival, 0);
  while (left < customers && events.pop()) {
    // A departure planned before somebody came or left is outdated.
    if (events.kind === Kind.departure && events.argument !== generation) continue;
    if (finish.length > 0) virtualNs += (events.timeNs - lastNs) / finish.length;
    lastNs = events.timeNs;
    if (events.kind === Kind.arrival) {
      events.schedule(events.timeNs + Math.round(arrivals.exponential(gapNs)), Kind.arrival, 0);
      const neededNs = services.nextUnit() < 0.1 ? 5.5 * shortNs : shortNs;
      finish.push(virtualNs + neededNs);
      arrived.push(events.timeNs);
    } else {
      const index = leastIndex();
      left += 1;
      if (left > warmUpCustomers) sojournNs += events.timeNs - arrived[index];
      finish.splice(index, 1);
      arrived.splice(index, 1);
    }
    planDeparture();
  }
  return sojournNs / (customers - warmUpCustomers);
}

/** Two servers one after the other, each with its own line: a tandem network. @returns the mean time in both */
export function simulateTandem(options: QueueOptions & { readonly secondServiceNs: number }): number {
  const { customers, warmUpCustomers, serviceNs, secondServiceNs } = options;
  const { arrivals, serviceTime, events } = streamsOf(options);
  const gapNs = serviceNs / options.utilisation;
  const means = [serviceNs, secondServiceNs];
  const lines = [new Line(), new Line()];
  const busy = [false, false];
  const inService = [0, 0];
  let left = 0;
  let sojournNs = 0;
  const begin = (station: number, enteredNs: number): void => {
    busy[station] = true;
    inService[station] = enteredNs;
    events.schedule(events.timeNs + serviceTime(means[station]), Kind.departure, station);
  };
  const enter = (station: number, enteredNs: number): void => {
    if (busy[station]) lines[station].push(enteredNs);
    else begin(station, enteredNs);
  };
  events.schedule(0, Kind.arrival, 0);
  while (left < customers && events.pop()) {
    if (events.kind === Kind.arrival) {
      events.schedule(events.timeNs + Math.round(arrivals.exponential(gapNs)), Kind.arrival, 0);
      enter(0, events.timeNs);
      continue;
    }
    const station = events.argument;
    const enteredNs = inService[station];
    busy[station] = false;
    if (lines[station].length > 0) begin(station, lines[station].shift());
    if (station === 0) {
      enter(1, enteredNs);
      continue;
    }
    left += 1;
    if (left > warmUpCustomers) sojournNs += events.timeNs - enteredNs;
  }
  return sojournNs / (customers - warmUpCustomers);
}

/** Mean wait of M/M/c (Erlang 1917): the chance to wait, by Erlang's C formula, times the mean wait of who waits. */
export function multiServerWaitNs(servers: number, serviceNs: number, utilisation: number): number {
  const offered = servers * utilisation;
  // Erlang's B by its recursion, then C from B.
  let blocked = 1;
  for (let count = 1; count <= servers; count += 1) blocked = (offered * blocked) / (count + offered * blocked);
  const waits = blocked / (1 - utilisation * (1 - blocked));
  return (waits * serviceNs) / (servers * (1 - utilisation));
}

/** Share turned away by M/M/1/K (Kleinrock 1975, 3.6). */
export function finiteRoomLoss(capacity: number, utilisation: number): number {
  let power = 1;
  let sum = 1;
  for (let count = 0; count < capacity; count += 1) {
    power *= utilisation;
    sum += power;
  }
  return power / sum;
}

/** Mean time in M/G/1 with processor sharing, whatever the distribution of service (Sakata, Noguchi, Oizumi 1969). */
export const processorSharingSojournNs = (serviceNs: number, utilisation: number): number =>
  serviceNs / (1 - utilisation);

/** Mean time in two M/M/1 queues in a row, which are independent (Jackson 1957). */
export function tandemSojournNs(serviceNs: number, secondServiceNs: number, utilisation: number): number {
  const secondUtilisation = (utilisation * secondServiceNs) / serviceNs;
  return serviceNs / (1 - utilisation) + secondServiceNs / (1 - secondUtilisation);
}

function streamsOf({ seed, replication, service = 'exponential' }: QueueOptions) {
  const services = new RandomStream(seed, 'services', replication);
  return {
    arrivals: new RandomStream(seed, 'arrivals', replication),
    services,
    serviceTime: (meanNs: number): number =>
      Math.round(service === 'exponential' ? services.exponential(meanNs) : meanNs),
    events: new EventQueue(),
  };
}

/** A waiting line of arrival times. */
class Line {
  #times: number[] = [];
  #head = 0;

  get length(): number {
    return this.#times.length - this.#head;
  }
  push(timeNs: number): void {
    this.#times.push(timeNs);
  }
  shift(): number {
    const timeNs = this.#times[this.#head];
    this.#head += 1;
    if (this.#head > 1_024 && this.#head * 2 > this.#times.length) {
      this.#times.splice(0, this.#head);
      this.#head = 0;
    }
    return timeNs;
  }
}
