import type { PriceList, ResolvedScenario } from '#core';

/** What somebody needs held, and what it may cost. */
export interface Need {
  readonly connections: number;
  /** Messages that each client gets per second. */
  readonly ratePerSecond: number;
  readonly messageBytes: number;
  /** Largest p99 from publish to receipt. */
  readonly p99Ms: number;
  /** For compute, a month; null is any. Egress is told beside it. */
  readonly budgetUsd: number | null;
  /** Share by which connections are to grow before the next purchase. */
  readonly growth: number;
  readonly prices: PriceList;
  /** Servers at the most. */
  readonly serversMost: number;
  /** The scenario whose profile, settings, channels, clients and faults hold; machine and load come from the need. */
  readonly base: ResolvedScenario;
}

/** Connections with growth, whole. */
export const connectionsWithGrowth = ({ connections, growth }: Need): number => Math.ceil(connections * (1 + growth));
