import type { Figure } from '#charts';
import type { HtmlReport } from '../charts/report-html.ts';
import { InputError } from '../input-error.ts';
import { tryOutput, tryOutputFolder, writeOutput } from '../write-output.ts';
import { type Arguments, tell } from './command.ts';

/** Whether the user wants charts or a report; that they can be written is tried before anything runs. @throws InputError */
export function wantsFigures({ values }: Arguments): boolean {
  const { charts, report } = values;
  const refuse = (path: string, given: string, accepted: string, message: string): never => {
    throw new InputError('options', [{ path, given: given || '(nothing)', accepted, message }]);
  };
  if (report !== undefined) {
    if (!/\.html?$/.test(String(report))) {
      refuse('--report', String(report), 'a file that ends in .html', 'must end in .html');
    }
    tryOutput('options', '--report', String(report));
  }
  if (charts !== undefined) {
    if (String(charts).trim() === '') refuse('--charts', '', 'a folder, such as out/charts', 'no folder given');
    tryOutputFolder('options', '--charts', String(charts));
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
