import { mkdirSync, writeFileSync } from 'node:fs';
import { validationPoints } from './points.ts';
import { measuredRounds } from './record.ts';
import { reportName } from './recorded-runs.ts';

/**
 * Takes the measured validation points over into `experiments/runs/`, where `regress` and the notebooks find them.
 *
 *     npx tsx experiments/validation/keep.ts
 */
for (const point of validationPoints) {
  const reports = measuredRounds('validation', point);
  const [first] = reports;
  if (first === undefined) continue;
  const { date, commit } = first.provenance;
  const folder = new URL(`../runs/${date.slice(0, 10)}-${point.name}-measured-${commit}/`, import.meta.url);
  mkdirSync(folder, { recursive: true });
  for (const [index, report] of reports.entries()) {
    writeFileSync(new URL(reportName(index + 1), folder), `${JSON.stringify(report)}\n`);
  }
}
