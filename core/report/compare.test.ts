import { describe, expect, it } from 'vitest';
import { compareReports, predictionInterval } from './compare.ts';
import type { Estimate, RunReport, Summary, Uncertainty } from '../experiment/run-report.ts';
import { summaryFigures } from './summary-figures.ts';

const summary = (figures: { cores: number; p99: number; sent: number }): Summary =>
  ({
    cpu: { cores: figures.cores, userCores: 0, kernelCores: 0.2, mainCores: 0, shardCores: [figures.cores] },
    memory: { bytes: 1e8, maxBytes: 1e8, perConnectionBytes: 1e4, kernelBytes: null },
    network: { payloadBitsPerSecond: 1e6, wireBitsPerSecond: 1e6, limitBitsPerSecond: null },
    connections: { asked: 1, accepted: 1, open: 1, refusedByReason: {}, closedByReason: {} },
    sentPerSecond: figures.sent,
    receivedPerSecond: figures.sent,
    writesPerSecond: figures.sent,
    drops: 0,
    naks: 0,
    latencyMs: { count: 1, mean: 1, p50: 50, p90: 80, p99: figures.p99, max: 120 },
  }) as unknown as Summary;

const report = (figures: { cores: number; p99: number; sent: number }, uncertainty?: Uncertainty): RunReport =>
  ({ summary: summary(figures), ...(uncertainty === undefined ? {} : { uncertainty }) }) as RunReport;

const estimate = (mean: number, halfWidth: number, samples: number): Estimate => ({
  mean,
  halfWidth,
  p10: mean,
  p50: mean,
  p90: mean,
  samples,
});

const uncertain = (method: Uncertainty['method'], profileRelativeError: number): Uncertainty => ({
  method,
  confidence: 0.99,
  profileRelativeError,
  estimates: { 'summary.cpu.cores': estimate(1, 0.01, 8), 'summary.sentPerSecond': estimate(1_000, 10, 8) },
});

const rowOf = (predicted: RunReport, measured: RunReport[], name: string) =>
  compareReports(predicted, ...measured).find(({ metric }) => metric === name);

const figureAt = (path: string) => {
  const found = summaryFigures.find((figure) => figure.path === path);
  if (found === undefined) throw new Error(path);
  return found;
};

describe('compareReports', () => {
  it('says nothing of intervals where the prediction gives none', () => {
    const row = rowOf(
      report({ cores: 1, p99: 90, sent: 1_000 }),
      [report({ cores: 1.1, p99: 90, sent: 1_000 })],
      'CPU, server',
    );
    expect(row).toMatchObject({ interval: null, insideInterval: null, within: true });
    expect(row?.errorPercent).toBeCloseTo(-9.09, 2);
  });

  it('says whether the median of the runs lies inside the interval', () => {
    const predicted = report({ cores: 1, p99: 90, sent: 1_000 }, uncertain('replications', 0));
    const inside = [0.9, 1.02, 1.5].map((cores) => report({ cores, p99: 90, sent: 1_000 }));
    // Mean +- 0.01 of 8 replications: one more run lies within +- 0.01 sqrt(9).
    expect(rowOf(predicted, inside, 'CPU, server')).toMatchObject({
      measured: 1.02,
      interval: { low: 0.97, high: 1.03 },
      insideInterval: true,
    });
    const outside = [report({ cores: 1.04, p99: 90, sent: 1_000 })];
    expect(rowOf(predicted, outside, 'CPU, server')?.insideInterval).toBe(false);
    expect(rowOf(predicted, outside, 'latency, p99')?.insideInterval).toBeNull();
  });

  it("widens by the profile's error what its costs make, and nothing else", () => {
    const predicted = report({ cores: 1, p99: 90, sent: 1_000 }, uncertain('replications', 0.1));
    const measured = [report({ cores: 1.13, p99: 90, sent: 1_031 })];
    expect(rowOf(predicted, measured, 'CPU, server')).toMatchObject({ insideInterval: true });
    expect(rowOf(predicted, measured, 'messages sent')).toMatchObject({
      interval: { low: 970, high: 1_030 },
      insideInterval: false,
    });
  });

  it('takes one more run of equal length for what batch means of one run predict', () => {
    const predicted = report({ cores: 1, p99: 90, sent: 1_000 }, uncertain('batch-means', 0));
    const interval = predictionInterval(predicted, figureAt('summary.sentPerSecond'));
    expect(interval?.high).toBeCloseTo(1_000 + 10 * Math.SQRT2, 9);
  });
});

describe('summaryFigures', () => {
  it('has each path once, and reads what stands there', () => {
    const paths = summaryFigures.map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    const given = summary({ cores: 1, p99: 90, sent: 1_000 });
    expect(figureAt('summary.latencyMs.p99').of(given)).toBe(90);
    expect(figureAt('summary.memory.kernelBytes').of(given)).toBeNull();
  });
});
