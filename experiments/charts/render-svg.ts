import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Figure } from '#charts';

/** Renders a chart to SVG text, in Node; its text takes the colour of the page that it stands on. */
export function renderSvg(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const plot = Plot.plot({ ...options, document });
  // The picture has one label as a whole; labels on its parts are for no one, and not allowed there.
  for (const part of plot.querySelectorAll('g[aria-label]')) part.removeAttribute('aria-label');
  return plot.outerHTML;
}

const ink = '#1b1f24';
const white = '#ffffff';
const padding = 14;
const titleSize = 15;
const titleLine = 20;
/** Mean width of a character of the title; a line that is broken too early only looks airy. */
const titleCharacter = 7.8;

/**
 * A figure as an SVG file that stands alone: title on top, the plots below one another, dark on white whatever shows it,
 * with its description as the alternative text.
 */
export function renderSvgFile({ title, description, plots }: Figure): string {
  const width = Math.max(...plots.map((plot) => Number(plot.width ?? 640))) + 2 * padding;
  const lines = broken(title, Math.floor((width - 2 * padding) / titleCharacter));
  let y = padding + lines.length * titleLine + 4;
  const drawn = plots.map((plot) => {
    const height = Number(plot.height ?? 400);
    const svg = renderSvg(plot)
      .replaceAll(/var\(--paper, ?Canvas\)/g, white)
      .replace('<svg ', `<svg x="${padding}" y="${y}" `);
    y += height;
    return svg;
  });
  const height = y + padding;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}" color="${ink}" fill="currentColor" font-family="system-ui, sans-serif">
<title>${escapeXml(title)}</title><desc>${escapeXml(description)}</desc>
<rect width="${width}" height="${height}" fill="${white}"/>
${lines.map((line, index) => `<text x="${padding}" y="${padding + titleSize + index * titleLine}" font-size="${titleSize}" font-weight="600">${escapeXml(line)}</text>`).join('\n')}
${drawn.join('\n')}
</svg>
`;
}

/** Text broken between words into lines of at most `most` characters. */
function broken(text: string, most: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > most) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Text as it must be written inside XML and HTML, in attributes too. */
export const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
