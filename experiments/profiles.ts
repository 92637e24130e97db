import { readdirSync, readFileSync } from 'node:fs';
import { goDocumented, goMeasured, type Profile, profileSchema } from '#core';

const folder = new URL('./profiles/', import.meta.url);

/** All runtime profiles that ship: core's own and the measured ones. */
export function loadProfiles(): Profile[] {
  const measured = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => profileSchema.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))));
  return [goDocumented, goMeasured, ...measured];
}
