import { expect, it } from 'vitest';
import type { Interval, RunReport } from '#core';
import { runTimelineCharts, runTimelineTitle } from './run-timeline-chart.ts';

const interval = (atSeconds: number, change: Partial<Interval> = {}): Interval => ({
  atSeconds,
  connections: 10,
  cpuCores: 0.5,
  memoryBytes: 1e8,
  published: 25,
  sent: 250,
  received: 250,
  writes: 250,
  payloadBytes: 1,
  dropped: 0,
  naks: 0,
  queued: 0,
  latencyP50Ms: 5,
  latencyP99Ms: 10,
  ...change,
});

function report(drops: number): RunReport {
  const intervals = [
    interval(1, { published: 0 }),
    interval(2),
    interval(3, { latencyP99Ms: 800, dropped: drops }),
    interval(4),
  ];
  const faults = [{ kind: 'clients-stall', atSeconds: 1, durationSeconds: 1, share: 0.5 }];
  return { scenario: { faults }, intervals, summary: { drops, naks: 0 } } as unknown as RunReport;
}

it('counts seconds from the start of the load, and names fault, peak and loss', () => {
  expect(runTimelineTitle(report(7))).toBe('p99 peaks at 800 ms in second 2 with clients-stall 50 %; 7 dropped');
});

it('shows a panel for drops only where something was dropped', () => {
  const labels = (drops: number) => runTimelineCharts(report(drops)).map(({ y }) => y?.label);
  expect(labels(7)).toContain('↑ dropped, messages/s');
  expect(labels(0)).not.toContain('↑ dropped, messages/s');
});
