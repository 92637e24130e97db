import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plantedFaults } from './planted-faults.ts';

const root = new URL('../', import.meta.url).pathname;
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

describe('the list of planted faults', () => {
  it('has sixty at the least, in core and in sim', () => {
    expect(plantedFaults.length).toBeGreaterThanOrEqual(60);
    expect(plantedFaults.filter(({ file }) => file.startsWith('sim/')).length).toBeGreaterThan(20);
  });

  it('finds each place exactly once, and the test that must fail', () => {
    const lost = plantedFaults.filter(
      ({ file, find, replace, foundBy }) =>
        textOf(file).split(find).length !== 2 || find === replace || !existsSync(join(root, foundBy)),
    );
    expect(lost.map(({ file, what }) => `${file}: ${what}`)).toEqual([]);
  });
});
