import { readFileSync } from 'node:fs';
import { compareReports, type RunReport, runReportSchema } from '#core';
import { InputError } from '../../input-error.ts';
import { comparisonTable } from '../../format/comparison-table.ts';
import { wantsFigures, writeFigures } from '../figures.ts';
import { figureRows, jsonFlag, saveRow } from '../options/common.ts';
import { defineCommand } from '../options/define-command.ts';
import { save, saveNameOf } from '../save.ts';

export const compare = defineCommand({
  name: 'compare',
  summary: 'compare a predicted report with a measured one, metric by metric',
  example: 'compare out/predicted.json out/live.json',
  options: { ...saveRow, ...figureRows, ...jsonFlag('Output') },
  positionals: ['PREDICTED', 'MEASURED'],
  async run({ options, positionals, given }) {
    const saveName = saveNameOf(given);
    const wants = wantsFigures(given);
    const [predicted, measured] = positionals.map(readReport);
    const rows = compareReports(predicted, measured);
    process.stdout.write(options.json ? `${JSON.stringify(rows, null, 2)}\n` : comparisonTable(rows));
    const { provenance, scenario, profile } = predicted;
    const sides = { predicted: provenance, measured: measured.provenance };
    save(saveName, { schemaVersion: 1, kind: 'comparison', ...sides, scenario, profile, rows });
    if (wants) {
      const { accountSections, comparisonReportTable, scenarioName } = await import('../../charts/report-html.ts');
      const { comparisonFigures } = await import('../../charts/run-figures.ts');
      const figures = comparisonFigures(predicted, measured);
      await writeFigures(given, {
        title: `Predicted against measured: ${scenarioName(measured)}`,
        lead: [`${figures[0].title}.`],
        sections: [
          { title: 'Metric by metric', figures, tables: [comparisonReportTable(rows)] },
          ...accountSections([predicted, measured]),
        ],
      });
    }
    return rows.every(({ within }) => within) ? 0 : 1;
  },
});

function readReport(file: string): RunReport {
  const accepted = 'a run report as predict --json and live write it';
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new InputError('compare', [
      { path: file, given: file, accepted, message: `cannot be read: ${(error as Error).message}` },
    ]);
  }
  const parsed = runReportSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError('compare', [
    { path: `${file}: ${issue.path.join('.')}`, given: issue.code, accepted, message: issue.message },
  ]);
}
