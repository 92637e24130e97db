import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type RunReport, runReportSchema } from '#core';
import { writeOutput } from '../write-output.ts';
import { measurePoint } from './measure-point.ts';
import { calibrationPoints, type LoadPoint, validationPoints } from './points.ts';

/**
 * Measures all points of a set live, in rounds, so that a machine that drifts does so over all of them. What has been
 * measured is not measured again: stop it when you like, and go on later. Run it alone on the machine.
 *
 *     npx tsx experiments/validation/record.ts --set calibration --rounds 2
 *     npx tsx experiments/validation/record.ts --set validation --rounds 3
 */
const sets: Record<string, readonly LoadPoint[]> = { calibration: calibrationPoints, validation: validationPoints };
const pauseMs = 500;

export const reportFile = (set: string, point: LoadPoint, round: number): string =>
  `out/${set}/${point.name}-${round}.json`;

/** The rounds of a point that have been measured. */
export function measuredRounds(set: string, point: LoadPoint): RunReport[] {
  const reports = [];
  for (let round = 1; existsSync(reportFile(set, point, round)); round += 1) {
    reports.push(runReportSchema.parse(JSON.parse(readFileSync(reportFile(set, point, round), 'utf8'))));
  }
  return reports;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { set: { type: 'string', default: 'validation' }, rounds: { type: 'string', default: '3' } },
  });
  const points = sets[values.set];
  const rounds = Number(values.rounds);
  if (points === undefined || !(rounds >= 1)) {
    process.stderr.write(
      `record: --set ${values.set} --rounds ${values.rounds} (accepted: calibration or validation, a whole number from 1)\n`,
    );
    process.exit(2);
  }
  for (let round = 1; round <= rounds; round += 1) {
    for (const [index, point] of points.entries()) {
      const file = reportFile(values.set, point, round);
      if (existsSync(file)) continue;
      process.stderr.write(`round ${round} of ${rounds}, ${index + 1} of ${points.length}: ${point.name}\n`);
      const report = await measurePoint(point);
      writeOutput(file, `${JSON.stringify(report)}\n`);
      await sleep(pauseMs);
    }
  }
}
