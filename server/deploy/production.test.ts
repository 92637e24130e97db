import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url).pathname;
const json = (file: string) => JSON.parse(readFileSync(`${root}${file}`, 'utf8'));
const { dependencies, imports, scripts } = json('package.json') as Record<string, Record<string, string>>;

/** Packages that a source imports, statically or not. */
function packagesIn(source: string): string[] {
  const specifiers = [...source.matchAll(/(?:from|import)\s*\(?\s*'([^'.][^']*)'/g)].map(([, specifier]) => specifier);
  return specifiers
    .filter((one) => !one.startsWith('node:') && !builtinModules.includes(one))
    .map((one) =>
      one.startsWith('#')
        ? one
        : one
            .split('/')
            .slice(0, one.startsWith('@') ? 2 : 1)
            .join('/'),
    );
}

/** What production runs: without tests and what only they use. */
const sources = execFileSync('git', ['ls-files', 'server', 'core'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('server/testing/'));
const imported = new Set(sources.flatMap((file) => packagesIn(readFileSync(`${root}${file}`, 'utf8'))));

describe('what a production install holds', () => {
  it('is all that server and core import', () => {
    expect(sources.length).toBeGreaterThan(50);
    const missing = [...imported].filter((one) => one !== '#core' && dependencies[one] === undefined);
    expect(missing).toEqual([]);
  });

  it('is nothing that they do not import, but Node itself', () => {
    expect(Object.keys(dependencies).filter((one) => one !== 'node' && !imported.has(one))).toEqual([]);
  });

  it('draws nothing: no chart library among the packages that npm ci --omit=dev installs', () => {
    const packages = json('package-lock.json').packages as Record<string, { dev?: boolean; optional?: boolean }>;
    const names = Object.entries(packages)
      .filter(([name, { dev }]) => name !== '' && dev !== true)
      .map(([name]) => name.replace(/^.*node_modules\//, ''));
    expect(names).toContain('ws');
    expect(names.filter((name) => /plot|vega|resvg|linkedom|^d3|font|playwright|vite|tsx/.test(name))).toEqual([]);
    expect(names.length).toBeLessThan(80);
  });

  it('installs without running anything of this project: npm calls scripts of these names by itself', () => {
    const called =
      /^(pre|post)?(install|prepare|dependencies|publish|pack|version)$|^prepublishOnly$|^prepack$|^postpack$/;
    expect(Object.keys(scripts).filter((name) => called.test(name))).toEqual([]);
  });

  it('would be found out: a planted import of a chart library is seen', () => {
    const planted = "import * as Plot from '@observablehq/plot';\nconst x = await import('linkedom/worker');";
    expect(packagesIn(planted)).toEqual(['@observablehq/plot', 'linkedom']);
    expect(imports['#core']).toBe('./core/index.ts');
  });
});
