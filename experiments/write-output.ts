import { closeSync, existsSync, mkdirSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { InputError } from './input-error.ts';

/** Writes a file, making its folder. */
export function writeOutput(file: string, text: string): void {
  makeFolder(dirname(file));
  writeFileSync(file, text);
}

/** Enough that a full disk shows; a file system keeps less than this at hand. */
const probe = Buffer.alloc(65_536, ' ');

/**
 * Tries whether a file can be written, before the work whose result it is to hold: its folder is made, and a file beside it
 * written and removed.
 *
 * @param option such as `--out`, for the error
 * @throws InputError saying why it cannot
 */
export function tryOutput(command: string, option: string, file: string): void {
  const refuse = (message: string): never => {
    throw new InputError(command, [
      { path: option, given: file, accepted: 'a file that can be written, such as out/report.json', message },
    ]);
  };
  try {
    makeFolder(dirname(file));
    const isThere = existsSync(file);
    if (isThere && statSync(file).isDirectory()) refuse('is a directory');
    if (isThere && !statSync(file).isFile()) return void writeAll(file, Buffer.from('\n'));
    if (isThere) closeSync(openSync(file, 'r+'));
    const beside = join(dirname(file), `.${basename(file)}.${process.pid}.tmp`);
    try {
      writeAll(beside, probe);
    } finally {
      rmSync(beside, { force: true });
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    refuse(`cannot be written: ${(error as Error).message}`);
  }
}

/** Tries whether files can be written into a folder. @throws InputError */
export function tryOutputFolder(command: string, option: string, folder: string): void {
  tryOutput(command, option, join(folder, '.probe'));
}

function writeAll(file: string, bytes: Buffer): void {
  const descriptor = openSync(file, 'w');
  try {
    writeSync(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
}

/** One folder after the other: Node's recursive way never ends in some places, such as /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have made it in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
