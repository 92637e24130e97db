import type { Machine, RunReport, Scenario } from '#core';
import { amount, number } from './quantities.ts';

/** What a title needs of a scenario. Reports of older versions may lack any of it. */
type TitleParts = {
  readonly workload?: Partial<Scenario['workload']>;
  readonly machine?: string | Partial<Machine>;
} & Partial<Pick<Scenario, 'name' | 'shards' | 'fleet'>>;

/**
 * What was asked, from the scenario as it was resolved: a description in a file doesn't follow `--set`.
 * `12,000 clients x 25 messages/s x 500 B on e2-standard-2, 2 event loops`
 */
export function scenarioTitle(scenario: RunReport['scenario']): string {
  const { workload, machine, shards, fleet, name } = scenario as TitleParts;
  if (workload?.connections === undefined) return name ?? 'unnamed scenario';
  const { connections, ratePerSecond = 0, messageBytes = 0, messageSizes, rateCurve } = workload;
  const size = `${messageSizes === undefined ? '' : 'mean '}${amount(messageBytes, 'B', number)}`;
  const curve = rateCurve === undefined ? '' : ' (mean of a day curve)';
  const loops = shards === undefined || shards === 1 ? '' : `, ${shards} event loops`;
  const servers = fleet === undefined || fleet === null ? '' : `${fleet.servers} x `;
  return `${number(connections)} clients x ${number(ratePerSecond)} messages/s${curve} x ${size} on ${servers}${machineName(machine)}${loops}`;
}

const machineName = (machine: TitleParts['machine']): string => {
  if (machine === undefined) return 'an unknown machine';
  if (typeof machine === 'string') return machine;
  if ('extends' in machine) return `${String(machine.extends)}, changed`;
  return machine.name ?? 'a machine of its own';
};

/** Where a report comes from: `predicted by profile node-measured, seed 1, window 55 s`. */
export function reportOrigin({ provenance, profile, seed, summary }: RunReport): string {
  const by = profile === null ? '' : ` by profile ${profile}`;
  return `${provenance.kind}${by}, seed ${seed}, window ${number(summary.windowSeconds)} s`;
}
