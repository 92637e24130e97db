import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readScenarioFields } from '../scenario-file.ts';
import { latinHypercube } from './latin-hypercube.ts';
import { hasRanges, parseRange, profilePath, quantileOf, uncertainScenario } from './ranges.ts';
import { figuresRead, propagate, tornadoOf } from './uncertainty.ts';

const small = {
  machine: 'e2-standard-2',
  profile: 'go-documented',
  settings: { WS_FLUSH_INTERVAL: '0s' },
  workload: {
    connections: 300,
    ratePerSecond: '20..30',
    messageBytes: '400..500..900',
    durationSeconds: 4,
    warmUpSeconds: 1,
  },
};

describe('a range in a scenario', () => {
  it('is low..high or low..likeliest..high, and nothing else is one', () => {
    expect(parseRange('25..35')).toEqual({ low: 25, mode: null, high: 35 });
    expect(parseRange('0.5 .. 1 .. 2e1')).toEqual({ low: 0.5, mode: 1, high: 20 });
    for (const text of ['25', '25.35', '..35', 'a..b', '1..2..3..4', '10.0.0.1']) expect(parseRange(text)).toBeNull();
  });

  it('is found wherever it stands, in a file too', () => {
    expect([hasRanges(small), hasRanges({ workload: { ratePerSecond: 25 } })]).toEqual([true, false]);
    const file = join(tmpdir(), `fanout-ranges-${process.pid}.yaml`);
    writeFileSync(file, 'workload:\n  ratePerSecond: 25..35\n');
    const scenario = uncertainScenario(readScenarioFields(file, ['workload.messageBytes=100..200']), file);
    expect(scenario.inputs.map(({ path }) => path)).toEqual(['workload.ratePerSecond', 'workload.messageBytes']);
    expect(scenario.at({}).scenario.workload).toMatchObject({ ratePerSecond: 30, messageBytes: 150 });
  });

  it('is refused when it does not ascend, with its path', () => {
    expect(() => uncertainScenario({ workload: { ratePerSecond: '35..25' } }, 'x')).toThrow('workload.ratePerSecond');
  });

  it('has quantiles within itself that ascend', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (a, b) => {
        const triangle = { path: 'x', low: 2, mode: 3, high: 10 };
        const [low, high] = [quantileOf(triangle, Math.min(a, b)), quantileOf(triangle, Math.max(a, b))];
        expect(low).toBeGreaterThanOrEqual(2);
        expect(high).toBeLessThanOrEqual(10);
        expect(low).toBeLessThanOrEqual(high);
      }),
    );
    // A triangle from 2 over 3 to 10 has an eighth of its probability below its peak.
    expect(quantileOf({ path: 'x', low: 2, mode: 3, high: 10 }, 1 / 8)).toBeCloseTo(3, 12);
  });

  it('brings the transfer of a measured profile along as a factor on its CPU costs', () => {
    const { inputs, at } = uncertainScenario({ ...small, profile: 'node-measured' }, 'x');
    const transfer = inputs.find(({ path }) => path === profilePath);
    const { low, middle, high } = at({}).transfer;
    expect([transfer?.low, transfer?.mode, transfer?.high]).toEqual([low, middle, high]);
    const cost = (factor: number) => at({ [profilePath]: factor }).profile.cpu.perWriteUserNs;
    expect(cost(1.1) / cost(1)).toBeCloseTo(1.1, 9);
    expect(cost(middle)).toBeCloseTo(at({}).profile.cpu.perWriteUserNs, 6);
  });
});

describe('latinHypercube', () => {
  it('takes each stratum of each input exactly once, and the same for the same seed', () => {
    const points = latinHypercube(['a', 'b'], 16, 7);
    for (const input of ['a', 'b']) {
      const strata = points.map((point) => Math.floor(point[input] * 16)).sort((left, right) => left - right);
      expect(strata).toEqual(Array.from({ length: 16 }, (_, index) => index));
    }
    expect(latinHypercube(['a', 'b'], 16, 7)).toEqual(points);
    expect(latinHypercube(['a'], 16, 8)).not.toEqual(latinHypercube(['a'], 16, 7));
  });
});

describe('propagate', () => {
  it('gives percentiles that ascend and spread as the inputs do', () => {
    const { figures, firstLimits } = propagate(uncertainScenario(small, 'x'), 12, 1);
    const { p10, p50, p90 } = figures['sentPerSecond'];
    expect(p10).toBeLessThan(p50);
    expect(p50).toBeLessThan(p90);
    expect(p10).toBeGreaterThanOrEqual(300 * 20);
    expect(p90).toBeLessThanOrEqual(300 * 30);
    expect(Object.values(firstLimits).reduce((sum, count) => sum + count, 0)).toBe(12);
  });
});

describe('tornadoOf', () => {
  it('sorts inputs by their effect, alone, on the figure', () => {
    const pick = figuresRead['resources.network.utilisation'];
    const { bars, middle } = tornadoOf(uncertainScenario(small, 'x'), 'resources.network.utilisation', pick);
    // 400 to 900 bytes move the network more than 20 to 30 messages/s.
    expect(bars.map(({ path }) => path)).toEqual(['workload.messageBytes', 'workload.ratePerSecond']);
    // Headers are the same for both: the wire grows by less than the payload.
    expect(bars[0].atHigh / bars[0].atLow).toBeGreaterThan(1.9);
    expect(bars[0].atHigh / bars[0].atLow).toBeLessThan(900 / 400);
    expect(bars[0].atLow).toBeLessThan(middle);
    expect(bars[0].atHigh).toBeGreaterThan(middle);
  });
});
