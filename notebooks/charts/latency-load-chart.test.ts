import { expect, it } from 'vitest';
import { latencyLoadTitle } from './latency-load-chart.ts';

const points = [100, 105, 110, 120, 900].map((p99Ms, step) => ({ load: (step + 1) * 1_000, p50Ms: 50, p99Ms }));

it('names the knee and up to where the objective is kept', () => {
  expect(latencyLoadTitle({ of: 'connections', points, objectiveMs: 115 })).toBe(
    'Latency turns up after 4,000 connections: p99 120 ms there, 900 ms at 5,000; 115 ms is kept up to 3,000',
  );
});

it('says that there is no knee, or that the objective is never kept', () => {
  const flat = points.map((point) => ({ ...point, p99Ms: 100 }));
  expect(latencyLoadTitle({ of: 'ratePerSecond', points: flat, objectiveMs: 20 })).toBe(
    'No knee up to 5,000 messages/s: p99 100 ms there; 20 ms is kept at no load shown',
  );
});
