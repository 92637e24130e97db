import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const main = new URL('../main.ts', import.meta.url).pathname;
const target = new URL('../../scenarios/e2-standard-2-12k.yaml', import.meta.url).pathname;
const quick = ['--set', 'workload.durationSeconds=3', '--set', 'workload.warmUpSeconds=1'];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fanout-cli-sweep-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function fanout(...args: string[]): Promise<Outcome> {
  try {
    return {
      code: 0,
      ...(await promisify(execFile)(process.execPath, [main, ...args], { cwd: folder, maxBuffer: 1e8 })),
    };
  } catch (error) {
    return error as unknown as Outcome;
  }
}

const filesOf = (name: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(join(folder, name)).map((file) => [file, readFileSync(join(folder, name, file), 'utf8')]),
  );

describe('sweep', () => {
  // Long enough that a second passes from the first point to the last.
  const longer = ['--set', 'workload.durationSeconds=15'];
  const asked = ['sweep', target, ...longer, '--vary', 'workload.connections=100..1200:100'];

  it('killed in the middle goes on with the same command, and ends as one that was not', async () => {
    const child = spawn(process.execPath, [main, ...asked, '--jobs', '1', '--out', 'killed'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.includes(' of 12 points,')) child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.once('exit', resolve));
    expect(existsSync(join(folder, 'killed', 'points.csv'))).toBe(false);
    const { stderr, stdout } = await fanout(...asked, '--out', 'killed', '--json');
    expect(stderr).toMatch(/going on: \d+ of 12 points are there/);
    expect(JSON.parse(stdout).rows).toHaveLength(12);
    await fanout(...asked, '--out', 'whole', '--jobs', '3');
    expect(filesOf('killed')).toEqual(filesOf('whole'));
    const another = await fanout(...asked, '--set', 'seed=2', '--out', 'killed');
    expect([
      another.code,
      another.stderr.includes('scenario.seed: differs'),
      another.stderr.includes('--fresh'),
    ]).toEqual([2, true, true]);
  }, 30_000);

  it('refuses bad options, thresholds and points before anything runs', async () => {
    const refusals: [string[], string][] = [
      [['--sampling', 'uniform'], 'has no effect on a grid'],
      [['--vary', 'workload.connections=1,2'], 'varies workload.connections twice'],
      [['--threshold', 'latencyMs.p98<2'], 'did you mean latencyMs.p90?'],
      [['--vary', 'workload.ratePerSecond=0,10'], 'workload.ratePerSecond: is too small'],
    ];
    await Promise.all(
      refusals.map(async ([more, message]) => {
        const { code, stdout, stderr } = await fanout(...asked, ...more, '--out', 'refused');
        expect([code, stdout, stderr.includes(message), stderr.includes('    at ')]).toEqual([2, '', true, false]);
      }),
    );
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });
});

describe('results', () => {
  it('are saved by predict and sweep, listed, shown, and compared with an exit code for a CI', async () => {
    const met = ['--threshold', 'drops==0', '--threshold', 'resources.cpu.utilisation<90%'];
    const before = await fanout(
      'predict',
      target,
      ...quick,
      '--set',
      'workload.connections=100',
      '--save',
      'before',
      ...met,
    );
    expect([before.code, before.stdout.match(/^passed {2}/gm)?.length]).toEqual([0, 2]);
    const after = await fanout(
      'predict',
      target,
      ...quick,
      '--set',
      'workload.connections=110',
      '--save',
      'after',
      '--json',
      '--threshold',
      'connections.open<110',
    );
    expect([
      after.code,
      after.stderr.includes('FAILED  connections.open<110'),
      after.stderr.includes('found 110'),
    ]).toEqual([1, true, true]);
    expect(JSON.parse(after.stdout).summary.connections.open).toBe(110);
    await fanout('sweep', target, ...quick, '--vary', 'workload.connections=10,20', '--save', 'grid');

    const { stdout: list } = await fanout('results', 'list');
    expect(list).toMatch(/^before +predicted +20\d\d-/m);
    expect(list).toMatch(/^grid +sweep .* 2 of 2 points, cohort$/m);
    expect(list).toMatch(/measured x 3/);
    expect((await fanout('results', 'show', 'before')).stdout).toContain('first limit   ');
    const over = await fanout('results', 'diff', 'before', 'after', '--fail-over', '5%');
    expect([over.code, over.stdout.includes('scenario.workload.connections: 100 -> 110')]).toEqual([1, true]);
    expect(over.stdout).toMatch(/sentPerSecond +2,500 +2,750 +\+10\.00 % {2}BEYOND/);
    expect(
      (await fanout('results', 'diff', 'before', 'after', '--fail-over', '15', '--only', 'sentPerSecond')).code,
    ).toBe(0);
  }, 30_000);

  it('refuses an action and a name that are not there', async () => {
    const refusals: [string[], string][] = [
      [['lst'], 'list, show, diff'],
      [['diff', 'a', 'b', '--fail-over', 'x'], 'is not a percentage'],
      [['show', 'nothing'], 'there is no such result'],
    ];
    await Promise.all(
      refusals.map(async ([args, message]) => {
        const { code, stderr } = await fanout('results', ...args);
        expect([code, stderr.includes(message)]).toEqual([2, true]);
      }),
    );
  });
});
