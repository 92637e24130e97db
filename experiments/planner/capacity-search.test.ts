import { describe, expect, it } from 'vitest';
import { goDocumented, resolveScenario, type ResolvedScenario, scenarioSchema } from '#core';
import { type CapacityOptions, findCapacity } from './capacity-search.ts';
import { objectivesOf } from './objectives.ts';
import { grainOf, roundedDown, sustains, withSeconds } from './sustained.ts';

function documented(fields: {
  readonly settings?: Record<string, string | number>;
  readonly workload?: Record<string, unknown>;
  readonly faults?: readonly unknown[];
}): ResolvedScenario {
  const resolution = resolveScenario(
    scenarioSchema.parse({
      shards: 2,
      settings: { WS_FLUSH_INTERVAL: '0s', ...fields.settings },
      workload: { ratePerSecond: 1, warmUpSeconds: 2, ...fields.workload },
      faults: fields.faults ?? [],
    }),
    [goDocumented],
  );
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.resolved;
}

/** Half an hour costs seconds; these loads are the same after five minutes. */
const quick = { replications: 1, confidence: null, sizeSettings: false, proofSeconds: 300 } as const;
const find = (input: ResolvedScenario, options: Partial<CapacityOptions> & Pick<CapacityOptions, 'find'>) =>
  findCapacity(input, { ...quick, objectives: objectivesOf([]), ...options });

describe('the capacity search', () => {
  it('ends exactly at the connection cap, and says what the machine itself holds', () => {
    const answer = find(documented({ settings: { WS_MAX_CONNECTIONS: 5_003 } }), { find: 'connections' });
    expect(answer.load).toBe(5_003);
    expect(answer.at?.holds).toBe(true);
    expect(answer.above.holds).toBe(false);
    expect(answer.missedAbove.map(({ what }) => what)).toContain('connections demand');
    expect(answer.closedForm.asSet).toEqual({ load: 5_003, limit: 'connections' });
    expect(answer.closedForm.byMachine.load).toBeGreaterThan(12_000);
  });

  it('goes on to what the machine holds where caps grow with the load, and names the settings', () => {
    const answer = find(documented({}), { find: 'connections', sizeSettings: true });
    const { byMachine } = answer.closedForm;
    expect(byMachine.limit).toBe('memory');
    expect(answer.load).toBe(roundedDown(byMachine.load, 'connections'));
    expect(answer.firstLimit).toBe('memory');
    expect(answer.settings).toMatchObject({ 'settings.WS_MAX_CONNECTIONS': answer.load });
  });

  it('never recommends a rate above the rate caps', () => {
    const input = documented({
      settings: { WS_MAX_NATS_RATE: 4, WS_MAX_BROADCAST_RATE: 8 },
      workload: { connections: 10, ratePerSecond: 1 },
    });
    const answer = find(input, { find: 'ratePerSecond' });
    expect(answer.load).toBeLessThanOrEqual(4);
    expect(answer.load).toBeGreaterThan(3.5);
    expect(answer.closedForm.asSet.limit).toBe('bus-rate');
  });

  it('obeys an objective of the user, and says why no load meets it', () => {
    const input = documented({ workload: { client: { roundTripMs: 100 } } });
    const never = find(input, { find: 'connections', objectives: objectivesOf(['latencyMs.p99<50']) });
    expect([never.load, never.at]).toEqual([0, null]);
    expect(never.above.reasons[0].what).toBe('latencyMs.p99<50');
  });

  it('keeps faults, and searches on the whole of the scenario', () => {
    const burst = { kind: 'rate-burst', atSeconds: 15, durationSeconds: 5, factor: 6 };
    const workload = { connections: 10, durationSeconds: 25 };
    const settings = { WS_MAX_NATS_RATE: 4, WS_MAX_BROADCAST_RATE: 4, JS_CONSUMER_ACK_WAIT: '2s' };
    const calm = find(documented({ settings, workload }), { find: 'ratePerSecond' });
    const bursting = find(documented({ settings, workload, faults: [burst] }), { find: 'ratePerSecond' });
    expect(bursting.load).toBeLessThan(calm.load);
    expect(bursting.at?.seconds).toBe(25);
  });

  it('ends at its budget and says so', () => {
    const input = documented({ workload: { client: { roundTripMs: 100 } } });
    const answer = find(input, {
      find: 'connections',
      objectives: objectivesOf(['latencyMs.p99<60']),
      simulationsMax: 2,
    });
    expect(answer.budgetSpent).toBe(true);
    expect(answer.simulations).toBeLessThanOrEqual(6);
  });
});

describe('the sustained test', () => {
  it('refuses without a simulation what the closed form refutes, as the verdict of one does', () => {
    const input = documented({ workload: { connections: 13_000 } });
    const test = sustains(input, 30, objectivesOf([]));
    expect(test).toMatchObject({ holds: false, seconds: 0, summary: null });
    const objectives = objectivesOf(['resources.connections.utilisation<=200%', 'resources.tasks.utilisation<=200%']);
    expect(sustains(withSeconds(input, 10), 10, objectives).summary).not.toBeNull();
  });

  it('rounds to half a percent, without digits of noise', () => {
    expect([12_345, 999, 37, 1].map((load) => grainOf(load, 'connections'))).toEqual([50, 2, 1, 1]);
    expect(roundedDown(38.9376, 'ratePerSecond')).toBe(38.9);
    expect(roundedDown(0.123456, 'ratePerSecond')).toBe(0.123);
  });
});
