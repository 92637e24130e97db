import { formatDuration, nanosecondsPerSecond, type ResolvedScenario } from '#core';
import type { Decision } from '../planner/stay-or-upgrade.ts';

/** The document's rules, each with what was found. */
export function decisionText({ scenario, machine }: ResolvedScenario, { decision, rules, notes }: Decision): string {
  const seconds = formatDuration(scenario.workload.durationSeconds * nanosecondsPerSecond);
  return `${[
    `${scenario.description || scenario.name} on ${machine.name}, ${seconds} simulated: ${decision}`,
    ...rules.map(
      ({ side, rule, found, holds }) => `  ${side.padEnd(8)}${holds ? 'yes' : 'no '}  ${rule.padEnd(38)}${found}`,
    ),
    ...notes.map((note) => `  note         ${note}`),
  ].join('\n')}\n`;
}
