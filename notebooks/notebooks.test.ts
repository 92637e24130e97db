import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { extname } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = new URL('../', import.meta.url);
const built = new URL('out/notebooks/', root);
const executable = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const hasChromium = existsSync(executable);
const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
};
const browserFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

if (!hasChromium) {
  if (process.env['CI'] === 'true')
    throw new Error(`the notebook test needs Chromium at ${executable}: apt-get install chromium`);
  console.warn(`NOT TESTED: no Chromium at ${executable} (set CHROMIUM_PATH), so the notebooks were not opened`);
}

describe.skipIf(!hasChromium)('the notebook "predicted against measured"', () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  let origin = '';
  const problems: string[] = [];

  beforeAll(async () => {
    execFileSync('npm', ['run', '-s', 'notebooks:build'], { cwd: root.pathname, stdio: 'ignore' });
    server = createServer((request, response) => {
      const file = new URL(`.${request.url?.split('?')[0]}`, built);
      if (!existsSync(file)) return response.writeHead(404).end();
      return response
        .writeHead(200, { 'content-type': types[extname(file.pathname)] ?? 'application/octet-stream' })
        .end(readFileSync(file));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
    browser = await chromium.launch({ executablePath: executable, args: browserFlags });
    page = await browser.newPage();
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on(
      'request',
      (request) =>
        request.url().startsWith(origin) ||
        request.url().startsWith('data:') ||
        problems.push(`outside: ${request.url()}`),
    );
    await page.goto(`${origin}predicted-against-measured.html`);
    await page.waitForSelector('#answer');
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it('opens with charts, no console error and no request outside its server', async () => {
    expect(await page.locator('figure svg').count()).toBeGreaterThanOrEqual(6);
    expect(await page.locator('table tr').count()).toBe(14);
    expect(problems).toEqual([]);
  });

  it('answers a slider with numbers of core and the simulator', async () => {
    const before = await page.locator('#answer').textContent();
    await page.locator('input[type=range]').last().fill('50');
    await page.waitForFunction((old) => document.querySelector('#answer')?.textContent !== old, before);
    expect(await page.locator('#answer').textContent()).toContain('25,000 messages/s in all');
    expect(problems).toEqual([]);
  });

  it('gives byte for byte the report that Node gave', async () => {
    expect(await page.locator('#identical').textContent()).toContain('byte for byte the report that Node gave');
  });

  it('shows another run when it is chosen', async () => {
    const cell = page.locator('table tr').nth(4);
    const before = await cell.textContent();
    await page.locator('select').selectOption({ index: 1 });
    await page.waitForFunction((old) => document.querySelectorAll('table tr')[4]?.textContent !== old, before);
    expect(problems).toEqual([]);
  });
});
