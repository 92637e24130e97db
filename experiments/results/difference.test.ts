import { goDocumented, resolveScenario, type RunReport, scenarioSchema } from '#core';
import { simulate } from '#sim';
import { describe, expect, it } from 'vitest';
import { differenceOf, isBeyond } from './difference.ts';
import { loadResult, type SavedResult, savedFolder } from './saved-results.ts';

const reportOf = (connections: number, seed = 1): RunReport => {
  const workload = { connections, ratePerSecond: 5, durationSeconds: 3, warmUpSeconds: 1 };
  const resolution = resolveScenario(scenarioSchema.parse({ workload, seed }), [goDocumented]);
  if (!resolution.ok) throw new Error('the scenario resolves');
  return simulate(resolution.resolved);
};
const run = (first: RunReport, ...more: RunReport[]): SavedResult => ({
  name: 'x',
  place: 'x',
  kind: 'run',
  reports: [first, ...more],
});
const report = reportOf(20);
const measured = (change: (summary: RunReport['summary']) => void): RunReport => {
  const copy = structuredClone(report);
  copy.provenance.kind = 'measured';
  change(copy.summary);
  return copy;
};

describe('the difference of two results', () => {
  it('is none for the same', () => {
    expect(differenceOf(run(report), run(reportOf(20)))).toMatchObject({ origin: [], figures: [] });
  });

  it('names what changed in the scenario, the seed and the commit, and every figure by its path', () => {
    const other = { ...reportOf(40, 2), provenance: { ...report.provenance, commit: 'abc1234' } };
    const { origin, figures, compared } = differenceOf(run(report), run(other));
    expect(origin.map(({ path }) => path)).toEqual([
      'commit',
      'seed',
      'scenario.workload.connections',
      'scenario.seed',
    ]);
    const sent = figures.find(({ path }) => path === 'sentPerSecond');
    expect(sent).toMatchObject({ before: 100, after: 200, changePercent: 100 });
    expect(figures.map(({ path }) => path)).toContain('resources.network.utilisation');
    expect(compared).toBeGreaterThan(60);
    expect([isBeyond(sent!, 100), isBeyond(sent!, 99.9)]).toEqual([false, true]);
  });

  it('takes the median of a repeated run, and a measured difference up to its floor for noise', () => {
    const [low, middle, high] = [90, 100, 400].map((p99) => measured(({ latencyMs }) => (latencyMs.p99 = p99)));
    const figure = (p99: number) =>
      differenceOf(run(low, high, middle), run(measured(({ latencyMs }) => (latencyMs.p99 = p99)))).figures.find(
        ({ path }) => path === 'latencyMs.p99',
      );
    expect(figure(102)).toMatchObject({ before: 100, after: 102, isNoise: true });
    expect(figure(103)).toMatchObject({ isNoise: false, changePercent: 3 });
    expect(isBeyond(figure(102)!, 1)).toBe(false);
    // Predicted figures have no noise.
    const predicted = structuredClone(report);
    predicted.summary.latencyMs.p99 = (predicted.summary.latencyMs.p99 ?? 0) + 0.5;
    expect(differenceOf(run(report), run(predicted)).figures[0]).toMatchObject({ isNoise: false });
  });

  it('counts a word that changed as beyond any limit, and what one side lacks not at all', () => {
    const change = { path: 'health', changePercent: null, isNoise: false };
    expect(isBeyond({ ...change, before: 'healthy', after: 'degraded' }, 50)).toBe(true);
    expect(isBeyond({ ...change, before: undefined, after: 3 }, 50)).toBe(false);
  });

  it('refuses results of two kinds', () => {
    const sweep = { name: 's', place: 's', kind: 'sweep' } as SavedResult;
    expect(() => differenceOf(run(report), sweep)).toThrow('a run, as x is');
  });
});

describe('saved results', () => {
  it('include the recorded runs, and name the nearest to a name that is none', () => {
    const recorded = loadResult('2026-11-24-1000x10-100ms-4096B-measured-a0a8eed');
    expect(recorded.kind === 'run' && recorded.reports.length).toBe(3);
    expect(() => loadResult('2026-11-24-1000x10-100ms-4096B-measured-a0a8ee')).toThrow('4096B-measured-a0a8eed?');
  });

  it.each(['', '../x', 'a/b', '.hidden', 'x'.repeat(101)])('cannot be called %j', (name) => {
    expect(() => savedFolder(name)).toThrow('cannot be the name of a result');
  });
});
