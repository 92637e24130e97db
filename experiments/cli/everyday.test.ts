import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { overview } from './commands.ts';

const main = new URL('./main.ts', import.meta.url).pathname;
const run = promisify(execFile);
const fanout = (...args: string[]) => run(process.execPath, [main, ...args], { maxBuffer: 1e8 });
const folder = mkdtempSync(join(tmpdir(), 'fanout-everyday-'));

describe('init', () => {
  it('writes a scenario that predict takes as it is, and leaves a file that is there alone', async () => {
    const file = join(folder, 'new.yaml');
    await fanout('init', file);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('ratePerSecond: 25');
    const { stdout } = await fanout('predict', file, '--json', '--set', 'workload.connections=10');
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1 });
    await expect(fanout('init', file)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is there already'),
    });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

describe('completion', () => {
  it('completes commands and the options of each, in bash', async () => {
    const script = join(folder, 'completion.sh');
    writeFileSync(script, (await fanout('completion', 'bash')).stdout);
    const complete = async (...words: string[]): Promise<string[]> => {
      const typed = words.map((word) => `'${word}'`).join(' ');
      const code = `source '${script}'; COMP_WORDS=(fanout ${typed}); COMP_CWORD=${words.length}; _fanout; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return (await run('bash', ['--norc', '-c', code], { cwd: folder })).stdout.trim().split('\n');
    };
    expect(await complete('pre')).toEqual(['predict', 'preflight']);
    expect(await complete('predict', '--ch')).toEqual(['--charts']);
    expect(await complete('predict', 'comp')).toEqual(['completion.sh']);
  });

  it('names every command in every shell, and refuses an unknown one', async () => {
    for (const shell of ['zsh', 'fish']) {
      const { stdout } = await fanout('completion', shell);
      for (const name of ['predict', 'sweep', 'capacity', 'init', 'completion']) expect(stdout).toContain(name);
    }
    await expect(fanout('completion', 'csh')).rejects.toMatchObject({ code: 2 });
  });
});

describe('predict --against', () => {
  const file = 'experiments/scenarios/laptop-live.yaml';
  const short = ['workload.durationSeconds=4', 'workload.warmUpSeconds=1', 'workload.connections=20'];
  const set = (option: string, ...values: string[]): string[] => values.flatMap((value) => [option, value]);

  it('compares the change with the original, and says what it is', async () => {
    const args = [file, ...set('--set', ...short, 'workload.ratePerSecond=80/s'), '--against', file];
    const { stdout } = await fanout('predict', ...args, ...set('--against-set', ...short), '--json');
    const { changes, rows } = JSON.parse(stdout);
    expect(changes).toEqual([{ path: 'workload.ratePerSecond', before: 50, after: 80 }]);
    const sent = rows.find(({ path }: { path: string }) => path === 'sentPerSecond');
    expect(sent.scenario / sent.against).toBeCloseTo(1.6, 1);
  });

  it('refuses --against-set where there is no other scenario', async () => {
    const wrong = fanout('predict', file, '--against-set', 'workload.connections=5');
    await expect(wrong).rejects.toMatchObject({ code: 2 });
  });
});

describe('the overview', () => {
  it('has every command in a group, in the order of a first session', () => {
    const place = (name: string) => overview.search(new RegExp(`^ {2}${name} `, 'm'));
    const names = ['init', 'predict', 'capacity', 'sweep', 'live', 'compare', 'serve', 'completion'];
    const places = names.map(place);
    expect(places.every((at) => at > 0)).toBe(true);
    expect([...places].sort((left, right) => left - right)).toEqual(places);
  });
});
