import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { commands, helpOf } from './commands.ts';

const main = new URL('./main.ts', import.meta.url).pathname;
const target = new URL('../scenarios/e2-standard-2-12k.yaml', import.meta.url).pathname;
const quick = ['--set', 'workload.connections=100', '--set', 'workload.durationSeconds=6'];

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function fanout(args: readonly string[], environment: Record<string, string> = {}): Promise<Outcome> {
  const env = { ...process.env, ...environment };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, ...args], { env, maxBuffer: 1e8 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as unknown as Outcome;
  }
}

/** Bad input: exit 2, nothing on stdout, no stack trace, and all that the reader needs. */
async function expectRefusal(args: readonly string[], ...parts: string[]): Promise<void> {
  const { code, stdout, stderr } = await fanout(args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).not.toContain('    at ');
  for (const part of parts) expect(stderr).toContain(part);
}

describe('bad input', () => {
  it('names an unknown field, what is known, and the nearest', () =>
    expectRefusal(
      ['predict', target, '--set', 'workload.conections=5'],
      'workload.conections',
      'did you mean connections?',
      'ratePerSecond',
    ));

  it('names a negative rate', () =>
    expectRefusal(
      ['predict', target, '--set', 'workload.ratePerSecond=-1'],
      'workload.ratePerSecond',
      'given:    -1',
      'accepted: more than 0',
    ));

  it('names a subscription to more channels than exist', () =>
    expectRefusal(
      ['predict', target, '--set', 'workload.subscriptionsPerClient=6'],
      'workload.subscriptionsPerClient',
      'given:    6',
      'accepted: 1 to 1',
    ));

  it('names a reject threshold above the pause threshold', () =>
    expectRefusal(
      ['predict', target, '--set', 'settings.WS_CPU_REJECT_THRESHOLD=90'],
      'settings.WS_CPU_REJECT_THRESHOLD',
      'given:    90',
      'at most WS_CPU_PAUSE_THRESHOLD, which is 80',
    ));

  it('names a machine that does not exist', () =>
    expectRefusal(
      ['predict', target, '--set', 'machine=e2-standard-3'],
      'machine',
      'did you mean e2-standard-2?',
      'loopback-2',
    ));

  it('names a wrong type', () =>
    expectRefusal(
      ['predict', target, '--set', 'workload.connections=many'],
      'workload.connections',
      '"many"',
      'accepted: number',
    ));

  it('names a number of replications and a confidence that cannot be used', async () => {
    await expectRefusal(
      ['predict', target, '--replications', '0'],
      '--replications',
      'accepted: a whole number, 1 to 1,000',
    );
    await expectRefusal(['predict', target, '--confidence', '50'], '--confidence', 'accepted: 90, 95, 99');
    await expectRefusal(['predict', target, ...quick, '--replications', '1'], 'workload.durationSeconds', 'too short');
  });

  it('names a missing file, a missing argument, an unknown command and an unknown option', async () => {
    await expectRefusal(['predict', 'nowhere.yaml'], 'nowhere.yaml', 'cannot be read');
    await expectRefusal(['predict'], 'takes SCENARIO');
    await expectRefusal(['perdict'], 'did you mean predict?');
    await expectRefusal(['predict', target, '--jsn'], 'did you mean --json?');
    await expectRefusal(['predict', target, '--set', 'workload'], 'accepted: path=value');
  });

  it('names the line of YAML that cannot be read', () => {
    const file = join(tmpdir(), `fanout-broken-${process.pid}.yaml`);
    writeFileSync(file, 'name: x\nworkload: [1\n');
    return expectRefusal(['predict', file], 'line ');
  });

  it('ends serve with exit 2 for a bad setting and exit 1 for a port in use', async () => {
    const bad = await fanout(['serve'], { WS_MAX_CONNECTIONS: '-5' });
    expect([bad.code, bad.stderr.includes('WS_MAX_CONNECTIONS'), bad.stderr.includes('given: -5')]).toEqual([
      2,
      true,
      true,
    ]);
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(0, '127.0.0.1', resolve));
    const { port } = occupant.address() as { port: number };
    for (const shards of ['1', '2']) {
      const taken = await fanout(['serve'], { WS_ADDR: `127.0.0.1:${port}`, WS_SHARDS: shards });
      expect([taken.code, taken.stderr.includes('cannot listen there'), taken.stderr.includes('    at ')]).toEqual([
        1,
        true,
        false,
      ]);
    }
    occupant.close();
  });
});

describe('predict', () => {
  it('prints the same JSON twice, and nothing else on stdout', async () => {
    const [first, second] = await Promise.all([
      fanout(['predict', target, '--json', ...quick]),
      fanout(['predict', target, '--json', ...quick]),
    ]);
    expect(first.stdout).toBe(second.stdout);
    expect(JSON.parse(first.stdout)).toMatchObject({ schemaVersion: 1, provenance: { kind: 'predicted' } });
  });

  it('prints a card that names the first limit', async () => {
    const { code, stdout } = await fanout(['predict', target, ...quick]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/first limit {3}\w+ at [\d.]+ %/);
    expect(stdout).toContain('ledger        balanced');
  });
});

describe('predict with --replications', () => {
  it('writes an interval for each figure, against which compare holds a measurement', async () => {
    const asked = ['--replications', '4', '--confidence', '95'];
    const { stdout } = await fanout(['predict', target, '--json', ...quick, ...asked]);
    const report = JSON.parse(stdout);
    expect(report.uncertainty).toMatchObject({ method: 'replications', confidence: 0.95 });
    const predicted = join(tmpdir(), `fanout-uncertain-${process.pid}.json`);
    const measured = join(tmpdir(), `fanout-measured-${process.pid}.json`);
    writeFileSync(predicted, stdout);
    report.summary.sentPerSecond *= 3;
    writeFileSync(measured, JSON.stringify(report));
    const rows = JSON.parse((await fanout(['compare', predicted, measured, '--json'])).stdout);
    const of = (metric: string) => rows.find((row: { metric: string }) => row.metric === metric);
    expect(of('messages received').insideInterval).toBe(true);
    expect(of('messages sent').insideInterval).toBe(false);
    const table = (await fanout(['compare', predicted, measured])).stdout;
    expect(table).toMatch(/messages sent .*outside/);
  });
});

describe('compare', () => {
  it('exits 0 for a report against itself and 1 beyond the tolerance', async () => {
    const { stdout } = await fanout(['predict', target, '--json', ...quick]);
    const same = join(tmpdir(), `fanout-same-${process.pid}.json`);
    const other = join(tmpdir(), `fanout-other-${process.pid}.json`);
    writeFileSync(same, stdout);
    const changed = JSON.parse(stdout);
    changed.summary.sentPerSecond *= 1.2;
    writeFileSync(other, JSON.stringify(changed));
    expect((await fanout(['compare', same, same])).code).toBe(0);
    const beyond = await fanout(['compare', same, other]);
    expect([beyond.code, beyond.stdout.includes('beyond 15 %')]).toEqual([1, true]);
    await expectRefusal(['compare', same, target], 'cannot be read');
  });
});

describe('help and card', () => {
  it('has an example for every command', async () => {
    for (const command of commands) {
      const last = helpOf(command).replaceAll(' \\\n', '').trimEnd().split('\n').pop();
      expect(last).toContain(`npm run -s fanout -- ${command.name}`);
      expect(command.usage).toContain(command.name);
    }
    const { code, stdout } = await fanout(['predict', '--help']);
    expect([code, stdout]).toEqual([0, helpOf(commands.find(({ name }) => name === 'predict') ?? commands[0])]);
  });

  it('prints the card from the configuration, and the difference between two (R109, R119)', async () => {
    expect((await fanout(['card', '--set', 'WS_MAX_CONNECTIONS=14000'])).stdout).toContain(
      '14,000 (+100 % against the baseline)',
    );
    const { stdout } = await fanout(['card', '--diff', 'before']);
    expect(stdout).toContain('WS_SEND_BUFFER_SLOTS');
    expect(stdout.trim().split('\n')).toHaveLength(6);
  });
});
