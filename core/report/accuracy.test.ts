import { describe, expect, it } from 'vitest';
import { accuracyOf, beyondRepeatable, byMetric, driftBy, type RunAccuracy } from './accuracy.ts';
import type { ComparisonRow } from './compare.ts';
import { goDocumented } from '../experiment/profiles/go-documented.ts';
import { resolveScenario, type ResolvedScenario } from '../experiment/resolve-scenario.ts';
import type { RunReport } from '../experiment/run-report.ts';
import { scenarioSchema } from '../experiment/scenario.ts';

const row = (metric: string, predicted: number, measured: number, floor = 0): ComparisonRow => ({
  metric,
  unit: '',
  predicted,
  measured,
  measuredLeast: measured,
  measuredMost: measured,
  errorPercent: measured === 0 ? null : ((predicted - measured) / measured) * 100,
  floor,
  tolerancePercent: 15,
  within: true,
  interval: null,
  insideInterval: null,
});
const run = (name: string, machineUtilisation: number, ...rows: ComparisonRow[]): RunAccuracy => ({
  name,
  regime: 'steady' as RunAccuracy['regime'],
  recorded: '2026-01-01 abc',
  runs: 3,
  machineUtilisation,
  rows,
  firstDropSeconds: { predicted: null, measured: null },
});
const cpu = (accuracies: readonly RunAccuracy[]) => byMetric(accuracies).find(({ metric }) => metric === 'CPU, server');

describe('errors by metric', () => {
  it('are mean, 90th percentile and worst of absolute percentages', () => {
    const figures = cpu([
      run('a', 0.5, row('CPU, server', 1.02, 1)),
      run('b', 0.5, row('CPU, server', 0.94, 1)),
      run('c', 0.5, row('CPU, server', 1.01, 1)),
    ]);
    expect(figures).toMatchObject({ runs: 3, worst: 'b', met: true });
    expect(figures?.meanPercent).toBeCloseTo(3, 9);
    expect(figures?.worstPercent).toBeCloseTo(6, 9);
    expect(figures?.p90Percent).toBeCloseTo(5.2, 9);
  });

  it('count a difference at the floor as none, and one above it in full', () => {
    expect(cpu([run('a', 0.5, row('CPU, server', 0.15, 0.1, 0.05))])?.meanPercent).toBeCloseTo(0, 9);
    expect(cpu([run('a', 0.5, row('CPU, server', 0.16, 0.1, 0.05))])?.meanPercent).toBeCloseTo(60, 9);
  });

  it('miss a target that their mean exceeds', () => {
    expect(cpu([run('a', 0.5, row('CPU, server', 1.04, 1))])?.met).toBe(true);
    expect(cpu([run('a', 0.5, row('CPU, server', 0.94, 1))])?.met).toBe(false);
  });

  it('leave out runs above 85 % use, which then are judged by the range of what was measured', () => {
    const atRule = run('at', 0.85, row('CPU, server', 1.1, 1));
    const beyond = run('beyond', 0.851, row('CPU, server', 1.5, 1), row('memory', 7, 7));
    expect(cpu([atRule, beyond])).toMatchObject({ runs: 1, worst: 'at' });
    const ranges = beyondRepeatable([atRule, beyond]);
    expect(ranges.find(({ metric }) => metric === 'CPU, server')).toMatchObject({ runs: 1, inside: 0 });
    expect(ranges.find(({ metric }) => metric === 'memory')).toMatchObject({ runs: 1, inside: 1 });
  });

  it('count drops that were predicted and never happened as a whole error, and none of either as no run', () => {
    const drops = (predicted: number) =>
      byMetric([run('a', 0.5, row('drops', predicted, 0))]).find(({ metric }) => metric === 'drops');
    expect(drops(1_000)).toMatchObject({ runs: 1, meanPercent: 100 });
    expect(drops(0)).toMatchObject({ runs: 0, meanPercent: 0 });
  });

  it('are told for each group apart', () => {
    const groups = driftBy(
      [
        { ...run('a', 0.5, row('CPU, server', 1.1, 1)), recorded: 'monday' },
        { ...run('b', 0.5, row('CPU, server', 1.3, 1)), recorded: 'tuesday' },
      ],
      'recorded',
    );
    expect(groups.map(({ name, metrics }) => [name, Math.round(metrics[0].meanPercent)])).toEqual([
      ['monday', 10],
      ['tuesday', 30],
    ]);
  });
});

function input(overrides: Record<string, unknown> = {}): ResolvedScenario {
  const resolution = resolveScenario(scenarioSchema.parse({ machine: 'e2-standard-2', ...overrides }), [goDocumented]);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.resolved;
}
interface Use {
  readonly cores?: number;
  readonly loadClientCores?: number | null;
  readonly throttledSeconds?: number;
  readonly wireBitsPerSecond?: number;
}
function reportOf(use: Use = {}, droppedAt: number | null = null): RunReport {
  const { cores = 0.5, loadClientCores = null, throttledSeconds = 0, wireBitsPerSecond = 1e6 } = use;
  const intervals = [0, 10, 10, 10, 10].map((published, second) => ({
    atSeconds: second + 1,
    published,
    dropped: second === droppedAt ? 5 : 0,
  }));
  const summary = {
    windowSeconds: 10,
    cpu: {
      cores,
      kernelCores: 0,
      userCores: cores,
      mainCores: 0,
      shardCores: [cores],
      loadClientCores,
      throttledSeconds,
    },
    memory: { bytes: 1e8, maxBytes: 1e8, perConnectionBytes: 0, kernelBytes: 0 },
    network: { payloadBitsPerSecond: 1e6, wireBitsPerSecond, limitBitsPerSecond: 2e9 },
    latencyMs: { count: 1, mean: 1, p50: 1, p90: 1, p99: 1, max: 1 },
    connections: { asked: 1, accepted: 1, open: 1, refusedByReason: {}, closedByReason: {} },
  };
  const provenance = { kind: 'measured', commit: 'abc', date: '2026-01-02T00:00:00Z', host: '', runtime: '' };
  return { schemaVersion: 1, provenance, intervals, summary } as unknown as RunReport;
}
const useOf = (use: Use): number => accuracyOf(input(), reportOf(), [reportOf(use)]).machineUtilisation;

describe('use of a machine', () => {
  it('is that of what was used most: cores with the load client, the quota, or the link', () => {
    expect(useOf({ cores: 0.5, loadClientCores: 1.3 })).toBeCloseTo(0.9, 9);
    expect(useOf({ cores: 0.95 })).toBeCloseTo(0.5, 9);
    expect(useOf({ wireBitsPerSecond: 1.8e9 })).toBeCloseTo(0.9, 9);
  });

  it('is all of it for a server that waited for its quota for more than a twentieth of the time', () => {
    expect(useOf({ throttledSeconds: 0.5 })).toBeLessThan(0.5);
    expect(useOf({ throttledSeconds: 0.51 })).toBe(1);
  });

  it('is measured: neither the prediction nor the closed form has a say in which loads count', () => {
    const heavy = input({ workload: { connections: 12_000, ratePerSecond: 1_000 } });
    expect(accuracyOf(heavy, reportOf({ cores: 1.9 }), [reportOf({ cores: 0.2 })]).machineUtilisation).toBeLessThan(
      0.2,
    );
  });
});

it('tells how many seconds of load it took until something was dropped, the median of the runs that did', () => {
  const { firstDropSeconds } = accuracyOf(input(), reportOf({}, 2), [reportOf({}, 3), reportOf({}), reportOf({}, 4)]);
  expect(firstDropSeconds).toEqual({ predicted: 1, measured: 2.5 });
  expect(accuracyOf(input(), reportOf(), [reportOf()]).firstDropSeconds).toEqual({ predicted: null, measured: null });
});
