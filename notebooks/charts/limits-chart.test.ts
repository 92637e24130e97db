import { describe, expect, it } from 'vitest';
import type { LimitCurves } from '#core';
import { limitsDescription, limitsTitle, limitsVegaLite } from './limits-chart.ts';

const curve = (resource: 'cpu' | 'network' | 'connections', holds: number) => ({
  resource,
  holds,
  points: [1, 2, 3].map((step) => ({ load: step * 5_000, utilisation: (step * 5_000) / holds })),
});

const limits = (asked: number, cap: number): LimitCurves => {
  const curves = [curve('cpu', 9_000), curve('network', 20_000), curve('connections', cap)];
  return { subject: 'small, go', of: 'connections', asked, otherwise: 25, curves, first: curves[0] };
};

describe('limitsTitle', () => {
  it('names what is full first and where, and a cap that ends it sooner', () => {
    expect(limitsTitle(limits(5_000, 50_000))).toBe(
      'small, go: CPU is full first, at 9,000 connections (asked for: 5,000)',
    );
    expect(limitsTitle(limits(5_000, 7_000))).toContain('cap: 7,000');
  });

  it('says when more is asked for than the machine holds', () => {
    expect(limitsTitle(limits(12_000, 50_000))).toBe(
      'small, go: CPU is full at 9,000 connections, below the 12,000 asked for',
    );
  });

  it('says when nothing fills up', () => {
    expect(limitsTitle({ ...limits(1, 50_000), first: null })).toContain('no resource of the machine fills up');
  });
});

it('describes what each resource holds', () => {
  expect(limitsDescription(limits(5_000, 7_000))).toContain(
    'CPU holds 9,000, network holds 20,000, connection cap holds 7,000',
  );
});

it('cuts a line exactly where it leaves the chart at 140 %', () => {
  const { layer } = limitsVegaLite(limits(5_000, 50_000)) as unknown as {
    layer: readonly { data: { values: readonly { resource: string; load: number; percent: number }[] } }[];
  };
  const cpu = layer[0].data.values.filter(({ resource }) => resource === 'CPU');
  expect(cpu.at(-1)?.percent).toBe(140);
  expect(cpu.at(-1)?.load).toBeCloseTo(1.4 * 9_000, 6);
});
