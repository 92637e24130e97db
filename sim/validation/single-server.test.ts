import { describe, expect, it } from 'vitest';
import type { Estimate } from '#core';
import { estimate } from '../kernel/statistics.ts';
import { meanWaitByTheoryNs, simulateSingleServer } from './single-server.ts';

const serviceNs = 1_000_000;
const replications = 20;

/** Long enough for a half-width of 2 % or less: the heavier the load, the longer waits remember each other. */
const customersAt: Record<string, Record<number, number>> = {
  exponential: { 0.5: 60_000, 0.8: 200_000, 0.95: 1_500_000 },
  deterministic: { 0.5: 40_000, 0.8: 100_000, 0.95: 1_000_000 },
};

function simulated(
  utilisation: number,
  service: 'exponential' | 'deterministic',
  customers = customersAt[service][utilisation],
): Estimate {
  const waits: number[] = [];
  for (let replication = 0; replication < replications; replication += 1) {
    waits.push(
      simulateSingleServer({
        serviceNs,
        utilisation,
        service,
        customers,
        warmUpCustomers: customers / 20,
        seed: 11,
        replication,
      }).meanWaitNs,
    );
  }
  return estimate(waits, 0.99);
}

const isWithin = ({ mean, halfWidth }: Estimate, theory: number): boolean => Math.abs(mean - theory) <= halfWidth;

describe.each([0.5, 0.8, 0.95])('single server at utilisation %d', (utilisation) => {
  it.each([
    ['M/M/1', 'exponential', 1],
    ['M/D/1', 'deterministic', 0],
  ] as const)(
    '%s: mean wait lies within its 99-percent confidence interval, whose half-width is 2 percent or less',
    (_name, service, variation) => {
      const theory = meanWaitByTheoryNs(serviceNs, utilisation, variation);
      const result = simulated(utilisation, service);
      expect(result.halfWidth / theory).toBeLessThanOrEqual(0.02);
      expect(isWithin(result, theory)).toBe(true);
    },
    240_000,
  );
});

it.each([
  ['M/M/1', 'deterministic', 1],
  ['M/D/1', 'exponential', 0],
] as const)('%s: notices that service is secretly %s', (_name, service, variation) => {
  expect(isWithin(simulated(0.8, service, 20_000), meanWaitByTheoryNs(serviceNs, 0.8, variation))).toBe(false);
});
