import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readScenarioFields } from './scenario-file.ts';

const folder = new URL('./scenarios/', import.meta.url);

export interface ListedScenario {
  readonly file: string;
  readonly name: string;
  /** What it shows. */
  readonly description: string;
}

/** The scenarios that come with the project, by file name. */
export function listScenarios(): ListedScenario[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((entry) => {
      const file = fileURLToPath(new URL(entry, folder));
      const { name, description } = readScenarioFields(file);
      return { file, name: String(name ?? ''), description: String(description ?? '') };
    });
}
