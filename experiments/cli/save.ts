import type { RunReport } from '#core';
import { savedFolder, type SavedComparison, saveResult } from '../results/saved-results.ts';
import { type Arguments, tell } from './command.ts';

/** The name of `--save`, checked before anything runs; null without. @throws InputError */
export function saveNameOf({ values }: Arguments): string | null {
  if (values['save'] === undefined) return null;
  savedFolder(String(values['save']));
  return String(values['save']);
}

export function save(name: string | null, result: RunReport | SavedComparison): void {
  if (name !== null) tell(`saved as ${saveResult(name, result)}`);
}
