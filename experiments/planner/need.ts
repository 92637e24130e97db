import type { MachineOffer, PriceList, ResolvedScenario, Scenario } from '#core';

/** What somebody needs held, and what it may cost. */
export interface Need {
  readonly connections: number;
  /** Messages that each client gets per second. */
  readonly ratePerSecond: number;
  readonly messageBytes: number;
  /** Largest p99 from publish to receipt. */
  readonly p99Ms: number;
  /** A month; null is any. For compute, and for egress too where `egress` is asked for. */
  readonly budgetUsd: number | null;
  /** Share by which connections are to grow before the next purchase. */
  readonly growth: number;
  readonly prices: PriceList;
  /** Servers at the most, without the spare ones. */
  readonly serversMost: number;
  /** Servers beyond those that carry the load: as many may fail. */
  readonly spare: number;
  /** Traffic that counts in the ranking and the budget; null: compute alone. */
  readonly egress: Scenario['egress'] | null;
  /** Regions of whose machines may be taken; null is all. */
  readonly regions: readonly Region[] | null;
  /** null: the longest interval that leaves room below the p99 is chosen. */
  readonly flushIntervalMs: number | null;
  /** The scenario whose profile, settings, channels, clients, arrivals and faults hold; machine and load come from the need. */
  readonly base: ResolvedScenario;
}

/** Regions whose prices are known: those of the list in `core/experiment/machines`. */
export const regions = ['us-central1', 'us-east-1'] as const;
export type Region = (typeof regions)[number];

export const regionOf = ({ provider }: Pick<MachineOffer, 'provider'>): Region =>
  provider === 'GCP' ? 'us-central1' : 'us-east-1';

/** Connections with growth, whole. */
export const connectionsWithGrowth = ({ connections, growth }: Pick<Need, 'connections' | 'growth'>): number =>
  Math.ceil(Number((connections * (1 + growth)).toPrecision(12)));
