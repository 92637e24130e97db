import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import {
  compareReports,
  goDocumented,
  type Profile,
  profileSchema,
  resolveScenario,
  runReportSchema,
  scenarioSchema,
} from '#core';
import { simulate } from '#sim';

/**
 * Builds the notebooks into `out/notebooks`: first their data, from every recorded run and every profile that is there,
 * then the pages. A new run appears without a change here.
 */
const root = new URL('../', import.meta.url);
const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, root), 'utf8'));

const profiles: Profile[] = [
  goDocumented,
  ...readdirSync(new URL('experiments/profiles/', root))
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => profileSchema.parse(read(`experiments/profiles/${file}`))),
];

const runs = readdirSync(new URL('experiments/runs/', root))
  .sort()
  .map((folder) => {
    const [measured, ...others] = readdirSync(new URL(`experiments/runs/${folder}/`, root))
      .sort()
      .map((file) => runReportSchema.parse(read(`experiments/runs/${folder}/${file}`)));
    const scenario = scenarioSchema.parse(measured.scenario);
    const resolution = resolveScenario(scenario, profiles);
    if (!resolution.ok) throw new Error(`${folder}: ${JSON.stringify(resolution.issues)}`);
    const predicted = simulate(resolution.resolved, { scale: 'auto' });
    const comparison = compareReports(predicted, measured, ...others);
    return { folder, scenario, measured, predicted, comparison };
  });

mkdirSync(new URL('out/notebook-data/', root), { recursive: true });
writeFileSync(new URL('out/notebook-data/runs.json', root), JSON.stringify({ profiles, runs }));

const pages = readdirSync(new URL('notebooks/', root)).filter(
  (file) => file.endsWith('.html') && file !== 'template.html',
);
execFileSync(
  new URL('node_modules/.bin/notebooks', root).pathname,
  [
    'build',
    '--root',
    'notebooks',
    '--template',
    'notebooks/template.html',
    '--out',
    '../out/notebooks',
    '--empty',
    '--',
    ...pages.map((page) => `notebooks/${page}`),
  ],
  { cwd: root.pathname, stdio: 'inherit' },
);
