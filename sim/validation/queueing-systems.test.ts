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
const replications = 20;

function simulated(utilisation: number, customers: number, run: (options: QueueOptions) => number): Estimate {
  const figures = [];
  for (let replication = 0; replication < replications; replication += 1) {
    figures.push(run({ serviceNs, utilisation, customers, warmUpCustomers: customers / 20, seed: 7, replication }));
  }
  return estimate(figures);
}

/** The half-width of the 99 % interval is 2 % or less, and the theory's figure lies inside. */
function expectTheory({ mean, halfWidth }: Estimate, theory: number): void {
  expect(halfWidth / theory).toBeLessThanOrEqual(0.02);
  expect(Math.abs(mean - theory)).toBeLessThanOrEqual(halfWidth);
}

describe('queueing systems on the simulation kernel agree with theory', () => {
  it.each([2, 4])('M/M/%d: mean wait', (servers) => {
    const utilisation = 0.8;
    const result = simulated(utilisation, 400_000, (options) => simulateMultiServer({ ...options, servers }));
    expectTheory(result, multiServerWaitNs(servers, serviceNs, utilisation));
  });

  it('M/M/1/10 at utilisation 0.9: share turned away', () => {
    const result = simulated(0.9, 300_000, (options) => simulateFiniteRoom({ ...options, capacity: 10 }));
    expectTheory(result, finiteRoomLoss(10, 0.9));
  });

  it('M/G/1 with processor sharing: mean time in the system', () => {
    expectTheory(simulated(0.7, 150_000, simulateProcessorSharing), processorSharingSojournNs(serviceNs, 0.7));
  });

  it('two stations in a row: mean time in both', () => {
    const secondServiceNs = 700_000;
    const result = simulated(0.8, 200_000, (options) => simulateTandem({ ...options, secondServiceNs }));
    expectTheory(result, tandemSojournNs(serviceNs, secondServiceNs, 0.8));
  });
});
