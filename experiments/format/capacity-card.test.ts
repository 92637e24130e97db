import { describe, expect, it } from 'vitest';
import { resolveScenario, type RunReport, runReportSchema, scenarioSchema, type Scenario } from '#core';
import { simulate } from '#sim';
import { loadProfiles } from '../profiles.ts';
import { capacityCard } from './capacity-card.ts';
import { paintFor, terminalPaint } from './paint.ts';
import { columnsMost } from './text-layout.ts';

const simulated = (changes: object): RunReport => {
  const scenario = scenarioSchema.parse({
    machine: 'e2-standard-2',
    profile: 'node-measured',
    shards: 2,
    settings: { WS_FLUSH_INTERVAL: '100ms' },
    ...changes,
  }) as Scenario;
  const resolution = resolveScenario(scenario, loadProfiles());
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return simulate(resolution.resolved, { scale: 'auto' });
};
const short = { durationSeconds: 8, warmUpSeconds: 2 };
const light = simulated({ workload: { connections: 500, ratePerSecond: 10, ...short } });
const crowded = simulated({ workload: { connections: 20_000, ratePerSecond: 200, ...short } });

/** Both sides of a line `N a + N b = N c + N d`. */
function sidesOf(card: string, label: string): readonly [number, number] {
  const text = card.slice(card.indexOf(`\n${label.padEnd(14)}`));
  const sum = /([\d,]+ [^=\n]*) = ((?:[\d,]+ [^+\d\n]*(?:\+ )?)+)/.exec(text.replaceAll(/\n {14}/g, ' '));
  const side = (terms: string): number =>
    [...terms.matchAll(/[\d,]+/g)].reduce((total, [count]) => total + Number(count.replaceAll(',', '')), 0);
  return [side(sum?.[1] ?? '1'), side(sum?.[2] ?? '')];
}

describe('capacityCard', () => {
  it('begins with whether the load holds', () => {
    expect(capacityCard(light).split('\n')[0]).toBe('holds');
    expect(capacityCard(crowded)).toMatch(/^does not hold: clients refused 8,000 \(accepted: none\)\n {2}and /);
  });

  it('names the load that was run, whatever the description says', () => {
    const changed = { ...light, scenario: { ...(light.scenario as Scenario), description: '12,000 clients x 25' } };
    expect(capacityCard(changed)).toContain('\n500 clients x 10 messages/s x 500 B on e2-standard-2, 2 event loops\n');
  });

  it('fits 80 columns, however large the figures', () => {
    for (const card of [capacityCard(light), capacityCard(crowded)]) {
      expect(card.split('\n').filter((line) => line.length > columnsMost)).toEqual([]);
    }
  });

  it('keeps every column apart from the next', () => {
    const rows = capacityCard(crowded).split('\n');
    const table = rows.slice(rows.findIndex((line) => line.includes('demand/usable')) + 1, -1);
    const resources = table.slice(0, table.indexOf(''));
    expect(resources.map((line) => /^[a-z-]+/.exec(line)?.[0])).toEqual([
      'cpu',
      'event-loop',
      'network',
      'memory',
      'descriptors',
    ]);
    for (const line of resources) expect(line).toMatch(/^[a-z-]+(, \S+)? +[\d.,]+ +.*[\d,] [#.>]{6} +[\d,.]+ %$/);
  });

  it.each([
    ['light', light],
    ['crowded', crowded],
  ])('prints accounts that add up as printed: %s', (_name, report) => {
    for (const label of ['ledger', 'bus']) {
      const [given, found] = sidesOf(capacityCard(report), label);
      expect(found).toBe(given);
    }
  });

  it('would notice an account that does not add up', () => {
    const { ledger } = crowded.summary;
    const wrong = { ...crowded, summary: { ...crowded.summary, ledger: { ...ledger, received: ledger.received - 1 } } };
    const [given, found] = sidesOf(capacityCard(wrong), 'ledger');
    expect(found).not.toBe(given);
  });

  it('calls the longest bar the first limit, and names caps on a line of their own', () => {
    const card = capacityCard(crowded);
    const shares = [...card.matchAll(/^([a-z-]+)(?:, \S+)? .*[#.>]{6} +([\d,.]+) %$/gm)].map(
      ([, name, share]) => [name, Number(share.replaceAll(',', ''))] as const,
    );
    const longest = shares.reduce((first, one) => (one[1] > first[1] ? one : first));
    expect(card).toContain(`first limit   ${longest[0]} at ${longest[1].toLocaleString('en-US')}`);
    expect(card).toContain('caps          connections 20,000 of 12,000 (166.7 %)');
  });

  it('shows no latency where no message was received', () => {
    const none = { count: 0, mean: null, p50: null, p90: null, p99: null, max: null };
    const card = capacityCard({ ...light, summary: { ...light.summary, latencyMs: none } });
    expect(card).toContain('latency       no value: no message was received');
    expect(card).not.toMatch(/p99 0/);
  });

  it('adds machine and egress, and says where the price of traffic was read', () => {
    const { computeUsdPerMonth, egressUsdPerMonth } = light.summary.cost ?? {
      computeUsdPerMonth: 0,
      egressUsdPerMonth: 0,
    };
    const sum = Math.round((computeUsdPerMonth ?? 0) + egressUsdPerMonth).toLocaleString('en-US');
    expect(capacityCard(light).replaceAll(/\n {14}/g, ' ')).toMatch(
      new RegExp(`cost {10}\\$48\\.92 machine \\+ .* = \\$${sum}[. ]`),
    );
    expect(capacityCard(light)).toContain('\nprices        Google Cloud internet egress');
  });

  it('says by how much the costs of a profile of another machine were multiplied', () => {
    expect(capacityCard(light)).toMatch(/\nCPU costs {5}x1\.87 \(1\.38 to 2\.50\): profile node-measured/);
  });

  it('prints reports of before verdicts and costs were kept', () => {
    const { verdict: _verdict, cost: _cost, ...summary } = light.summary;
    const old = runReportSchema.parse({ ...light, summary });
    expect(capacityCard(old)).toMatch(/^not judged: /);
  });

  it('paints in a terminal only, and not where NO_COLOR is set', () => {
    expect(paintFor({ isTTY: true }, {}).bad('x')).toBe('\u001B[31mx\u001B[0m');
    for (const paint of [paintFor({}, {}), paintFor({ isTTY: true }, { NO_COLOR: '1' })]) {
      expect(paint.bad('x')).toBe('x');
    }
    expect(
      capacityCard(crowded, undefined, terminalPaint).startsWith(terminalPaint.bad('does not hold').slice(0, 10)),
    ).toBe(true);
  });
});
