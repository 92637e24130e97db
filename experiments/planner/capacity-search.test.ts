import { describe, expect, it } from 'vitest';
import { goDocumented, resolveScenario, type ResolvedScenario, scenarioSchema } from '#core';
import { type CapacityOptions, findCapacity } from './capacity-search.ts';
import { objectivesOf } from './objectives.ts';

function documented(settings: Record<string, string | number> = {}): ResolvedScenario {
  const resolution = resolveScenario(
    scenarioSchema.parse({
      shards: 2,
      settings: { WS_FLUSH_INTERVAL: '0s', ...settings },
      workload: { durationSeconds: 6, warmUpSeconds: 2 },
    }),
    [goDocumented],
  );
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.resolved;
}

const quick = { replications: 2, confidence: 1, precision: 0.01, sizeSettings: false } as const;
const find = (input: ResolvedScenario, options: Partial<CapacityOptions> & Pick<CapacityOptions, 'find'>) =>
  findCapacity(input, { ...quick, objectives: objectivesOf([]), ...options });

describe('the capacity search', () => {
  it('ends at the connection cap and says that memory is next', () => {
    const answer = find(documented(), { find: 'connections' });
    expect(answer.load).toBe(12_000);
    expect([answer.firstLimit, answer.secondLimit]).toEqual(['connections', 'memory']);
    expect(answer.at?.metShare).toBe(1);
    expect(answer.above.metShare).toBe(0);
    expect(answer.missedAbove).toContain('resources.connections.utilisation<=100%');
  });

  it("finds the document's memory ceiling of 14,278 clients without caps (R89)", () => {
    const answer = find(documented(), { find: 'connections', sizeSettings: true });
    expect(answer.closedForm.memory).toBe(14_278);
    expect(Math.abs(answer.load / 14_278 - 1)).toBeLessThan(0.01);
    expect([answer.firstLimit, answer.closedForm.connections]).toEqual(['memory', null]);
  });

  it('finds that headers on the wire fill the card before the payload does', () => {
    const answer = find(documented(), { find: 'ratePerSecond' });
    // 2 Gbit/s hold 41.67 messages/s of payload, and 35.1 with 94 bytes of headers each.
    expect(answer.closedForm.network).toBeCloseTo(41.67, 2);
    expect(answer.load).toBeGreaterThan(34.5);
    expect(answer.load).toBeLessThan(38);
    expect(answer.firstLimit).toBe('network');
  });

  it('obeys an objective of the user, and says when no load meets it', () => {
    const objectives = objectivesOf(['resources.memory.utilisation<=50%']);
    const answer = find(documented(), { find: 'connections', objectives });
    expect(Math.abs(answer.load / (14_278 / 2) - 1)).toBeLessThan(0.015);
    const never = find(documented(), { find: 'connections', objectives: objectivesOf(['latencyMs.p99<0']) });
    expect([never.load, never.at]).toEqual([0, null]);
  });
});
