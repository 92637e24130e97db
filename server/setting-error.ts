import { readFileSync } from 'node:fs';

/** A setting that cannot work, found out before anything starts: the text names it, and the exit code is 2. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

/** @throws SettingError naming the setting when its file cannot be read */
export function readSettingFile(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SettingError(`${variable}=${file}: cannot be read (${messageOf(error)})`);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
