import type { Figure } from '#charts';
import type { HtmlReport } from '../charts/report-html.ts';
import { InputError } from '../input-error.ts';
import { writeOutput } from '../write-output.ts';
import { type Arguments, tell } from './command.ts';

/** Options of every command that has something to show. */
export const figureOptions = { charts: { type: 'string' }, report: { type: 'string' } } as const;
export const figureUsage = '[--charts DIR] [--report FILE.html]';

/** Whether the user wants charts or a report, checked before anything runs. @throws InputError */
export function wantsFigures({ values }: Arguments): boolean {
  const { charts, report } = values;
  if (report !== undefined && !/\.html?$/.test(String(report))) {
    throw new InputError('--report', [
      { path: '--report', given: String(report), accepted: 'a file that ends in .html', message: 'is no HTML file' },
    ]);
  }
  if (charts === '') {
    throw new InputError('--charts', [
      { path: '--charts', given: '(nothing)', accepted: 'a folder, such as out/charts', message: 'names no folder' },
    ]);
  }
  return charts !== undefined || report !== undefined;
}

/**
 * Writes what `--charts` and `--report` ask for, and says so on stderr. What draws is loaded here, and by commands where
 * they make figures, so that nobody else waits for it.
 */
export async function writeFigures({ values }: Arguments, report: HtmlReport): Promise<void> {
  const { charts, report: file } = values;
  if (charts !== undefined) {
    const { writeCharts } = await import('../charts/write-charts.ts');
    const files = writeCharts(String(charts), figuresOf(report));
    tell(`wrote ${files.length} files into ${String(charts)}: each chart as SVG, PNG and Vega-Lite`);
  }
  if (file !== undefined) {
    const { renderReport } = await import('../charts/report-html.ts');
    writeOutput(String(file), renderReport(report));
    tell(`wrote ${String(file)}`);
  }
}

const figuresOf = ({ sections }: HtmlReport): Figure[] => sections.flatMap(({ figures = [] }) => figures);
