import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import { parseHTML } from 'linkedom';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { describe, expect, it } from 'vitest';
import type { Figure } from '#charts';
import { figureSamples } from './figure-samples.ts';
import { renderPng } from './render-png.ts';
import { renderSvg, renderSvgFile } from './render-svg.ts';
import { writeCharts } from './write-charts.ts';

const figures = figureSamples();
const named = figures.map((figure): [string, Figure] => [figure.name, figure]);

describe.each(named)('the figure %s', (_, figure) => {
  it('has a title, a description with figures in it, and alternative text', () => {
    expect(figure.title.length).toBeGreaterThan(15);
    expect(figure.description).toMatch(/\d/);
    for (const plot of figure.plots) {
      const { document } = parseHTML(renderSvg(plot));
      const svg = document.querySelector('svg');
      expect(svg?.getAttribute('aria-label')?.length).toBeGreaterThan(5);
      expect(svg?.getAttribute('aria-description')?.length).toBeGreaterThan(5);
    }
  });

  it('draws no coordinate that is not a number', () => {
    expect(renderSvgFile(figure)).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('leaves what is not said by colour alone: text takes the page’s colour, or stands on a fill', () => {
    for (const plot of figure.plots) expect(plot.style).toMatchObject({ color: 'currentColor' });
  });

  it('is a Vega-Lite specification that compiles without a warning and renders', async () => {
    const warnings: string[] = [];
    const spec = JSON.parse(JSON.stringify(figure.vegaLite)) as TopLevelSpec;
    const { spec: vega } = compile(spec, { logger: loggerInto(warnings) });
    const svg = await new View(parse(vega), { renderer: 'none' }).toSVG();
    expect(warnings).toEqual([]);
    expect(svg).not.toMatch(/NaN/);
    expect(svg).toContain('<path');
    expect(svg).toContain(figure.title.slice(0, 20).replaceAll('&', '&amp;'));
  });
});

describe('writeCharts', () => {
  it('writes SVG, PNG and Vega-Lite beside each other', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fanout-charts-'));
    writeCharts(join(folder, 'new'), figures.slice(0, 1));
    expect(readdirSync(join(folder, 'new')).sort()).toEqual([
      'limits-by-connections.png',
      'limits-by-connections.svg',
      'limits-by-connections.vl.json',
    ]);
    expect(
      readFileSync(join(folder, 'new', 'limits-by-connections.png'))
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
  });
});

describe('renderPng', () => {
  it('draws text with the font that the project brings, on a machine without any', () => {
    const svg = (text: string) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40" font-family="system-ui, sans-serif"><text y="25">${text}</text></svg>`;
    expect(renderPng(svg('14,278 connections')).equals(renderPng(svg('')))).toBe(false);
    const without = new Resvg(svg('14,278 connections'), { font: { loadSystemFonts: false } }).render().asPng();
    const empty = new Resvg(svg(''), { font: { loadSystemFonts: false } }).render().asPng();
    expect(without.equals(empty)).toBe(true);
  });
});

/** A vega-lite logger that collects what it is warned of. */
function loggerInto(warnings: string[]): NonNullable<Parameters<typeof compile>[1]>['logger'] {
  const logger = {
    level: () => logger,
    error: (...given: unknown[]) => (warnings.push(given.join(' ')), logger),
    warn: (...given: unknown[]) => (warnings.push(given.join(' ')), logger),
    info: () => logger,
    debug: () => logger,
  };
  return logger as never;
}
