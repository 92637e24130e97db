import { describe, expect, it } from 'vitest';
import { goDocumented, resolveScenario, type ResolvedScenario, runReportSchema, scenarioSchema } from '#core';
import { difference, replicate, replicatedFrom } from './replicate.ts';
import { steadyState, withBatchMeans } from './steady-state.ts';
import { simulate } from './world/simulate.ts';

const profile = { ...goDocumented, name: 'test', relativeError: 0.1 };

function resolved(input: Record<string, unknown> = {}): ResolvedScenario {
  const workload = {
    connections: 100,
    ratePerSecond: 20,
    arrivals: 'poisson',
    durationSeconds: 6,
    warmUpSeconds: 1,
    ...(input['workload'] as object | undefined),
  };
  const resolution = resolveScenario(scenarioSchema.parse({ profile: 'test', ...input, workload }), [profile]);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.resolved;
}

const withFlush = (flush: string, seed = 1) => resolved({ seed, settings: { WS_FLUSH_INTERVAL: flush } });

describe('replicate', () => {
  it('begins with the run that simulate gives, and repeats itself to the byte', () => {
    const once = replicate(resolved(), { replications: 3 });
    const { uncertainty, ...first } = once.report;
    expect(JSON.stringify(first)).toBe(JSON.stringify(simulate(resolved())));
    expect(JSON.stringify(replicate(resolved(), { replications: 3 }))).toBe(JSON.stringify(once));
    expect(uncertainty).toMatchObject({ method: 'replications', confidence: 0.99, profileRelativeError: 0.1 });
    expect(runReportSchema.parse(once.report)).toEqual(once.report);
  });

  it('gives each replication random numbers of its own', () => {
    const { samples, estimates } = replicate(resolved(), { replications: 5, confidence: 0.9 });
    expect(new Set(samples['summary.latencyMs.mean']).size).toBe(5);
    const { mean, halfWidth, p10, p90 } = estimates['summary.publishedPerSecond'];
    expect(halfWidth).toBeGreaterThan(0);
    expect(p10).toBeLessThan(p90);
    expect(Math.abs(mean - 20)).toBeLessThan(5);
  });

  it('gives the same from reports that were simulated elsewhere', () => {
    const reports = [0, 1, 2].map((replication) => simulate(resolved(), { replication }));
    expect(replicatedFrom(resolved(), reports)).toEqual(replicate(resolved(), { replications: 3 }));
  });

  it('refuses a single run: it has no interval', () => {
    expect(() => replicate(resolved(), { replications: 1 })).toThrow('2 replications or more');
  });
});

describe('difference', () => {
  const replications = 8;
  const base = replicate(withFlush('50ms'), { replications });

  it('finds what a variant changes, with an interval', () => {
    const changes = difference(base, replicate(withFlush('100ms'), { replications }));
    const { mean, halfWidth } = changes['summary.latencyMs.p50'];
    expect(mean).toBeGreaterThan(10);
    expect(halfWidth).toBeLessThan(mean);
  });

  it('is narrower with common random numbers than with independent ones, at least five times for messages sent', () => {
    const common = difference(base, replicate(withFlush('100ms'), { replications }));
    const independent = difference(base, replicate(withFlush('100ms', 2), { replications }));
    for (const path of ['summary.sentPerSecond', 'summary.cpu.cores', 'summary.latencyMs.p50']) {
      expect(common[path].halfWidth).toBeLessThan(independent[path].halfWidth);
    }
    const sent = 'summary.sentPerSecond';
    expect(common[sent].halfWidth).toBeLessThan(independent[sent].halfWidth / 5);
  });

  it('shares random numbers with variants that use other parts of the twin', () => {
    const sharedCore = replicate(resolved({ loadOnSameMachine: true, settings: { WS_FLUSH_INTERVAL: '50ms' } }), {
      replications,
    });
    expect(sharedCore.samples['summary.publishedPerSecond']).toEqual(base.samples['summary.publishedPerSecond']);
    const changes = difference(
      base,
      replicate(resolved({ shards: 2, settings: { WS_FLUSH_INTERVAL: '50ms' } }), { replications }),
    );
    expect(changes['summary.publishedPerSecond']).toMatchObject({ mean: 0, halfWidth: 0 });
  });

  it('refuses to pair unequal numbers of replications', () => {
    expect(() => difference(base, replicate(withFlush('100ms'), { replications: 2 }))).toThrow('cannot be paired');
  });
});

describe('a single long run', () => {
  const input = resolved({ workload: { durationSeconds: 400, connections: 20 } });
  const report = simulate(input);

  it('gets intervals by batch means that hold the true rates', () => {
    const { uncertainty } = withBatchMeans(input, report, 0.99);
    expect(uncertainty?.method).toBe('batch-means');
    const { mean, halfWidth, samples } = uncertainty?.estimates['summary.sentPerSecond'] ?? { mean: 0, halfWidth: 0 };
    expect(samples).toBe(20);
    expect(Math.abs(mean - 400)).toBeLessThanOrEqual(halfWidth);
    expect(halfWidth / mean).toBeLessThan(0.1);
  });

  it('says that a run is too short for an interval', () => {
    const short = simulate(resolved());
    expect(steadyState(short)['summary.sentPerSecond'].estimate).toBeNull();
  });
});
