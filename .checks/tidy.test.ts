import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

/** The house rules that no other tool checks, over every file that git tracks. */
const root = new URL('../', import.meta.url).pathname;
const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter((file) => existsSync(join(root, file)));
const text = (file: string): string => readFileSync(join(root, file), 'utf8');
const sources = tracked.filter((file) => /\.(ts|mjs|cjs)$/.test(file));

it('leaves nothing to be fixed later', () => {
  const marks = new RegExp(['FIX', 'ME|TO', 'DO|X', 'XX'].join(''));
  expect(sources.filter((file) => marks.test(text(file)))).toEqual([]);
});

it('keeps files small enough to hold in the head', () => {
  const isLong = (file: string): boolean => text(file).split('\n').length > 600;
  const saysWhy = (file: string): boolean => /[Ll]ong because/.test(text(file).slice(0, 1_000));
  expect(sources.filter((file) => !file.endsWith('test.ts') && isLong(file) && !saysWhy(file))).toEqual([]);
  expect(
    tracked.filter((file) => statSync(join(root, file)).size > 512 * 1_024 && file !== 'package-lock.json'),
  ).toEqual([]);
});

it('leaves no placeholder in a page', () => {
  const pages = tracked.filter((file) => file.endsWith('.md'));
  expect(pages.filter((file) => /^[A-Z][A-Z0-9]{3,}$/m.test(text(file)))).toEqual([]);
});

it('names no path of one machine and no registry', () => {
  const foreign = new RegExp(['/wo', 'rk/|/ho', 'me/|/ro', 'ot/|registry', '\\.npmjs'].join(''));
  expect(tracked.filter((file) => foreign.test(text(file)))).toEqual([]);
});

it('links to files that are there', () => {
  const broken = tracked
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => [...text(file).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => ({ file, link })))
    .filter(({ file, link }) => !existsSync(join(root, dirname(file), link)));
  expect(broken).toEqual([]);
});
