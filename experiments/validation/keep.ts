import { validationPoints } from './points.ts';
import { measuredRounds } from './record.ts';
import { recordRun } from './recorded-runs.ts';

/**
 * Takes the measured validation points over into `experiments/runs/`, where `regress` and the notebooks find them.
 *
 *     npx tsx experiments/validation/keep.ts
 */
for (const point of validationPoints) for (const report of measuredRounds('validation', point)) recordRun(report);
