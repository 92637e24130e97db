import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadProfiles } from '../profiles.ts';
import { csvOf, sweepColumns } from './columns.ts';
import { parseAxis } from './design.ts';
import { planSweep, type SweepPlan } from './plan.ts';
import { parseRow, pointJobSchema, runPoint, type SweepRow } from './point.ts';
import { onThreads, runSweep } from './run-sweep.ts';
import { readSweep, SweepFolder } from './sweep-folder.ts';
import { sweepTable } from './sweep-table.ts';

const target = new URL('../scenarios/e2-standard-2-12k.yaml', import.meta.url).pathname;
const quick = ['workload.durationSeconds=3', 'workload.warmUpSeconds=1'];
const code = { commit: 'abc1234', sha256: 'a'.repeat(64) };

const plan = (vary: readonly string[], overrides: readonly string[] = quick, version = code): SweepPlan =>
  planSweep({
    file: target,
    overrides,
    design: { kind: 'grid', axes: vary.map(parseAxis) },
    exact: false,
    profiles: loadProfiles(),
    code: version,
  });
const asked = plan(['workload.connections=100,200', 'workload.ratePerSecond=5..15:5']);

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fanout-sweep-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const quiet = { write: (): void => {} };
const run = async (name: string, threads: number, fresh = false, of = asked) =>
  runSweep(of, SweepFolder.open(join(root, name), of.manifest, fresh), {
    run: onThreads(threads),
    progress: quiet,
    signal: new AbortController().signal,
  });
const filesOf = (name: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(join(root, name))
      .sort()
      .map((file) => [file, readFileSync(join(root, name, file), 'utf8')]),
  );

describe('a sweep', () => {
  it('writes the same bytes with one thread and with three, in the order of the points', async () => {
    await Promise.all([run('one', 1), run('three', 3)]);
    const files = filesOf('one');
    expect(filesOf('three')).toEqual(files);
    expect(Object.keys(files)).toEqual(['manifest.json', 'points.csv', 'points.jsonl']);
    expect(
      files['points.csv']
        .trim()
        .split('\n')
        .map((line) => line.split(',').slice(0, 3).join(' ')),
    ).toEqual([
      'index workload.connections workload.ratePerSecond',
      '0 100 5',
      '1 100 10',
      '2 100 15',
      '3 200 5',
      '4 200 10',
      '5 200 15',
    ]);
  });

  it('goes on after a kill wherever the last line was torn, and ends with the same bytes', async () => {
    await run('killed', 2);
    const whole = filesOf('killed');
    const lines = whole['points.jsonl'].trim().split('\n');
    for (const torn of ['', '\n', lines[4].slice(0, 1), lines[4].slice(0, 700), lines[4]]) {
      // As a killed run leaves it: out of order, and the last line unfinished.
      writeFileSync(join(root, 'killed', 'points.jsonl'), `${lines[3]}\n${lines[0]}\n${torn}`);
      rmSync(join(root, 'killed', 'points.csv'));
      const folder = SweepFolder.open(join(root, 'killed'), asked.manifest, false);
      expect(folder.done).toBe(2);
      for (const index of [5, 4, 2, 1]) folder.add(index, lines[index]);
      folder.finish();
      expect(filesOf('killed')).toEqual(whole);
    }
  });

  it('simulates only what is missing', async () => {
    await run('a', 2);
    const file = join(root, 'a', 'points.jsonl');
    const [first] = readFileSync(file, 'utf8').split('\n');
    truncateSync(file, 0);
    const marked = first.replace('"windowSeconds":', '"windowSeconds": ');
    appendFileSync(file, `${marked}\n`);
    const { rows } = await run('a', 2);
    expect(rows).toHaveLength(6);
    expect(readFileSync(file, 'utf8').startsWith(`${marked}\n`)).toBe(true);
  });

  it.each([
    [
      'another scenario',
      plan(['workload.connections=100,200', 'workload.ratePerSecond=5..15:5'], [...quick, 'seed=2']),
      'scenario.seed',
    ],
    [
      'another design',
      plan(['workload.connections=100,300', 'workload.ratePerSecond=5..15:5']),
      'design.axes.0.values.1',
    ],
    [
      'other code',
      plan(['workload.connections=100,200', 'workload.ratePerSecond=5..15:5'], quick, { ...code, sha256: 'b' }),
      'code of core and sim',
    ],
  ])('refuses to go on with %s, says what differs, and begins anew with fresh', (_name, other, path) => {
    SweepFolder.open(root, asked.manifest, false);
    expect(() => SweepFolder.open(root, other.manifest, false)).toThrow(path);
    expect(() => SweepFolder.open(root, other.manifest, false)).toThrow('--fresh');
    expect(SweepFolder.open(root, other.manifest, true).done).toBe(0);
  });

  it('goes on under another commit of the same code', () => {
    SweepFolder.open(root, asked.manifest, false);
    const other = { ...asked.manifest, code: { ...code, commit: 'def5678' } };
    expect(SweepFolder.open(root, other, false).done).toBe(0);
  });

  it('reports a point that fails and keeps the others', async () => {
    const { jobs, manifest } = asked;
    const broken = {
      manifest,
      warnings: [],
      jobs: jobs.map((job) => (job.index === 1 ? { ...job, profile: { ...job.profile, name: 'gone' } } : job)),
    };
    const { rows, failures } = await run('b', 2, false, broken);
    expect(rows.map(({ index }) => index)).toEqual([0, 2, 3, 4, 5]);
    expect(failures).toMatchObject([{ index: 1, message: expect.stringContaining('there is no profile called') }]);
  });

  it('survives the way through JSON to another machine: the same line to the byte', () => {
    const [job] = asked.jobs;
    expect(runPoint(pointJobSchema.parse(JSON.parse(JSON.stringify(job))))).toBe(runPoint(job));
  });

  it('is read back for charts, and shown as which limit comes first where', async () => {
    await run('c', 2);
    const sweep = readSweep(join(root, 'c'));
    expect(sweep.rows.map(({ fields }) => fields['workload.ratePerSecond'])).toEqual([5, 10, 15, 5, 10, 15]);
    const table = sweepTable(sweep);
    expect(table).toContain('6 of 6 points of e2-standard-2-12k: cohort runs of 3 s');
    expect(table).toMatch(/200, 15 +yes +[\d.]+ +0 +0 {2}\w+ [\d.]+ %/);
    expect(csvOf(sweep.rows).split('\n')[0].split(',')).toHaveLength(3 + sweepColumns.length);
  });
});

describe('the table of a large grid', () => {
  it('maps the first limit over two fields, a capital where it is beyond, and sums up each field', async () => {
    const { manifest, jobs } = plan(['workload.connections=1..20:1', 'workload.ratePerSecond=1,2']);
    const { summary } = parseRow(runPoint(jobs[0])) as SweepRow;
    const rows = jobs.map(({ index, fields }) => {
      const beyond = Number(fields['workload.connections']) > 10 ? 2 : 0.1;
      const resources = summary.resources.map((use) => ({
        ...use,
        demand: use.resource === 'memory' ? beyond * use.limit : 0,
      }));
      return { index, fields, summary: { ...summary, resources, verdict: null } };
    });
    const lines = sweepTable({ manifest, rows }).split('\n');
    expect(lines).toContain('first limit: memory 40 (20 beyond it)');
    expect(lines).toContain(`${'10'.padStart(12)}  mm`);
    expect(lines).toContain(`${'11'.padStart(12)}  MM`);
    // 20 values are shown in five ranges, 2 as they are.
    expect(lines.filter((line) => / to .*% .*first|^\d+ to \d+ +\d+ %/.test(line))).toHaveLength(5);
    expect(lines.filter((line) => /^[12] +50 %/.test(line))).toHaveLength(2);
  });
});

describe('a plan', () => {
  it('varies settings, machine and its parts, profile, shards and seed', () => {
    const { jobs, manifest } = plan([
      'settings.WS_SEND_BUFFER_SLOTS=64,512',
      'machine=e2-standard-2,e2-standard-4',
      'profile=go-documented,node-measured',
      'shards=1,2',
      'seed=1..2:1',
    ]);
    expect(jobs).toHaveLength(32);
    expect(jobs[31].scenario).toMatchObject({
      machine: 'e2-standard-4',
      profile: 'node-measured',
      shards: 2,
      seed: 2,
      settings: { WS_SEND_BUFFER_SLOTS: 512, WS_FLUSH_INTERVAL: '0s' },
    });
    expect(manifest.profiles.map(({ name }) => name)).toEqual(['go-documented', 'node-measured']);
    const parts = plan(['machine.networkBitsPerSecond=1e9,4e9']).jobs.map(({ scenario }) => scenario.machine);
    expect(parts).toMatchObject([
      { extends: 'e2-standard-2', networkBitsPerSecond: 1e9 },
      { networkBitsPerSecond: 4e9 },
    ]);
  });

  it.each([
    ['workload.conections=1,2', 'did you mean connections? (in 2 of 2 points)'],
    ['workload.connections=0,10', 'workload.connections: is too small (in 1 of 2 points)'],
    ['workload.subscriptionsPerClient=1..3:1', 'given:    2'],
    ['settings.WS_CPU_REJECT_THRESHOLD=50,90', 'at most WS_CPU_PAUSE_THRESHOLD'],
    ['machine.vcpu=2,4', 'did you mean vcpus?'],
    ['profile=node-measurd', 'did you mean node-measured?'],
  ])('refuses %s before anything runs', (vary, message) => {
    expect(() => plan([vary])).toThrow(message);
  });
});
