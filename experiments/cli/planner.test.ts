import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const main = new URL('./main.ts', import.meta.url).pathname;
const scenario = (name: string): string => new URL(`../scenarios/${name}.yaml`, import.meta.url).pathname;

const set = (...overrides: readonly string[]): string[] => overrides.flatMap((override) => ['--set', override]);

async function fanout(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, ...args], { maxBuffer: 1e8 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as unknown as { code: number; stdout: string; stderr: string };
  }
}

describe('a planner who has never seen the project', { timeout: 60_000 }, () => {
  it('comes from --help to the machine for 30,000 clients at 10 messages/s under $100 in three commands', async () => {
    const overview = await fanout('--help');
    expect(overview.stdout).toMatch(/advise +the cheapest machine/);
    const help = await fanout('advise', '--help');
    const example = 'advise --connections 30000 --rate 10 --p99 200ms --budget 100';
    // The help wraps its lines.
    expect(help.stdout.replaceAll(/\s*\\\n\s*/g, ' ')).toContain(example);
    const answer = await fanout(...example.split(' '));
    expect(answer.code).toBe(0);
    const [, usd] = /(?:take|likely:) .*: \$([\d.]+) a month/.exec(answer.stdout) ?? [];
    expect(Number(usd)).toBeLessThanOrEqual(100);
    expect(answer.stdout).toContain('does not hold, nearest first');
    expect(answer.stdout).toContain('internet egress of this load all month');
  });

  it('is told what is missing or wrong', async () => {
    expect(await fanout('advise', '--connections', '10')).toMatchObject({ code: 2, stdout: '' });
    const { code, stderr } = await fanout('capacity', scenario('e2-standard-2-12k'), '--find', 'clients');
    expect([code, stderr.includes('accepted: connections, rate')]).toEqual([2, true]);
    const saved = await fanout('predict', scenario('fleet-1m'), '--save', 'x');
    expect([saved.code, saved.stderr.includes('has no effect for a fleet')]).toEqual([2, true]);
    const figure = await fanout('tornado', scenario('e2-standard-2-12k'), '--figure', 'latency.p99');
    expect([figure.code, figure.stderr.includes('did you mean latencyMs.p99?')]).toEqual([2, true]);
  });
});

describe('predict', () => {
  it('answers a scenario with ranges by percentiles, as JSON alone on stdout', async () => {
    const { code, stdout } = await fanout(
      'predict',
      scenario('e2-standard-2-12k'),
      ...set('workload.connections=200..400', 'workload.durationSeconds=4', 'workload.warmUpSeconds=1'),
      '--points=4',
      '--json',
    );
    expect(code).toBe(0);
    const { p10, p90 } = JSON.parse(stdout).figures.sentPerSecond;
    expect(p10).toBeLessThan(p90);
  });

  it('answers a fleet by its account', async () => {
    const { code, stdout } = await fanout(
      'predict',
      scenario('fleet-1m'),
      ...set('workload.connections=1000', 'fleet.servers=4', 'workload.durationSeconds=10', 'fleet.lost.atSeconds=5'),
    );
    expect(code).toBe(0);
    expect(stdout).toContain('account       balanced: 250,000 deliveries owed');
  });
});
