import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolveScenario, type ResolvedScenario, type RunReport, runReportSchema, scenarioSchema } from '#core';
import { loadProfiles } from '../profiles.ts';

/** One load, measured live once or several times. */
export interface RecordedRun {
  readonly folder: string;
  readonly scenario: ResolvedScenario;
  readonly reports: readonly RunReport[];
}

const runsFolder = new URL('../runs/', import.meta.url);

/** All recorded runs of the project, in the order of their folders' names. @throws Error naming the file that is wrong */
export function loadRecordedRuns(): RecordedRun[] {
  return readdirSync(runsFolder)
    .sort()
    .map((folder) => {
      const reports = [];
      for (let count = 1; existsSync(fileOf(folder, count)); count += 1) {
        reports.push(runReportSchema.parse(JSON.parse(readFileSync(fileOf(folder, count), 'utf8'))));
      }
      const [first] = reports;
      if (first === undefined) throw new Error(`experiments/runs/${folder}: has no run-report.json`);
      const resolution = resolveScenario(scenarioSchema.parse(first.scenario), loadProfiles());
      if (!resolution.ok) throw new Error(`experiments/runs/${folder}: ${JSON.stringify(resolution.issues)}`);
      return { folder, scenario: resolution.resolved, reports };
    });
}

/** Adds a live run to the project's, beside earlier ones of the same scenario and day. @returns its path */
export function recordRun(report: RunReport): string {
  const { name } = scenarioSchema.parse(report.scenario);
  const { date, commit } = report.provenance;
  const day = `${date.slice(0, 10)}-${name}-measured-`;
  const folder = readdirSync(runsFolder).find((known) => known.startsWith(day)) ?? `${day}${commit}`;
  mkdirSync(new URL(`${folder}/`, runsFolder), { recursive: true });
  let count = 1;
  while (existsSync(fileOf(folder, count))) count += 1;
  writeFileSync(fileOf(folder, count), `${JSON.stringify(report, null, 2)}\n`);
  return `experiments/runs/${folder}/${reportName(count)}`;
}

/** The first run is `run-report.json`, those after it have a number. */
export const reportName = (count: number): string => (count === 1 ? 'run-report.json' : `run-report-${count}.json`);

const fileOf = (folder: string, count: number): URL => new URL(`${folder}/${reportName(count)}`, runsFolder);
