import { mkdirSync, writeFileSync } from 'node:fs';
import { auditData } from './audit.ts';
import { beforeData } from './before-and-after.ts';
import { capacityData } from './capacity.ts';
import { coalescingData } from './coalescing.ts';
import { loadPeers, loadProfiles, loadRuns, loadScenario } from './recorded.ts';
import { runsData } from './runs.ts';
import { storyData } from './story.ts';
import { breaksData } from './when-it-breaks.ts';

const folder = new URL('../../out/notebook-data/', import.meta.url);

/** Writes what the pages show into `out/notebook-data`, from what is on record and by simulation. */
export async function writeData(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const profiles = loadProfiles();
  const recorded = loadRuns(profiles);
  const target = loadScenario('e2-standard-2-12k-node');
  const documented = loadScenario('e2-standard-2-12k');
  // On the second core, while this one simulates.
  const auditing = auditData();
  const runs = runsData(profiles, recorded);
  const capacity = capacityData([target, documented], profiles);
  const before = beforeData(loadScenario('e2-standard-2-7k-before'), documented, profiles, recorded);
  const breaks = breaksData(target, profiles, recorded);
  const coalescing = coalescingData(loadScenario('live-12k'), profiles, recorded, loadPeers());
  const audit = await auditing;
  write('start', { profiles, scenario: target });
  write('runs', runs);
  write('capacity', capacity);
  write('audit', audit);
  write('before-and-after', before);
  write('when-it-breaks', breaks);
  write('coalescing', coalescing);
  write('story', storyData({ target, profiles, runs, capacity, audit, before, breaks, coalescing }));
}

function write(name: string, data: object): void {
  writeFileSync(new URL(`${name}.json`, folder), JSON.stringify(data));
}

if (import.meta.main) await writeData();
