import { describe, expect, it } from 'vitest';
import type { Estimate } from '#core';
import { estimate } from '../kernel/statistics.ts';
import {
  finiteRoomLoss,
  multiServerWaitNs,
  processorSharingSojournNs,
  type QueueOptions,
  simulateFiniteRoom,
  simulateMultiServer,
  simulateProcessorSharing,
  simulateTandem,
  tandemSojournNs,
} from './queueing-systems.ts';

const serviceNs = 1_000_000;
const secondServiceNs = 700_000;
const replications = 20;

interface System {
  readonly name: string;
  readonly utilisation: number;
  readonly customers: number;
  readonly run: (options: QueueOptions) => number;
  readonly theory: number;
}

const multiServer = (servers: number, customers: number): System => ({
  name: `M/M/${servers}: mean wait`,
  utilisation: 0.8,
  customers,
  run: (options) => simulateMultiServer({ ...options, servers }),
  theory: multiServerWaitNs(servers, serviceNs, 0.8),
});

const systems: readonly System[] = [
  multiServer(2, 300_000),
  multiServer(4, 300_000),
  {
    name: 'M/M/1/10 at utilisation 0.9: share turned away',
    utilisation: 0.9,
    customers: 200_000,
    run: (options) => simulateFiniteRoom({ ...options, capacity: 10 }),
    theory: finiteRoomLoss(10, 0.9),
  },
  {
    name: 'two stations in a row: mean time in both',
    utilisation: 0.8,
    customers: 150_000,
    run: (options) => simulateTandem({ ...options, secondServiceNs }),
    theory: tandemSojournNs(serviceNs, secondServiceNs, 0.8),
  },
];

/** Processor sharing does not ask how service is distributed, only how much of it there is: its canary is another. */
const processorSharing: System = {
  name: 'M/G/1 with processor sharing: mean time in the system',
  utilisation: 0.7,
  customers: 120_000,
  run: simulateProcessorSharing,
  theory: processorSharingSojournNs(serviceNs, 0.7),
};

function simulated({ utilisation, customers, run }: System, secretly: Partial<QueueOptions> = {}): Estimate {
  const figures = [];
  for (let replication = 0; replication < replications; replication += 1) {
    const warmUpCustomers = customers / 20;
    figures.push(run({ serviceNs, utilisation, customers, warmUpCustomers, seed: 7, replication, ...secretly }));
  }
  return estimate(figures, 0.99);
}

const lies = ({ mean, halfWidth }: Estimate, theory: number): boolean => Math.abs(mean - theory) <= halfWidth;

describe('queueing systems on the simulation kernel agree with theory', () => {
  it.each([...systems, processorSharing])(
    '$name lies in its 99-percent interval, whose half-width is 2 percent or less',
    (system) => {
      const result = simulated(system);
      expect(result.halfWidth / system.theory).toBeLessThanOrEqual(0.02);
      expect(lies(result, system.theory)).toBe(true);
    },
  );

  it.each(systems)('$name: notices that service is secretly deterministic', (system) => {
    const short = { ...system, customers: 20_000 };
    expect(lies(simulated(short, { service: 'deterministic' }), system.theory)).toBe(false);
  });

  it('processor sharing: notices that service takes secretly 3 percent longer', () => {
    const { theory } = processorSharing;
    expect(lies(simulated(processorSharing, { serviceNs: serviceNs * 1.03, utilisation: 0.7 * 1.03 }), theory)).toBe(
      false,
    );
  });
});
