import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { scenarioSchema, settingsTable } from '#core';
import { loadProfiles } from './profiles.ts';
import { resolveFields } from './scenario-file.ts';
import { scenarioTemplate } from './scenario-template.ts';

const profiles = loadProfiles();
const template = scenarioTemplate(profiles.map(({ name }) => name));
const pathsOf = (value: object, path = ''): string[] =>
  Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner) && Object.keys(inner).length > 0
      ? pathsOf(inner, `${path}${key}.`)
      : [`${path}${key}`],
  );

describe('the template of a scenario', () => {
  it('is the default scenario, with every field written out', () => {
    const written = parse(template) as object;
    expect(scenarioSchema.parse(written)).toEqual(scenarioSchema.parse({}));
    expect(pathsOf(written).sort()).toEqual(pathsOf(scenarioSchema.parse({})).sort());
  });

  it('says of every field what it means, and of every number its range', () => {
    const fields = template
      .split('\n')
      .filter((line) => /^ *[a-zA-Z]+: \S/.test(line) && !/^(settings|faults)/.test(line));
    expect(fields.filter((line) => !/ # [A-Zt].{15}/.test(line))).toEqual([]);
    expect(fields.filter((line) => /: \d/.test(line) && !/(From|More than) \d/.test(line))).toEqual([]);
  });

  it('has an example of every part of a workload that may be left out, accepted once its comment is taken away', () => {
    const examples = template.split('\n').filter((line) => /^ {2}# [a-zA-Z]+: [[{\d]/.test(line));
    const names = examples.map((line) => /# (\w+):/.exec(line)?.[1]);
    expect(names).toEqual(['rateCurve', 'churnPerHour', 'popularity', 'clientGroups']);
    const text = `workload:\n  channels: 20\n${examples.map((line) => line.replace('# ', '')).join('\n')}\n`;
    const { workload } = resolveFields(parse(text) as Record<string, unknown>, 'template', profiles).resolved.scenario;
    expect(workload.clientGroups).toHaveLength(2);
  });

  it('has every setting at a value that is accepted, once its comment is taken away', () => {
    const settings = template.split('\n').filter((line) => /^# {2}[A-Z]/.test(line));
    expect(settings).toHaveLength(settingsTable.length);
    const text = `settings:\n${settings.map((line) => line.slice(1)).join('\n')}\n`;
    expect(() => resolveFields(parse(text) as Record<string, unknown>, 'template', profiles)).not.toThrow();
  });

  it('has an example of every fault that is accepted, once its comment is taken away', () => {
    const faults = template.split('\n').filter((line) => /^# {2}- /.test(line));
    expect(faults.length).toBeGreaterThan(3);
    const text = `faults:\n${faults.map((line) => line.slice(1)).join('\n')}\n`;
    expect(() => resolveFields(parse(text) as Record<string, unknown>, 'template', profiles)).not.toThrow();
  });
});
