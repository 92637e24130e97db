import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from './input-error.ts';
import { loadScenario } from './scenario-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'fanout-scenarios-'));

/** Writes a scenario and gives its path. */
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** What a person reads when the scenario is refused. */
function refusal(path: string, ...overrides: string[]): string {
  try {
    loadScenario(path, overrides);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

describe('an error in a scenario file', () => {
  it('names line, column and field, what was given, what is accepted, and the nearest name', () => {
    const path = file('typo.yaml', 'name: x\nworkload:\n  connections: 5\n  ratePerSecnd: 25\n');
    const text = refusal(path);
    expect(text).toContain(`${path}, line 4, column 3: workload.ratePerSecnd: there is no such field`);
    expect(text).toContain('did you mean ratePerSecond?');
    expect(text).toContain('given:    ratePerSecnd');
  });

  it('names every problem at its own place', () => {
    const text = refusal(file('two.yaml', 'seed: -1\nworkload:\n  connections: many\n'));
    expect(text).toContain('line 1, column 1: seed: is too small');
    expect(text).toContain('line 3, column 3: workload.connections: is of the wrong type');
  });

  it('names the line of a setting, of a machine and of a fault', () => {
    expect(refusal(file('setting.yaml', 'settings:\n  WS_PING_TIMEOUT: soon\n'))).toContain(
      'line 2, column 3: settings.WS_PING_TIMEOUT',
    );
    expect(refusal(file('machine.yaml', '# mine\nmachine: e2-standard-3\n'))).toContain('line 2, column 1: machine');
    const unknown = refusal(file('unknown.yaml', 'faults:\n  - { kind: server-lost, atSecond: 1 }\n'));
    expect(unknown).toContain('did you mean atSeconds?');
    const fault = refusal(file('fault.yaml', 'faults:\n  - { kind: clients-stall, atSeconds: 1, share: 2 }\n'));
    expect(fault).toMatch(/line 2, column \d+: faults\.0\.(durationSeconds|share)/);
  });

  it('names --set as the place of what was given there', () => {
    expect(refusal(file('fine.yaml', 'seed: 1\n'), 'workload.connections=0')).toContain('--set: workload.connections');
  });

  it('names line and column of what is no YAML', () => {
    expect(refusal(file('broken.yaml', 'name: x\nworkload: [1\n'))).toMatch(/broken\.yaml, line \d+, column \d+: YAML/);
    expect(refusal(file('list.yaml', '- 1\n'))).toContain('a scenario is a YAML mapping');
  });
});

describe('a scenario that extends another', () => {
  it('changes what it names and keeps the rest, mapping by mapping', () => {
    file('base.yaml', 'seed: 7\nworkload: { connections: 100, ratePerSecond: 5 }\nsettings: { WS_SHARDS: 2 }\n');
    const child = file('child.yaml', 'extends: ./base.yaml\nname: child\nworkload: { ratePerSecond: 9 }\n');
    const { scenario } = loadScenario(child).resolved;
    expect([scenario.name, scenario.seed, scenario.shards]).toEqual(['child', 7, 2]);
    expect([scenario.workload.connections, scenario.workload.ratePerSecond]).toEqual([100, 9]);
  });

  it('replaces a list as a whole', () => {
    file('faulty.yaml', 'faults: [{ kind: rate-burst, atSeconds: 1, durationSeconds: 1, factor: 2 }]\n');
    expect(loadScenario(file('calm.yaml', 'extends: faulty.yaml\nfaults: []\n')).resolved.scenario.faults).toEqual([]);
  });

  it('names the file in which a wrong field stands', () => {
    const base = file('wrong.yaml', 'name: x\nseed: -4\n');
    const text = refusal(file('right.yaml', 'extends: wrong.yaml\n'));
    expect(text).toContain(`${relative('', base)}, line 2, column 1: seed`);
  });

  it('refuses a circle, a missing file and a path that is none', () => {
    file('one.yaml', 'extends: two.yaml\n');
    const two = file('two.yaml', 'extends: one.yaml\n');
    expect(refusal(two)).toContain('goes in a circle');
    expect(refusal(file('self.yaml', 'extends: self.yaml\n'))).toContain('goes in a circle');
    expect(refusal(file('alone.yaml', 'seed: 1\nextends: nobody.yaml\n'))).toMatch(
      /alone\.yaml, line 2, column 1: extends: there is no file .*nobody\.yaml/,
    );
    expect(refusal(file('number.yaml', 'extends: 5\n'))).toContain('extends: is of the wrong type');
  });
});
