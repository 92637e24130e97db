import { EventQueue, type FutureEvents, RandomStream, simulateSingleServer } from '#sim';
import { CalendarQueue } from './calendar-queue.ts';
import { cpuSecondsOf } from './cpu-seconds.ts';

/**
 * One contender, one model, in a process of its own, so that no other's types are in the way of the compiler. Started
 * by `kernels.bench.ts` as: contender.ts NAME MODEL REPLICATION. Prints events per CPU second, and for M/M/1 the mean wait.
 */
const serviceNs = 1_000_000;
const utilisation = 0.8;
/** Holds measured: each takes the earliest event and schedules one more. */
const holds = 2_000_000;

export interface ContenderFigures {
  readonly perSecond: number;
  readonly meanWaitNs: number | null;
}

interface WholeKernel {
  singleServer(model: { customers: number; gap: () => number; service: () => number }): Promise<number>;
}

/** Customers that each contender serves in about half a second. */
const customersOf: Readonly<Record<string, number>> = { simjs: 300_000, simscript: 20_000 };
const customersByDefault = 2_000_000;

const [, , name, model, replicationText] = process.argv;
const replication = Number(replicationText);

async function futureEvents(): Promise<new () => FutureEvents> {
  if (name === 'ours') return EventQueue;
  if (name === 'calendar queue') return CalendarQueue;
  return (await import(new URL(`./kernels/${name}.mjs`, import.meta.url).href)).Events;
}

function holdsPerSecond(events: FutureEvents, pending: number): number {
  const random = new RandomStream(1, 'hold', replication);
  // Exponential increments (the usual hold model, Jones 1986), drawn before the clock runs.
  const increments = Float64Array.from({ length: 65_536 }, () => Math.round(random.exponential(serviceNs)));
  for (let index = 0; index < pending; index += 1) events.schedule(increments[index & 65_535], index & 1_023, 0);
  const run = (count: number): void => {
    for (let index = 0; index < count; index += 1) {
      events.pop();
      events.schedule(events.timeNs + increments[index & 65_535], events.kind, 0);
    }
  };
  run(holds / 4);
  return holds / cpuSecondsOf(() => run(holds));
}

async function singleServer(): Promise<ContenderFigures> {
  const customers = customersOf[name] ?? customersByDefault;
  if (name === 'simjs' || name === 'simscript') {
    const kernel: WholeKernel = await import(new URL(`./kernels/${name}.mjs`, import.meta.url).href);
    const once = async (count: number): Promise<number> => {
      const arrivals = new RandomStream(1, 'arrivals', replication);
      const services = new RandomStream(1, 'services', replication);
      const gap = (): number => arrivals.exponential(serviceNs / utilisation);
      return kernel.singleServer({ customers: count, gap, service: () => services.exponential(serviceNs) });
    };
    await once(customers / 10);
    const before = process.cpuUsage();
    const meanWaitNs = await once(customers);
    const { user, system } = process.cpuUsage(before);
    return { meanWaitNs, perSecond: (2 * customers * 1e6) / (user + system) };
  }
  const Events = await futureEvents();
  const once = (count: number) =>
    simulateSingleServer(
      { serviceNs, utilisation, service: 'exponential', customers: count, warmUpCustomers: 0, seed: 1, replication },
      new Events(),
    );
  once(customers / 10);
  let outcome = { meanWaitNs: 0, events: 0 };
  const seconds = cpuSecondsOf(() => {
    outcome = once(customers);
  });
  return { meanWaitNs: outcome.meanWaitNs, perSecond: outcome.events / seconds };
}

const figures: ContenderFigures =
  model === 'single-server'
    ? await singleServer()
    : { perSecond: holdsPerSecond(new (await futureEvents())(), Number(model)), meanWaitNs: null };
process.stdout.write(JSON.stringify(figures));
