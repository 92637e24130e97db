import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultSchema } from '#core';
import { replicate, simulate } from '#sim';
import { type Case, cases } from './scenarios.ts';

const expected = cases.map(({ input, options }) => JSON.stringify(simulate(input, options)));

/** Where two texts part, for a person: a report is long. */
function expectSame(text: string, reference: string, name: string): void {
  if (text === reference) return;
  let position = 0;
  while (text[position] === reference[position]) position += 1;
  const around = (whole: string): string => whole.slice(Math.max(0, position - 80), position + 40);
  expect(`${name}: ...${around(text)}`).toBe(`${name}: ...${around(reference)}`);
}

it('has a case for each kind of fault', () => {
  const kinds = new Set(cases.flatMap(({ input }) => input.scenario.faults.map(({ kind }) => kind)));
  const known = faultSchema.options.map((option) => option.shape.kind.value);
  expect([...kinds].sort()).toEqual([...known].sort());
});

it('tells reports apart: another replication is another report', () => {
  const { input, options } = cases[1];
  expect(JSON.stringify(simulate(input, { ...options, replication: 1 }))).not.toBe(expected[1]);
});

describe('reports are the same to the byte', () => {
  it('a second time on the same thread', () => {
    cases.forEach(({ name, input, options }, index) =>
      expectSame(JSON.stringify(simulate(input, options)), expected[index], name),
    );
  });

  it('on three threads at a time, in another order', async () => {
    const order = cases.map((_case, index) => index).reverse();
    const reports = new Array<string>(cases.length).fill('');
    const thread = async (): Promise<void> => {
      const worker = new Worker(new URL('./simulation-thread.ts', import.meta.url), { execArgv: [] });
      try {
        for (let index = order.pop(); index !== undefined; index = order.pop()) {
          reports[index] = await answered(worker, index);
        }
      } finally {
        await worker.terminate();
      }
    };
    await Promise.all([thread(), thread(), thread()]);
    cases.forEach(({ name }, index) => expectSame(reports[index], expected[index], name));
  });
});

function answered(worker: Worker, index: number): Promise<string> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', ({ report }: { report: string }) => resolve(report));
    worker.postMessage({ index, ...cases[index] });
  });
}

const executable = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const hasChromium = existsSync(executable);
if (!hasChromium) {
  if (process.env['CI'] === 'true') {
    throw new Error(`the test of sameness needs Chromium at ${executable}: apt-get install chromium`);
  }
  console.warn(
    `NOT TESTED: no Chromium at ${executable} (set CHROMIUM_PATH), so no report was compared with a browser's`,
  );
}

describe.skipIf(!hasChromium)('reports in Chromium are those of Node to the byte', () => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const entryPoints = [new URL('./browser-entry.ts', import.meta.url).pathname];
    const { outputFiles } = await build({ entryPoints, bundle: true, write: false, format: 'iife', target: 'es2024' });
    browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--disable-gpu'] });
    page = await browser.newPage();
    await page.addScriptTag({ content: outputFiles[0].text });
  }, 60_000);

  afterAll(() => browser?.close());

  it.each(cases.map(({ name }, index) => ({ name, index })))('$name', async ({ name, index }) => {
    const { input, options } = cases[index];
    const report = await page.evaluate(
      (given) => {
        const { twin } = globalThis as unknown as { twin: { simulate: typeof simulate } };
        return JSON.stringify(twin.simulate(given.input, given.options));
      },
      { input, options } as Pick<Case, 'input' | 'options'>,
    );
    expectSame(report, expected[index], name);
  });

  it('intervals of replications', async () => {
    const { input } = cases[1];
    const replicated = await page.evaluate((given) => {
      const { twin } = globalThis as unknown as { twin: { replicate: typeof replicate } };
      return JSON.stringify(twin.replicate(given, { replications: 3, confidence: 0.95 }));
    }, input);
    expectSame(replicated, JSON.stringify(replicate(input, { replications: 3, confidence: 0.95 })), 'intervals');
  });
});
