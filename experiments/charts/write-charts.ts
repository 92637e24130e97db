import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure } from '#charts';
import { renderPng } from './render-png.ts';
import { renderSvgFile } from './render-svg.ts';

/**
 * Writes each figure three times into a folder, which is made: `NAME.svg` for a page, `NAME.png` for where SVG is not
 * welcome, `NAME.vl.json` (Vega-Lite, data inside) for those who embed it in a page of their own. A figure with a name
 * that is there is overwritten.
 *
 * The one way for a command to write charts; `chartsOption` in `cli/command.ts` is the option that goes with it.
 * @returns the files written
 */
export function writeCharts(directory: string, figures: readonly Figure[]): string[] {
  mkdirSync(directory, { recursive: true });
  return figures.flatMap((figure) => {
    const svg = renderSvgFile(figure);
    const files: readonly (readonly [string, string | Buffer])[] = [
      [`${figure.name}.svg`, svg],
      [`${figure.name}.png`, renderPng(svg)],
      [`${figure.name}.vl.json`, `${JSON.stringify(figure.vegaLite, null, 2)}\n`],
    ];
    return files.map(([name, content]) => {
      const file = join(directory, name);
      writeFileSync(file, content);
      return file;
    });
  });
}
