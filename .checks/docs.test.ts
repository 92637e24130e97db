import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = new URL('../', import.meta.url).pathname;
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((file) => /\.(ts|mjs|cjs|md|yaml|html)$/.test(file) && existsSync(join(root, file)));

/** Requirements that a text cites, also as a range: `R50 to R53`. */
const cited = (text: string): string[] => [...text.matchAll(/\bR\d{1,3}\b/g)].map(([name]) => name);
const known = (requirements: string): Set<string> =>
  new Set([...requirements.matchAll(/^- \*\*(R\d+)\*\* /gm)].map(([, name]) => name));

describe('docs/requirements.md', () => {
  it('has R1 to R123, each once and in order', () => {
    const numbers = [...textOf('docs/requirements.md').matchAll(/^- \*\*R(\d+)\*\* \S/gm)].map(([, number]) => +number);
    expect(numbers).toEqual(Array.from({ length: 123 }, (_unused, index) => index + 1));
  });

  it('has every requirement that a file cites', () => {
    const requirements = known(textOf('docs/requirements.md'));
    const unknown = tracked.flatMap((file) =>
      cited(textOf(file))
        .filter((name) => !requirements.has(name))
        .map((name) => `${file}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it('is found to lack one that it lacks', () => {
    const requirements = known('- **R1** A server.\n');
    expect(cited('as asked (R1, R2)').filter((name) => !requirements.has(name))).toEqual(['R2']);
  });
});

const rowsOf = (page: string) =>
  [...page.matchAll(/^\| (.+\?) \| `(.+)` \| `(.+)` \|$/gm)].map(([, question, file, name]) => ({
    question,
    file,
    name,
  }));
const isExported = (file: string, name: string): boolean =>
  existsSync(join(root, file)) &&
  new RegExp(`^export (?:abstract )?(?:class|const|function) ${name}\\b`, 'm').test(textOf(file));

describe('docs/where-is-it-decided.md', () => {
  it('answers twenty questions at the least, each with a file that exports the name', () => {
    const rows = rowsOf(textOf('docs/where-is-it-decided.md'));
    expect(rows.length).toBeGreaterThanOrEqual(20);
    expect(rows.filter(({ file, name }) => !isExported(file, name))).toEqual([]);
  });

  it('is found out when a name has moved', () => {
    expect(isExported('core/broadcast/intake.ts', 'Shard')).toBe(false);
  });
});
