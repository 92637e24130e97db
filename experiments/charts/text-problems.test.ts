import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Figure } from '#charts';
import { figureSamples } from './figure-samples.ts';
import { renderSvg } from './render-svg.ts';
import { type TextProblem, textProblemsOn } from './text-problems.ts';

const executable = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const hasChromium = existsSync(executable);
/** Room for a chart on a page that is 390, 768 and 1,280 px wide; narrower ones scroll, as on a page. */
const widths = [358, 680, 720];
const drawingLeast = 270;
/** The kinds that pages and reports begin with; the others by ALL_CHARTS=1. */
const decisive = new Set([
  'resources',
  'limits-by-connections',
  'feasible-region',
  'latency-by-connections',
  'tornado',
  'cost-by-machine',
]);

describe.skipIf(!hasChromium)('text of charts in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--disable-gpu'] });
  }, 30_000);
  afterAll(() => browser?.close());

  async function problemsOf(svgs: readonly string[]): Promise<TextProblem[]> {
    const page = await browser.newPage();
    await page.setContent(`<!doctype html><body style="margin:0">${svgs.join('\n')}</body>`);
    const problems = await textProblemsOn(page);
    await page.close();
    return problems;
  }

  const drawn = ({ plots }: Figure, width: number): string[] =>
    plots.map((plot) => {
      const margins = Number(plot.marginLeft ?? 0) + Number(plot.marginRight ?? 0);
      return renderSvg({ ...plot, width: Math.max(width, margins + drawingLeast) });
    });

  it('is neither cut off nor drawn over other text, on a phone, a tablet and a screen', async () => {
    const figures = figureSamples().filter(({ name }) => process.env['ALL_CHARTS'] !== undefined || decisive.has(name));
    expect(figures.length).toBeGreaterThanOrEqual(decisive.size);
    const found = [];
    for (const figure of figures) {
      for (const width of widths) {
        for (const problem of await problemsOf(drawn(figure, width))) {
          found.push(`${figure.name} at ${width} px: ${problem.kind}: ${problem.texts.join(' | ')}`);
        }
      }
    }
    expect(found).toEqual([]);
  }, 60_000);

  it('is found when it is cut off, and when it lies on another text', async () => {
    const text = (x: number, words: string): string => `<text x="${x}" y="20" font-size="13">${words}</text>`;
    const svg = (content: string): string => `<svg width="200" height="40" style="overflow:hidden">${content}</svg>`;
    expect(await problemsOf([svg(text(5, 'in order'))])).toEqual([]);
    expect(await problemsOf([svg(text(150, 'runs over the edge'))])).toEqual([
      { kind: 'clipped', texts: ['runs over the edge'] },
    ]);
    expect(await problemsOf([svg(text(5, 'one text') + text(20, 'another'))])).toEqual([
      { kind: 'overlapping', texts: ['one text', 'another'] },
    ]);
  });
});
