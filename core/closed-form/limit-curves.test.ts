import { describe, expect, it } from 'vitest';
import { feasibleRate, feasibleRegion, limitCurves } from './limit-curves.ts';
import { goDocumented } from '../experiment/profiles/go-documented.ts';
import { resolveScenario } from '../experiment/resolve-scenario.ts';
import { scenarioSchema } from '../experiment/scenario.ts';

function documented() {
  const resolution = resolveScenario(scenarioSchema.parse({ settings: { WS_FLUSH_INTERVAL: '0s' } }), [goDocumented]);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.resolved;
}

describe('limitCurves', () => {
  it('names memory as what fills first with connections, and the network with the rate (R89, R90)', () => {
    const connections = limitCurves(documented(), 'connections');
    expect([connections.first?.resource, connections.first?.holds]).toEqual(['memory', 14_278]);
    const rate = limitCurves(documented(), 'ratePerSecond');
    expect(rate.first?.resource).toBe('network');
    expect(rate.first?.holds).toBeCloseTo((41.666 * 500) / 594, 2);
  });

  it('rises in proportion where the closed form does', () => {
    const { curves } = limitCurves(documented(), 'connections', 20_000);
    const network = curves.find(({ resource }) => resource === 'network');
    expect(network?.points.at(-1)).toEqual({ load: 20_000, utilisation: 594 / 500 });
  });
});

describe('feasibleRegion', () => {
  it('is bounded by the network at 12,000 connections and by the connection cap beyond', () => {
    const region = feasibleRegion(documented());
    expect(feasibleRate(region, 12_000)).toBeCloseTo((41.666 * 500) / 594, 2);
    expect(feasibleRate(region, 12_001)).toBe(0);
    expect(feasibleRate(region, 6_000)).toBeCloseTo((83.333 * 500) / 594, 1);
  });

  it('holds the load that was asked for, and shows it', () => {
    const region = feasibleRegion(documented());
    expect(region.connectionsMost).toBeGreaterThan(12_000);
    expect(region.ratePerSecondMost).toBeGreaterThan(35.1);
    expect(feasibleRate(region, region.asked.connections)).toBeGreaterThan(region.asked.ratePerSecond);
  });
});
