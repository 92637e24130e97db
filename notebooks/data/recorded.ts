import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import {
  goDocumented,
  goMeasured,
  type Profile,
  profileSchema,
  resolveScenario,
  type ResolvedScenario,
  type RunReport,
  runReportSchema,
  type Scenario,
  scenarioSchema,
} from '#core';

/** What the project has on record, found by looking into its folders: a new file needs no change here. */
const root = new URL('../../', import.meta.url);
const folder = (path: string): URL => new URL(`experiments/${path}/`, root);
const jsonOf = (file: URL): unknown => JSON.parse(readFileSync(file, 'utf8'));

export function loadProfiles(): Profile[] {
  const measured = readdirSync(folder('profiles'))
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => profileSchema.parse(jsonOf(new URL(file, folder('profiles')))));
  return [goDocumented, goMeasured, ...measured];
}

/** One load, measured live once or several times. */
export interface RecordedRun {
  readonly folder: string;
  readonly scenario: ResolvedScenario;
  readonly reports: readonly RunReport[];
}

export function loadRuns(profiles: readonly Profile[]): RecordedRun[] {
  return readdirSync(folder('runs'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      // run-report.json comes before run-report-2.json: the first run names the scenario.
      const files = readdirSync(folder(`runs/${name}`)).filter((file) => file.endsWith('.json'));
      const reports = files
        .sort((left, right) => left.length - right.length || (left < right ? -1 : 1))
        .map((file) => runReportSchema.parse(jsonOf(new URL(file, folder(`runs/${name}`)))));
      if (reports.length === 0) throw new Error(`experiments/runs/${name}: holds no report`);
      return { folder: name, scenario: resolved(scenarioSchema.parse(reports[0].scenario), profiles), reports };
    });
}

/** A scenario of `experiments/scenarios/` by its file's name. */
export const loadScenario = (name: string): Scenario =>
  scenarioSchema.parse(parse(readFileSync(new URL(`${name}.yaml`, folder('scenarios')), 'utf8')));

/** @throws Error with all that is wrong */
export function resolved(scenario: Scenario, profiles: readonly Profile[]): ResolvedScenario {
  const resolution = resolveScenario(scenario, profiles);
  if (!resolution.ok) {
    throw new Error(
      `${scenario.name}: ${resolution.issues.map(({ path, message }) => `${path} ${message}`).join('; ')}`,
    );
  }
  return resolution.resolved;
}

/** One server at one load, as `experiments/bench/peers` measured it. */
export interface PeerResult {
  /** Connections x messages/s. */
  readonly point: string;
  readonly server: string;
  readonly microsecondsPerMessage: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly serverCores: number;
  readonly receivedShare: number;
}

export interface PeerResults {
  readonly date: string;
  readonly machine: string;
  readonly method: string;
  readonly rows: readonly PeerResult[];
}

/** null where the peers have not been measured. */
export function loadPeers(): PeerResults | null {
  const file = new URL('results.json', folder('bench/peers'));
  return existsSync(file) ? (jsonOf(file) as PeerResults) : null;
}
