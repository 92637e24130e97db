import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { literalsInCode, literalsInNotebook } from './testing/literals.ts';

const folder = new URL('./', import.meta.url);
const files = (path: string, ending: string): string[] =>
  readdirSync(new URL(path, folder))
    .filter((file) => file.endsWith(ending) && !file.includes('.test.'))
    .map((file) => `${path}${file}`);
const read = (path: string): string => readFileSync(new URL(path, folder), 'utf8');

describe('numbers that a notebook shows', () => {
  it('never stand in its cells', () => {
    const pages = files('./', '.html').filter((file) => !file.endsWith('template.html'));
    expect(pages.length).toBe(8);
    expect(pages.flatMap((page) => literalsInNotebook(page, read(page)))).toEqual([]);
  });

  it('never stand in the sentences of components and loaders', () => {
    const sources = [...files('components/', '.ts'), ...files('data/', '.ts')];
    expect(sources.length).toBeGreaterThan(10);
    expect(sources.flatMap((source) => literalsInCode(source, read(source)))).toEqual([]);
  });

  it('are found where they do: in words, in code, in texts', () => {
    const cell = (type: string, text: string): string => `<script id="7" type="${type}">${text}</script>`;
    const found = (html: string): string[] => literalsInNotebook('canary', html).map(({ text }) => text);
    expect(found(cell('text/markdown', 'The server holds 12,000 clients, p99 in ${ms} ms.'))).toEqual(['12,000']);
    expect(found(cell('module', 'display(say`It takes ${cores} of 1.9 cores`)'))).toEqual([' of 1.9 cores']);
    expect(found(cell('module', 'const measured = 0.84; const cells = rows[0];'))).toEqual(['0.84']);
    expect(found(cell('module', "await FileAttachment('../out/2.json').json()"))).toEqual([]);
    const inCode = (source: string): string[] => literalsInCode('canary', source).map(({ text }) => text);
    expect(inCode('export const view = () => finding`84 % of memory`;')).toEqual(['84 % of memory']);
    expect(inCode('export const view = () => bar(0.84);')).toEqual(['0.84']);
    expect(inCode('const widthLeast = 340; export const f = () => ({ least: 5, most: 500 });')).toEqual([]);
  });
});
