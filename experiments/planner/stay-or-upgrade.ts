import { offeredRates, type ResolvedScenario, type Summary } from '#core';
import { reasonText } from './objectives.ts';

/** One of the document's eight rules, applied. */
export interface Rule {
  readonly side: 'stay' | 'upgrade';
  readonly rule: string;
  readonly found: string;
  readonly holds: boolean;
}

export interface Decision {
  readonly decision: 'stay' | 'upgrade';
  readonly rules: readonly Rule[];
  /** What the twin says and no rule asks: the network. */
  readonly notes: readonly string[];
}

/** The document's figures for an e2-standard-2 (R113). */
const connectionsMost = 12_000;
const sustainedRateMost = 35;
const cpuPercentMost = 70;
const memoryPercentMost = 90;

/**
 * The document's eight rules (R113): upgrade if any of its four reasons to holds, else stay. They know of no network and
 * no latency; what the twin says of these is noted, and a load that does not hold is a reason of its own.
 * @param costFirst whether cost is the main concern: the operator knows, no figure does
 */
export function stayOrUpgrade({ scenario, machine }: ResolvedScenario, summary: Summary, costFirst: boolean): Decision {
  const { workload, faults } = scenario;
  const percentOf = (resource: string): number =>
    (summary.resources.find((use) => use.resource === resource)?.utilisation ?? 0) * 100;
  // At its most: a server whose clients have left has memory again.
  const memoryPercent = (summary.memory.maxBytes / machine.memoryLimitBytes) * 100;
  const connections = summary.connections.asked;
  const rate = offeredRates(workload).deliveriesPerClientPerSecond;
  const isPredictable = workload.arrivals === 'regular' && !faults.some(({ kind }) => kind === 'rate-burst');
  const percent = (resource: string): string => `${percentOf(resource).toFixed(1)} %`;
  const both = (rule: string, opposite: string, found: string, stays: boolean): Rule[] => [
    { side: 'stay', rule, found, holds: stays },
    { side: 'upgrade', rule: opposite, found, holds: !stays },
  ];
  const rules: Rule[] = [
    ...both(
      `at most ${connectionsMost} connections`,
      `more than ${connectionsMost} connections`,
      String(connections),
      connections <= connectionsMost,
    ),
    ...both(
      `at most ${sustainedRateMost} messages/s sustained`,
      `more than ${sustainedRateMost} messages/s sustained`,
      String(rate),
      rate <= sustainedRateMost,
    ),
    { side: 'stay', rule: 'cost is the main concern', found: costFirst ? 'yes' : 'not said', holds: costFirst },
    {
      side: 'stay',
      rule: 'traffic is predictable',
      found: isPredictable ? 'regular arrivals, no bursts' : 'bursts or random arrivals',
      holds: isPredictable,
    },
    upgradeAbove('CPU', percentOf('cpu'), percent('cpu'), cpuPercentMost),
    upgradeAbove('memory', memoryPercent, `${memoryPercent.toFixed(1)} %`, memoryPercentMost),
  ];
  const missed = summary.verdict?.reasons ?? [];
  const mustUpgrade = missed.length > 0 || rules.some(({ side, holds }) => side === 'upgrade' && holds);
  return {
    decision: mustUpgrade ? 'upgrade' : 'stay',
    rules,
    notes: [
      `network at ${percent('network')} of the card, p99 ${summary.latencyMs.p99?.toFixed(0) ?? '-'} ms; no rule of the document asks for either`,
      ...missed.map((reason) => `does not hold, whatever the rules say: ${reasonText(reason)}`),
    ],
  };
}

const upgradeAbove = (name: string, found: number, text: string, most: number): Rule => ({
  side: 'upgrade',
  rule: `${name} consistently above ${most} %`,
  found: text,
  holds: found > most,
});
