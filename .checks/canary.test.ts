import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Every check must be able to fail: violations are planted in a copy of the sources, and each has to be found. */
const root = new URL('../', import.meta.url).pathname;
const copied = [
  'core',
  'sim',
  'server',
  'experiments',
  'notebooks',
  '.checks',
  'package.json',
  'tsconfig.json',
  'tsconfig.base.json',
  '.oxlintrc.json',
  '.dependency-cruiser.cjs',
  'biome.json',
  'knip.json',
  'vitest.config.ts',
  '.gitignore',
];
let copy = '';

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'fanout-canary-'));
  for (const name of copied) {
    // A nested install, such as the peers', is no source.
    cpSync(join(root, name), join(copy, name), { recursive: true, filter: (from) => !from.endsWith('/node_modules') });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Runs a check with a planted file. @returns its output when it failed, and '' when it let the file pass */
function caught(file: string, text: string, command: readonly string[]): string {
  writeFileSync(join(copy, file), text);
  try {
    execFileSync(command[0], command.slice(1), { cwd: copy, encoding: 'utf8', stdio: 'pipe' });
    return '';
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return `${stdout}${stderr}` || 'failed in silence';
  } finally {
    rmSync(join(copy, file));
  }
}

const lint = ['node_modules/.bin/oxlint'];
const types = [process.execPath, 'node_modules/typescript7/bin/tsc', '--build'];
const dependencies = [process.execPath, '.checks/dependencies.mjs'];

describe('the checks find what is planted', () => {
  it.each([
    ['a clock', 'export const now = (): number => Date.now();', 'take nowNs'],
    ['dice', 'export const roll = (): number => Math.random();', 'take a RandomStream'],
    ['a date', 'export const today = (): Date => new Date();', 'new Date is not for core'],
    ['a clock by another name', "export const now = (): number => globalThis.Date['now']();", 'take nowNs'],
    [
      'a stopwatch',
      'declare const performance: { now(): number };\nexport const now = (): number => performance.now();',
      'take nowNs',
    ],
    ['trigonometry', 'export const wave = (x: number): number => Math.sinh(x);', 'engines may differ'],
    ['a power', 'export const square = (x: number): number => x ** 2;', 'multiply'],
    ['await', 'export const later = async (): Promise<number> => await Promise.resolve(1);', 'wait for nothing'],
  ])('lint: %s in core', (_name, text, said) => {
    expect(caught('core/canary.ts', `${text}\n`, lint)).toContain(said);
    expect(caught('sim/canary.ts', `${text}\n`, lint)).toContain(said);
  });

  it.each([
    ['a timer', 'export const wait = (): void => void setTimeout(() => {}, 1);', "Cannot find name 'setTimeout'"],
    ['the process', 'export const arch = (): string => process.arch;', "Cannot find name 'process'"],
    ['a Node module', "export { readFileSync } from 'node:fs';", 'node:fs'],
  ])('types: %s in core', (_name, text, said) => {
    expect(caught('core/canary.ts', `${text}\n`, types)).toContain(said);
  });

  it.each([
    ['core imports sim', 'core/canary.ts', "export { simulate } from '../sim/index.ts';"],
    ['sim imports server', 'sim/canary.ts', "export { Clock } from '../server/clock.ts';"],
    ['server reaches into core', 'server/canary.ts', "export { Shard } from '../core/broadcast/shard.ts';"],
    [
      'notebooks import experiments',
      'notebooks/canary.ts',
      "export { loadProfiles } from '../experiments/profiles.ts';",
    ],
    ['nats in a third file', 'experiments/sweep/canary.ts', "export { connect } from 'nats';"],
    ['ws in a second file', 'server/canary.ts', "export { WebSocket } from 'ws';"],
  ])('dependencies: %s', (_name, file, text) => {
    expect(caught(file, `${text}\n`, dependencies)).toContain(`${file} ->`);
  });

  it('format: a line that the formatter would change', () => {
    expect(caught('core/canary.ts', 'export const a   = 1\n', ['node_modules/.bin/biome', 'format', '.'])).toContain(
      'canary.ts',
    );
  });

  it('dead code: a file that nobody imports', () => {
    expect(caught('server/canary.ts', 'export const unused = 1;\n', ['node_modules/.bin/knip'])).toContain(
      'server/canary.ts',
    );
  });

  it('and pass the sources as they are', () => {
    for (const command of [lint, types, dependencies]) expect(caught('core/canary.txt', 'nothing\n', command)).toBe('');
  });
}, 120_000);
