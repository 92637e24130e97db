import { expect, it } from 'vitest';
import type { FeasibleRegion } from '#core';
import { feasibleRegionDescription, feasibleRegionTitle } from './feasible-region-chart.ts';

/** A network that carries 100,000 deliveries a second, and a cap at 2,000 connections. */
const region = (connections: number, ratePerSecond: number): FeasibleRegion => ({
  subject: 'small, go',
  asked: { connections, ratePerSecond },
  connectionsMost: 4_000,
  ratePerSecondMost: 200,
  boundaries: [
    {
      resource: 'network',
      points: [500, 1_000, 2_000, 2_001, 4_000].map((count) => ({
        connections: count,
        ratePerSecond: 100_000 / count,
      })),
    },
    {
      resource: 'connections',
      points: [500, 2_000, 2_001, 4_000].map((count) => ({
        connections: count,
        ratePerSecond: count <= 2_000 ? Infinity : 0,
      })),
    },
  ],
});

it('says how much fits at the connections asked for, and what ends it', () => {
  expect(feasibleRegionTitle(region(1_000, 25))).toBe(
    'small, go: with 1,000 connections up to 100 messages/s fit, then network is full (asked for: 25)',
  );
});

it('says when the rate or the connections do not fit', () => {
  expect(feasibleRegionTitle(region(1_000, 150))).toContain('1,000 connections at 150 messages/s do not fit');
  expect(feasibleRegionTitle(region(2_001, 5))).toBe(
    'small, go: 2,001 connections are too many at any rate: connection cap is full',
  );
});

it('describes each resource in numbers', () => {
  expect(feasibleRegionDescription(region(1_000, 25))).toContain('network 100, connection cap any');
});
