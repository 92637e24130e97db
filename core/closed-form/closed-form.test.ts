import { describe, expect, it } from 'vitest';
import { closedForm, largestLoad } from './closed-form.ts';
import { goDocumented } from '../experiment/profiles/go-documented.ts';
import { resolveScenario } from '../experiment/resolve-scenario.ts';
import { scenarioSchema } from '../experiment/scenario.ts';

function documented(settings: Record<string, string> = {}) {
  const scenario = scenarioSchema.parse({ settings: { WS_FLUSH_INTERVAL: '0s', ...settings } });
  const resolution = resolveScenario(scenario, [goDocumented]);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.resolved;
}

describe('closedForm', () => {
  it('gives the document its own figures for 12,000 x 25 (R69 to R72)', () => {
    const { resources, deliveriesPerSecond } = closedForm(documented());
    const demand = Object.fromEntries(resources.map((use) => [use.resource, use]));
    expect(deliveriesPerSecond).toBe(300_000);
    expect(demand['cpu'].demand).toBeCloseTo(0.49, 9);
    expect(demand['memory'].utilisation).toBeCloseTo(0.84, 3);
    // 594 bytes on the wire for 500 of payload: 71 %, where the document counts payload and says 60.
    expect(demand['network'].utilisation).toBeCloseTo((0.6 * 594) / 500, 12);
    expect(demand['tasks'].demand).toBe(24_525);
  });
});

describe('largestLoad', () => {
  it('gives the rate at which the network is full (R90) and the connections that memory holds (R89)', () => {
    expect(largestLoad(documented(), 'ratePerSecond', 'network')).toBeCloseTo((41.666 * 500) / 594, 2);
    // 7,168 MiB over 0.501 MiB and 1 KB of index (a thousandth of a MiB).
    expect(largestLoad(documented(), 'connections', 'memory')).toBe(Math.floor(7_168 / 0.502));
  });

  it('says that a rate does not use up connections, and what a share of a limit holds', () => {
    expect(largestLoad(documented(), 'ratePerSecond', 'connections')).toBe(Infinity);
    expect(largestLoad(documented(), 'connections', 'network', 0.7)).toBe(Math.floor((14_000 * 500) / 594));
  });
});
