import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../input-error.ts';
import { changesBetween } from '../results/leaves.ts';
import { csvOf } from './columns.ts';
import type { SweepManifest } from './plan.ts';
import { parseRow, type SweepRow } from './point.ts';

const names = { manifest: 'manifest.json', points: 'points.jsonl', table: 'points.csv' } as const;
const changesShownMost = 8;

/** A sweep that was written: what it was asked, and its points in their order. What charts are drawn from. */
export interface WrittenSweep {
  readonly manifest: SweepManifest;
  readonly rows: readonly SweepRow[];
}

/**
 * Where a sweep's results go. While it runs, `points.jsonl` grows by a line a point, in the order in which they are done;
 * a run that is killed loses the points under way, no more. At the end the lines are put in the points' order.
 */
export class SweepFolder {
  readonly folder: string;
  #manifest: SweepManifest;
  /** By index. */
  #lines = new Map<number, string>();

  private constructor(folder: string, manifest: SweepManifest) {
    this.folder = folder;
    this.#manifest = manifest;
  }

  /**
   * Begins a sweep in a folder, or goes on with the one that is there.
   * @param fresh leaves nothing of what was there
   * @throws InputError when there is another sweep
   */
  static open(folder: string, manifest: SweepManifest, fresh: boolean): SweepFolder {
    const sweep = new SweepFolder(folder, manifest);
    mkdirSync(folder, { recursive: true });
    if (fresh) for (const name of Object.values(names)) rmSync(join(folder, name), { force: true });
    if (existsSync(sweep.#file('manifest')) || existsSync(sweep.#file('points'))) {
      sweep.#refuseAnother();
      sweep.#readLines();
    } else sweep.#replace('manifest', `${JSON.stringify(manifest, null, 2)}\n`);
    return sweep;
  }

  get done(): number {
    return this.#lines.size;
  }
  has(index: number): boolean {
    return this.#lines.has(index);
  }

  /** Stores a row's line. @returns false when the point was there already */
  add(index: number, line: string): boolean {
    if (this.#lines.has(index)) return false;
    this.#lines.set(index, line);
    appendFileSync(this.#file('points'), `${line}\n`);
    return true;
  }
  lineOf(index: number): string | undefined {
    return this.#lines.get(index);
  }

  /** Puts the points in order and writes the table. */
  finish(): readonly SweepRow[] {
    const lines = [...this.#lines].sort(([one], [two]) => one - two).map(([, line]) => line);
    const rows = lines.map(rowOf);
    this.#replace('points', lines.map((line) => `${line}\n`).join(''));
    this.#replace('table', csvOf(rows));
    return rows;
  }

  #readLines(): void {
    if (!existsSync(this.#file('points'))) return;
    const text = readFileSync(this.#file('points'), 'utf8');
    // After the last line feed stands what a killed run did not finish writing.
    for (const line of text.split('\n').slice(0, -1)) {
      const row = parseRow(line);
      if (row !== null && row.index < this.#manifest.points) this.#lines.set(row.index, line);
    }
    this.#replace('points', [...this.#lines.values()].map((line) => `${line}\n`).join(''));
  }

  #refuseAnother(): void {
    const { code: wantedCode, ...wanted } = this.#manifest;
    const found = existsSync(this.#file('manifest'))
      ? (readJson(this.#file('manifest')) as Partial<SweepManifest>)
      : ({} as Partial<SweepManifest>);
    const { code: foundCode, ...rest } = found;
    const changes = changesBetween(rest, wanted);
    if (foundCode?.sha256 !== wantedCode.sha256) {
      changes.unshift({
        path: 'code of core and sim',
        before: `commit ${foundCode?.commit || 'unknown'}`,
        after: `commit ${wantedCode.commit || 'unknown'}${foundCode?.commit === wantedCode.commit ? ', changed' : ''}`,
      });
    }
    if (changes.length === 0) return;
    throw new InputError(
      this.folder,
      changes.slice(0, changesShownMost).map(({ path, before, after }) => ({
        path,
        given: shown(after),
        accepted: `${shown(before)}, as in the sweep that is there; or --fresh to begin anew, or another --out`,
        message: 'differs from the sweep in this folder',
      })),
    );
  }

  #file(name: keyof typeof names): string {
    return join(this.folder, names[name]);
  }

  /** All or nothing, whenever the process ends. */
  #replace(name: keyof typeof names, text: string): void {
    const partial = `${this.#file(name)}.partial`;
    writeFileSync(partial, text);
    renameSync(partial, this.#file(name));
  }
}

/** Reads a sweep that was written, finished or not. @throws InputError */
export function readSweep(folder: string): WrittenSweep {
  const manifest = readJson(join(folder, names.manifest)) as SweepManifest;
  const file = join(folder, names.points);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const rows = lines.map(parseRow).filter((row) => row !== null);
  return { manifest, rows: rows.sort((one, two) => one.index - two.index) };
}

export const isSweepFolder = (folder: string): boolean => existsSync(join(folder, names.manifest));

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new InputError(file, [
      { path: '(whole file)', given: file, accepted: "a sweep's manifest", message: (error as Error).message },
    ]);
  }
}

function rowOf(line: string): SweepRow {
  const row = parseRow(line);
  if (row === null) throw new Error(`not a row: ${line.slice(0, 80)}`);
  return row;
}

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
