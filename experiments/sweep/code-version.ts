import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { commitOf } from '../provenance.ts';

/** Which code simulates: two of the same `sha256` give the same results, whatever else their commits changed. */
export interface CodeVersion {
  readonly commit: string;
  /** Of the sources of core and sim without tests and charts, and of what makes a row. */
  readonly sha256: string;
}

const root = new URL('../../', import.meta.url);

export function codeVersion(): CodeVersion {
  const files = ['core', 'sim']
    .flatMap((folder) =>
      readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: 'utf8' }).map(
        (file) => `${folder}/${file.replaceAll('\\', '/')}`,
      ),
    )
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const hash = createHash('sha256');
  for (const file of [...files, 'experiments/sweep/point.ts'].sort()) {
    hash.update(`${file}\n`).update(readFileSync(new URL(file, root)));
  }
  return { commit: commitOf(), sha256: hash.digest('hex') };
}

export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');
