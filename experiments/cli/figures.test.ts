import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseHTML } from 'linkedom';
import { expect, it } from 'vitest';

const main = new URL('./main.ts', import.meta.url).pathname;
const scenario = new URL('../scenarios/laptop-live.yaml', import.meta.url).pathname;
const quick = ['--set', 'workload.connections=20', '--set', 'workload.durationSeconds=6'];
const fanout = (...args: string[]) => promisify(execFile)(process.execPath, [main, ...args], { maxBuffer: 1e8 });

it('writes charts and a report that needs nothing else, and leaves stdout to the JSON', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fanout-figures-'));
  const report = join(folder, 'report.html');
  const { stdout } = await fanout('predict', scenario, ...quick, '--json', '--charts', folder, '--report', report);
  expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1 });
  const names = readdirSync(folder);
  for (const chart of ['limits-by-connections', 'feasible-region', 'timeline', 'latency-by-connections'])
    for (const ending of ['svg', 'png', 'vl.json']) expect(names).toContain(`${chart}.${ending}`);
  const html = readFileSync(report, 'utf8');
  expect(html).not.toMatch(/<script|<link(?! rel="icon" href="data:,")|src=|url\((?!#)|NaN|undefined/);
  const { document } = parseHTML(html);
  const pictures = [...document.querySelectorAll('main svg[role="img"]')];
  expect(pictures.length).toBeGreaterThan(7);
  for (const picture of pictures) expect(picture.getAttribute('aria-label')?.length).toBeGreaterThan(5);
});

it('refuses a report that is no HTML file, before anything runs', async () => {
  const failed = fanout('predict', scenario, '--report', 'out/report.pdf');
  await expect(failed).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('ends in .html') });
});
