import { goDocumented, resolveScenario, scenarioSchema, type Summary } from '#core';
import { simulate } from '#sim';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluateThresholds, parseThreshold } from './thresholds.ts';

let summary: Summary;
beforeAll(() => {
  const workload = { connections: 20, ratePerSecond: 5, durationSeconds: 3, warmUpSeconds: 1 };
  const resolution = resolveScenario(scenarioSchema.parse({ workload }), [goDocumented]);
  if (!resolution.ok) throw new Error('the scenario resolves');
  summary = simulate(resolution.resolved).summary;
});

const passes = (text: string, of: Summary = summary): boolean =>
  evaluateThresholds([parseThreshold(text)], of)[0].passed;

describe('a threshold', () => {
  it.each([
    ['naks==0', 'naks!=0'],
    ['latencyMs.p99<1e9', 'latencyMs.p99<0'],
    ['latencyMs.p99 >= 0', 'latencyMs.p99 > 1e9'],
    ['summary.resources.network.utilisation<=90%', 'resources.network.utilisation>=90%'],
    ['health==healthy', 'health!=healthy'],
    ['ledger.balanced==true', 'ledger.balanced==false'],
    ['cpu.shardCores.0<1', 'cpu.shardCores.0>1'],
    ['connections.open==20', 'connections.open==21'],
    ['ledger.droppedByReason.slow-client==0', 'ledger.droppedByReason.slow-client>0'],
  ])('%s holds and %s does not', (right, wrong) => {
    const reason = Object.keys(summary.ledger.droppedByReason)[0];
    expect([passes(right.replace('slow-client', reason)), passes(wrong.replace('slow-client', reason))]).toEqual([
      true,
      false,
    ]);
  });

  it('takes percent of a limit as its hundredth part, at the edge too', () => {
    expect(parseThreshold('resources.cpu.utilisation<85.5%').limit).toBe(0.855);
    const resources = summary.resources.map((use) => (use.resource === 'cpu' ? { ...use, utilisation: 0.855 } : use));
    expect(passes('resources.cpu.utilisation<85.5%', { ...summary, resources })).toBe(false);
    expect(passes('resources.cpu.utilisation<=85.5%', { ...summary, resources })).toBe(true);
  });

  it('fails for a figure that the report does not have', () => {
    const resources = summary.resources.filter(({ resource }) => resource !== 'network');
    expect(passes('resources.network.utilisation<90%', { ...summary, resources })).toBe(false);
    expect(summary.clients).toBeNull();
    expect(passes('clients.duplicates==0')).toBe(false);
  });

  it.each([
    ['latencyMs.p98<200', 'did you mean latencyMs.p90?', 'latencyMs.p50, '],
    ['drop==0', 'did you mean drops?', 'firstLimit'],
    ['drops<5%', 'drops is not a share of a limit', 'without %'],
    ['drops', 'is not a condition', 'latencyMs.p99<200'],
    ['drops=0', 'is not a condition', 'one of < <= > >= == !='],
    ['drops<many', 'compares with something that is no number', 'given:    many'],
    ['drops<1<2', 'compares with', '1<2'],
    ['latencyMs<5', 'did you mean', 'latencyMs.p99'],
  ])('refuses %s, and says what is accepted', (text, ...parts) => {
    for (const part of parts) expect(() => parseThreshold(text)).toThrow(part);
  });

  it('refuses a comparison of different kinds and an unknown reason', () => {
    expect(() => passes('health==3')).toThrow('different kinds');
    expect(() => passes('connections.refusedByReason.moon==0')).toThrow('there is no such figure');
  });
});
