import type { Summary } from '#core';
import { evaluateThresholds, parseThreshold, type Threshold, type ThresholdOutcome } from '../results/thresholds.ts';

/** What a load must meet to count as held, unless the user asks for something else of the same figure. */
const usual = [
  'resources.cpu.utilisation<=100%',
  'resources.memory.utilisation<=100%',
  'resources.network.utilisation<=100%',
  'resources.connections.utilisation<=100%',
  'resources.tasks.utilisation<=100%',
  'drops==0',
  'latencyMs.p99<500',
  'ledger.busExpired==0',
];

export interface Objectives {
  readonly thresholds: readonly Threshold[];
}

/**
 * The usual objectives (no limit above 100 %, no drop, no refusal, no message too old, p99 below 500 ms), of which each
 * that the user gives replaces the one on the same figure.
 * @throws InputError for what is no condition
 */
export function objectivesOf(given: readonly string[]): Objectives {
  const asked = given.map(parseThreshold);
  const paths = new Set(asked.map(({ path }) => path));
  return { thresholds: [...usual.map(parseThreshold).filter(({ path }) => !paths.has(path)), ...asked] };
}

/** Which objectives a run met. A machine without a network card cannot miss one on its network. */
export function judge({ thresholds }: Objectives, summary: Summary): ThresholdOutcome[] {
  const hasNetwork = summary.resources.some(({ resource }) => resource === 'network');
  const applicable = thresholds.filter(({ path }) => hasNetwork || !path.startsWith('resources.network.'));
  const refused = Object.values(summary.connections.refusedByReason).reduce((sum, count) => sum + count, 0);
  return [
    ...evaluateThresholds(applicable, summary),
    { threshold: 'refusals==0', found: refused, passed: refused === 0 },
  ];
}
