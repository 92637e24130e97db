import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from './input-error.ts';
import { loadOneServer, loadScenario } from './scenario-file.ts';

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

describe('a machine that is another with changes', () => {
  const machineOf = (text: string, ...overrides: string[]) =>
    loadScenario(file('own.yaml', text), overrides).resolved.machine;

  it('keeps the shares of its limits, and forgets the price of what it was', () => {
    const machine = machineOf('machine: { extends: e2-standard-2, vcpus: 4, memoryBytes: 16GiB }\n');
    expect(machine).toMatchObject({ vcpus: 4, cpuLimitCores: 3.8, memoryLimitBytes: 14 * 2 ** 30, usdPerHour: null });
    expect(machineOf('machine: { extends: e2-standard-2, cpuLimitCores: 1.5 }\n').usdPerHour).toBe(
      machineOf('seed: 1\n').usdPerHour,
    );
    expect(machineOf('machine: { extends: e2-standard-2, vcpus: 4, usdPerHour: $0.05 }\n').usdPerHour).toBe(0.05);
  });

  it('is what --set makes of a machine by name or written out', () => {
    expect(machineOf('seed: 1\n', 'machine.vcpus=16')).toMatchObject({ vcpus: 16, usdPerHour: null });
    expect(machineOf('machine: m7i.large\n', 'machine.vcpus=16', 'machine.usdPerHour=1').usdPerHour).toBe(1);
    const own =
      'machine: { name: own, vcpus: 2, cpuLimitCores: 2, memoryBytes: 8GB, memoryLimitBytes: 7GB, networkBitsPerSecond: 1Gbit/s, usdPerHour: 0.1 }\n';
    expect(machineOf(own).usdPerHour).toBe(0.1);
    expect(machineOf(own, 'machine.usdPerHour=2', 'machine.vcpus=4').usdPerHour).toBe(2);
    expect(machineOf(own, 'machine.vcpus=4').usdPerHour).toBeNull();
    expect(machineOf(own, 'machine.cpuLimitCores=1').usdPerHour).toBe(0.1);
  });

  it('says how to write one when a name is not known', () => {
    const text = refusal(file('unknown-machine.yaml', 'machine: e2-standrd-2\n'));
    expect(text).toContain('did you mean e2-standard-2?');
    expect(text).toContain('{extends: e2-standard-2, vcpus: 4');
    expect(refusal(file('half.yaml', 'machine: { vcpus: 4 }\n'))).toContain('begins with extends: e2-standard-2');
  });
});

describe('a value that is refused', () => {
  it('is answered with the unit of its field and examples', () => {
    expect(refusal(file('long.yaml', 'workload: { durationSeconds: long }\n'))).toContain(
      'seconds such as 90, or 300ms',
    );
    expect(refusal(file('sizes.yaml', 'workload: { messageBytes: many }\n'))).toContain('8KB');
    expect(refusal(file('small.yaml', 'workload: { messageBytes: 50 }\n'))).toContain('at least 100');
  });

  it('is answered with the nearest kinds of fault', () => {
    const text = refusal(file('reboot.yaml', 'faults: [{ kind: server-reboot, atSeconds: 1 }]\n'));
    expect(text).toContain('faults.0.kind: there is no such fault; did you mean server-lost? Or server-restart?');
    expect(refusal(file('kindless.yaml', 'faults: [{ atSeconds: 1 }]\n'))).toContain('clients-stall, reconnect-storm');
  });
});

describe('a command about one server', () => {
  it('refuses a fleet by its field', () => {
    expect(() => loadOneServer(file('fleet.yaml', 'fleet: { servers: 3 }\n'))).toThrow(
      /fleet: this is about one server/,
    );
  });
});
