import { beforeAll, describe, expect, it } from 'vitest';
import { type OptimisationStudy, optimisationStudy } from './optimisation-study.ts';
import { countVisits } from './visits.ts';

let study: OptimisationStudy;
beforeAll(() => {
  study = optimisationStudy(2);
});
const at = (name: string, connections: number) => {
  const found = study.results.find((one) => one.variant.name === name && one.connections === connections);
  if (found === undefined) throw new Error(name);
  return found;
};

describe('the optimisation study', () => {
  it("reproduces the document's memory before and after, and that the slots do all of it (R74)", () => {
    expect(at('before', 7_000).perConnectionMiB).toBeCloseTo(0.911, 3);
    expect(at('both', 7_000).perConnectionMiB).toBeCloseTo(0.501, 3);
    expect(at('slots alone', 7_000).memoryGiB).toBe(at('both', 7_000).memoryGiB);
    expect(at('index alone', 7_000).memoryGiB).toBe(at('before', 7_000).memoryGiB);
  });

  it('shows that 12,000 clients do not get in before, and do after', () => {
    expect(at('before', 12_000).accepted).toBeLessThan(8_100);
    expect(at('both', 12_000).accepted).toBe(12_000);
    expect(at('both', 12_000).memoryGiB).toBeCloseTo(5.88, 2);
  });

  it('counts 14 and 24 times fewer visits by the index, and none fewer at full fan-out (R66)', () => {
    expect(at('before', 7_000).visitsPerSecond / at('index alone', 7_000).visitsPerSecond).toBe(14);
    expect(at('before', 12_000).visitsPerSecond / at('both', 12_000).visitsPerSecond).toBe(24);
    const full = study.fanOut.filter((row) => row.subscribersPerChannel === row.connections);
    expect(full.map(({ savingPercent }) => savingPercent)).toEqual([0, 0]);
  });
});

describe('countVisits', () => {
  it('delivers the same by scan and by index', () => {
    const asked = { connections: 120, channels: 12, channelsPerClient: 3, broadcasts: 24 };
    const scan = countVisits({ ...asked, lookup: 'scan' });
    const index = countVisits({ ...asked, lookup: 'index' });
    expect(scan.deliveries).toBe(index.deliveries);
    expect([scan.visits, index.visits]).toEqual([24 * 120, 24 * 30]);
  });
});
