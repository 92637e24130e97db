import type { Summary } from '#core';
import { evaluateThresholds, parseThreshold, type Threshold } from '../results/thresholds.ts';
import { type Arguments, tell } from './command.ts';

/** Repeated `--threshold` values, checked before anything runs. @throws InputError */
export const thresholdsOf = ({ values }: Arguments): Threshold[] =>
  ((values['threshold'] as string[] | undefined) ?? []).map(parseThreshold);

/** Prints which thresholds a run met; with `--json` to stderr. @returns whether it met all */
export function meetsThresholds(thresholds: readonly Threshold[], summary: Summary, given: Arguments): boolean {
  const outcomes = evaluateThresholds(thresholds, summary);
  const lines = outcomes.map(({ threshold, found, passed }) =>
    thresholdLine(passed, threshold, `found ${found === null ? 'nothing' : String(found)}`),
  );
  tellThresholds(lines, given);
  return outcomes.every(({ passed }) => passed);
}

export const thresholdLine = (passed: boolean, threshold: string, found: string): string =>
  `${passed ? 'passed' : 'FAILED'}  ${threshold.padEnd(42)}  ${found}`;

export function tellThresholds(lines: readonly string[], given: Arguments): void {
  if (lines.length === 0) return;
  if (given.values['json'] === true) lines.forEach(tell);
  else process.stdout.write(`\n${lines.join('\n')}\n`);
}
