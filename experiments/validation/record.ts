import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type RunReport, runReportSchema } from '#core';
import { writeOutput } from '../write-output.ts';
import { measurePoint } from './measure-point.ts';
import { type LoadPoint, validationPoints } from './points.ts';

/** Between two runs, for sockets of the last one to go. */
const pauseMs = 500;

const reportFile = (set: string, point: LoadPoint, round: number): string => `out/${set}/${point.name}-${round}.json`;

/** The rounds of a point that have been measured. */
export function measuredRounds(set: string, point: LoadPoint): RunReport[] {
  const reports = [];
  for (let round = 1; existsSync(reportFile(set, point, round)); round += 1) {
    reports.push(runReportSchema.parse(JSON.parse(readFileSync(reportFile(set, point, round), 'utf8'))));
  }
  return reports;
}

export interface MeasureOptions {
  /** Name of the set: a folder below `out`. */
  readonly set: string;
  readonly points: readonly LoadPoint[];
  readonly rounds: number;
  readonly onProgress: (message: string) => void;
}

/**
 * Measures all points of a set live, in rounds, so that a machine that drifts does so over all of them. What has been
 * measured is not measured again: stop it when you like, and go on later. Run it alone on the machine.
 */
export async function measureSet({ set, points, rounds, onProgress }: MeasureOptions): Promise<void> {
  const due = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const point of points) if (!existsSync(reportFile(set, point, round))) due.push({ round, point });
  }
  const startMs = performance.now();
  for (const [done, { round, point }] of due.entries()) {
    const perRunMs = done === 0 ? 0 : (performance.now() - startMs) / done;
    const left = done === 0 ? '' : `, ${Math.ceil((perRunMs * (due.length - done)) / 60_000)} min left`;
    onProgress(`run ${done + 1} of ${due.length}${left}: ${point.name}, round ${round} of ${rounds}`);
    writeOutput(reportFile(set, point, round), `${JSON.stringify(await measurePoint(point))}\n`);
    await sleep(pauseMs);
  }
}

/**
 * The validation points, for `keep.ts` to take over:
 *
 *     npx tsx experiments/validation/record.ts [--rounds 3] [--only TEXT]
 */
if (import.meta.main) {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '3' }, only: { type: 'string', default: '' } },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    process.stderr.write(`record: --rounds ${values.rounds} (accepted: a whole number from 1)\n`);
    process.exit(2);
  }
  const points = validationPoints.filter(({ name }) => name.includes(values.only));
  await measureSet({
    set: 'validation',
    points,
    rounds,
    onProgress: (message) => process.stderr.write(`${message}\n`),
  });
  process.exit(0);
}
