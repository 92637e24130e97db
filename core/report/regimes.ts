import type { ResolvedScenario } from '../experiment/resolve-scenario.ts';
import { clientGroupsOf } from '../experiment/workload-shape.ts';

/** Kinds of load that the twin may be right or wrong about separately. */
export const regimes = [
  'single writes',
  'merged writes',
  'part of the channels',
  'several shards',
  'slow clients',
  'reconnect storms',
  'limited CPU',
  'limited link',
] as const;
export type Regime = (typeof regimes)[number];

/** The most particular thing about a scenario. */
export function regimeOf({ scenario, machine, settings }: ResolvedScenario): Regime {
  const { channels } = scenario.workload;
  const groups = clientGroupsOf(scenario.workload);
  const stalls = groups.some(({ stalledShare }) => stalledShare > 0);
  if (machine.networkBitsPerSecond !== null) return 'limited link';
  if (machine.cpuLimitCores < machine.vcpus) return 'limited CPU';
  if (stalls || scenario.faults.some(({ kind }) => kind === 'clients-stall')) return 'slow clients';
  if (scenario.faults.some(({ kind }) => kind === 'reconnect-storm')) return 'reconnect storms';
  if (scenario.shards > 1) return 'several shards';
  if (groups.some(({ subscriptionsPerClient }) => subscriptionsPerClient < channels)) return 'part of the channels';
  return settings.flushIntervalNs === 0 ? 'single writes' : 'merged writes';
}
