import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  beforeOptimisationValues,
  type Profile,
  type RunReport,
  resolveScenario,
  scenarioSchema,
  settingsTable,
} from '#core';
import { simulate } from '#sim';
import { story } from './site.ts';
import { changed } from './testing/changed.ts';
import { serveSite } from './testing/site.ts';

const root = new URL('../', import.meta.url);
const executable = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const hasChromium = existsSync(executable);
const browserFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const axeSource = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
const pages = ['index', ...story];

if (!hasChromium) {
  if (process.env['CI'] === 'true')
    throw new Error(`the notebook tests need Chromium at ${executable}: apt-get install chromium`);
  console.warn(`NOT TESTED: no Chromium at ${executable} (set CHROMIUM_PATH), so the notebooks were not opened`);
}

describe.skipIf(!hasChromium)('the notebooks', () => {
  let server: Server;
  let browser: Browser;
  let origin = '';
  const opened = new Map<string, Page>();
  /** Figures of each page as it opens. */
  const original = new Map<string, string[]>();
  const problems: string[] = [];

  async function open(name: string, prepare: (page: Page) => Promise<void> = async () => {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
    const page = await context.newPage();
    page.on('console', (message) => message.type() === 'error' && problems.push(`${name}: ${message.text()}`));
    page.on('pageerror', (error) => problems.push(`${name}: ${String(error)}`));
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(origin) && !/^(data|blob):/.test(url)) problems.push(`${name}: outside request ${url}`);
    });
    await prepare(page);
    await page.goto(`${origin}${name}`);
    await settled(page);
    return page;
  }

  const pageOf = (name: string): Page => {
    const page = opened.get(name);
    if (page === undefined) throw new Error(`${name} was not opened`);
    return page;
  };

  beforeAll(async () => {
    await promisify(execFile)('npm', ['run', '-s', 'notebooks:build'], { cwd: fileURLToPath(root) });
    ({ server, origin } = await serveSite());
    browser = await chromium.launch({ executablePath: executable, args: browserFlags });
    await Promise.all(
      pages.map(async (name) => {
        const page = await open(`${name}.html`);
        opened.set(name, page);
        original.set(name, await figuresOf(page));
      }),
    );
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it('open with charts, no console error and no request outside their server', async () => {
    for (const name of story) expect(await pageOf(name).locator('figure svg').count(), name).toBeGreaterThan(0);
    expect(problems).toEqual([]);
  });

  it('stand in the story, every one of them', () => {
    const files = readdirSync(new URL('./', import.meta.url)).filter((file) => file.endsWith('.html'));
    expect(files.sort()).toEqual([...pages, 'template'].map((name) => `${name}.html`).sort());
  });

  it('link from the first page to all others, each with a finding', async () => {
    const index = pageOf('index');
    expect(await index.locator('.story li').count()).toBe(story.length);
    expect(await index.locator('.story li:has(.figure)').count()).toBe(story.length);
  });

  it.each(pages)('%s has no serious or critical finding of axe-core, light and dark', async (name) => {
    const page = pageOf(name);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      if (colorScheme === 'light') await page.evaluate(axeSource);
      const violations = await page.evaluate(async () => {
        const { axe } = window as unknown as { axe: { run: (options: object) => Promise<AxeResult> } };
        const { violations: found } = await axe.run({ resultTypes: ['violations'] });
        return found
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`);
      });
      expect(violations, `${name}, ${colorScheme}`).toEqual([]);
    }
  });

  it('give every chart words for those who do not see it, and every input a label', async () => {
    for (const name of story) {
      const page = pageOf(name);
      const silent = await page.evaluate(
        () =>
          [...document.querySelectorAll('figure svg[role="img"]')].filter(
            (svg) => (svg.getAttribute('aria-label') ?? '').length < 20,
          ).length,
      );
      expect(silent, name).toBe(0);
    }
  });

  describe('the machine', () => {
    it('answers a slider that the keyboard moves', async () => {
      const page = pageOf('the-machine');
      const before = await page.locator('#first-limit').textContent();
      await page.getByRole('slider', { name: 'Connections' }).focus();
      await page.keyboard.press('PageUp');
      await page.waitForFunction((old) => document.querySelector('#first-limit')?.textContent !== old, before);
      expect(await page.getByRole('spinbutton', { name: 'Connections, typed in' }).inputValue()).not.toBe('12000');
    });

    it('simulates in a worker and hands out byte for byte the report of Node', async () => {
      const page = pageOf('the-machine');
      await page.getByRole('spinbutton', { name: 'Connections, typed in' }).fill('1500');
      await page.waitForSelector('[data-state="busy"]');
      await page.waitForSelector('[data-state="done"]');
      const text = await page.evaluate(async () => {
        const link = document.querySelector<HTMLAnchorElement>('a[download]');
        return (await fetch(link?.href ?? '')).text();
      });
      const scenario = scenarioSchema.parse((JSON.parse(text) as RunReport).scenario);
      const resolution = resolveScenario(scenario, dataOf<{ profiles: Profile[] }>('start').profiles);
      if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
      expect(scenario.workload.connections).toBe(1_500);
      expect(text).toBe(JSON.stringify(simulate(resolution.resolved, { scale: 'auto' })));
    });

    it('shares its state by address', async () => {
      const page = pageOf('the-machine');
      await page.waitForFunction(() => location.hash.includes('connections=1500'));
      const shared = await open(`the-machine.html${new URL(page.url()).hash}`);
      expect(await shared.locator('#first-limit').textContent()).toBe(await page.locator('#first-limit').textContent());
      expect(await shared.getByRole('spinbutton', { name: 'Connections, typed in' }).inputValue()).toBe('1500');
      await shared.context().close();
    });
  });

  it('show every recorded run, found by looking', async () => {
    const folders = readdirSync(new URL('experiments/runs/', root), { withFileTypes: true });
    const choices = await pageOf('predicted-against-measured')
      .getByRole('combobox', { name: 'Recorded load' })
      .locator('option')
      .count();
    expect(choices).toBe(folders.filter((entry) => entry.isDirectory()).length);
  });

  it('simulate a recorded run to the bytes that the build wrote', async () => {
    const page = pageOf('predicted-against-measured');
    expect(await page.locator('#identical').textContent()).toContain('byte for byte the report that Node gave');
  });

  it('show another run and another metric when they are chosen', async () => {
    const page = pageOf('predicted-against-measured');
    for (const label of ['Recorded load', 'Metric']) {
      const before = await page.locator('main').textContent();
      await page.getByRole('combobox', { name: label }).selectOption({ index: 1 });
      await page.waitForFunction((old) => document.querySelector('main')?.textContent !== old, before);
    }
    expect(problems).toEqual([]);
  });

  it.each([
    ['capacity', 'Messages published', '#capacity'],
    ['before-and-after', 'Slots of a send buffer', '#buffer'],
    ['before-and-after', 'Channels', '#lookup'],
    ['coalescing', 'Flush interval', '#merging'],
  ])('%s: the slider "%s" changes the numbers', async (name, slider, answer) => {
    const page = pageOf(name);
    const before = await page.locator(answer).textContent();
    await page.getByRole('slider', { name: slider }).focus();
    await page.keyboard.press('PageUp');
    await page.waitForFunction(([at, old]) => document.querySelector(at ?? '')?.textContent !== old, [answer, before]);
    expect(problems).toEqual([]);
  });

  it('explain another refuted claim when it is chosen', async () => {
    const page = pageOf('the-document-audited');
    const before = await page.locator('#claim').textContent();
    await page.getByRole('combobox', { name: 'Refuted claim' }).selectOption({ index: 1 });
    await page.waitForFunction((old) => document.querySelector('#claim')?.textContent !== old, before);
  });

  it('scrub through a breakage second by second with the arrow keys', async () => {
    const page = pageOf('when-it-breaks');
    const before = await page.locator('#second').textContent();
    await page.getByRole('slider', { name: 'Second of load' }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('#second').textContent()).not.toBe(before);
    expect(await page.locator('line.second').count()).toBeGreaterThan(0);
  });

  it.each(pages)('%s shows other figures when the data are others', async (name) => {
    const page = await open(`${name}.html`, async (fresh) => {
      await fresh.route('**/assets/*.json', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: JSON.stringify(changed(await response.json())) });
      });
    });
    const shown = await figuresOf(page);
    const same = (original.get(name) ?? []).filter(
      (text, index) => /[1-9][\d,]*\.\d|[1-9]\d\d/.test(text) && text === shown[index] && !figuresOfCore.has(text),
    );
    expect(same).toEqual([]);
    await page.context().close();
  });
});

const figuresOf = (page: Page): Promise<string[]> =>
  page.evaluate(() => [...document.querySelectorAll('.figure, td.result')].map((one) => one.textContent ?? ''));

/** What pages take from core instead: slots before and after, by the document; connections that open files allow. */
const figuresOfCore = new Set([
  '1,048,512',
  String(beforeOptimisationValues['WS_SEND_BUFFER_SLOTS']),
  settingsTable.find(({ variable }) => variable === 'WS_SEND_BUFFER_SLOTS')?.default ?? '',
]);

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

const dataOf = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`out/notebook-data/${name}.json`, root), 'utf8')) as T;

/** Until a page has shown all that it shows by itself. */
async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    (pictures) =>
      document.querySelector(pictures) !== null &&
      [...document.querySelectorAll('.observablehq--cell')].every(
        (cell) => cell.querySelector('.observablehq--loading') === null,
      ) &&
      document.querySelector('[data-state="busy"]') === null &&
      (!location.pathname.includes('predicted-against-measured') ||
        (document.querySelector('#identical') !== null && document.querySelector('.vega-embed') !== null)),
    'figure svg, .story li',
  );
}
