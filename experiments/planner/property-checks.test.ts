import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largestHeld } from '#core';
import { simulate } from '#sim';
import { findCapacity } from './capacity-search.ts';
import { objectivesOf } from './objectives.ts';
import { capacityIsSustained, fieldsArbitrary, moreNeverHoldsLess, numbersAgree } from './property-checks.ts';
import { withSeconds } from './sustained.ts';

const seconds = 60;
const cases = { numRuns: 5, seed: 7 };

function marked(): { readonly mark: (name: string) => void; readonly seen: Set<string> } {
  const seen = new Set<string>();
  return { mark: (name) => seen.add(name), seen };
}

const [quiet] = fc.sample(fieldsArbitrary, { numRuns: 1, seed: 3 });
const fields = {
  ...quiet,
  machine: 'e2-standard-2',
  workload: { connections: 1_000, ratePerSecond: 1, messageBytes: 500, client: { roundTripMs: 100 } },
};

describe('the planner, on random scenarios', { timeout: 60_000 }, () => {
  it('shows the same numbers in a prediction, in a capacity search and in the closed form', () => {
    fc.assert(
      fc.property(fieldsArbitrary, (one) => numbersAgree(one)),
      cases,
    );
  });

  it('never holds less with more of a resource', () => {
    const { mark, seen } = marked();
    fc.assert(
      fc.property(fieldsArbitrary, (one) => moreNeverHoldsLess(one, { mark })),
      { ...cases, numRuns: 50 },
    );
    expect([...seen]).toContain('holds more');
  });

  it('answers with a load that holds, and 5 % more that does not', () => {
    const { mark, seen } = marked();
    capacityIsSustained(fields, { seconds, mark });
    expect([...seen]).toEqual(['held']);
  });
});

describe('the properties, with a fault planted', { timeout: 60_000 }, () => {
  const { mark } = marked();
  const answer = (share: number) => (input: Parameters<typeof findCapacity>[0]) => {
    const found = findCapacity(input, {
      find: 'connections',
      objectives: objectivesOf([]),
      replications: 1,
      confidence: null,
      sizeSettings: true,
      proofSeconds: seconds,
    });
    return { ...found, load: Math.round(found.load * share) };
  };

  it('catch an answer that is too large, and one that is too small', () => {
    const check = (share: number) => () => capacityIsSustained(fields, { seconds, mark }, 'connections', answer(share));
    expect(check(1.2)).toThrow('does not hold');
    expect(check(0.7)).toThrow('5 % more holds too');
  });

  it('catch another price, another demand, and a machine that holds less with more', () => {
    const summaryWith = (change: object) => () =>
      numbersAgree(fields, (input) => ({
        ...simulate(withSeconds(input, 10), { scale: 'auto' }).summary,
        ...change,
      }));
    expect(summaryWith({ usdPerMonth: 24.09 })).toThrow('$24.09');
    expect(summaryWith({ resources: [] })).toThrow('is not in the report');
    const upsideDown = (input: Parameters<typeof largestHeld>[0]) => -largestHeld(input, 'connections').byMachine.load;
    expect(() => {
      for (const one of fc.sample(fieldsArbitrary, { numRuns: 30, seed: 7 })) {
        moreNeverHoldsLess(one, { mark }, upsideDown);
      }
    }).toThrow('less');
  });
});
