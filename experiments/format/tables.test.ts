import { describe, expect, it } from 'vitest';
import { compareReports, resolveScenario, type RunReport, scenarioSchema } from '#core';
import { replicate, simulateFleet } from '#sim';
import { loadProfiles } from '../profiles.ts';
import { comparisonTable } from './comparison-table.ts';
import { fleetCard } from './fleet-card.ts';
import { aligned, columnsMost, wrapped } from './text-layout.ts';
import { uncertaintyTable } from './uncertainty-table.ts';

const resolved = (changes: object) => {
  const resolution = resolveScenario(
    scenarioSchema.parse({ machine: 'e2-standard-2', profile: 'node-measured', ...changes }),
    loadProfiles(),
  );
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.resolved;
};
const workload = { connections: 400, ratePerSecond: 10, durationSeconds: 6, warmUpSeconds: 2 };
const replicated: RunReport = replicate(resolved({ workload }), {
  replications: 3,
  scale: 'auto',
  confidence: 0.99,
}).report;

const tooWide = (text: string): string[] => text.split('\n').filter((line) => line.length > columnsMost);
/** Lines in which a number touches a word or another number. */
const touching = (text: string): string[] => text.split('\n').filter((line) => /\d[a-z]{3,}|\d\.\d+\.\d/i.test(line));

describe('aligned and wrapped', () => {
  it('widens a column to its widest cell and keeps two spaces between columns', () => {
    expect(
      aligned([
        ['a', '1'],
        ['longer', '1,000,000'],
      ]),
    ).toEqual(['a               1', 'longer  1,000,000']);
  });
  it('breaks at words, and leaves a word whole that is longer than a line', () => {
    expect(wrapped('one two three', 8)).toEqual(['one two', 'three']);
    expect(wrapped('a incomprehensibilities b', 8)).toEqual(['a', 'incomprehensibilities', 'b']);
  });
});

describe('uncertaintyTable', () => {
  const table = uncertaintyTable(replicated);
  it('keeps columns apart, within 80 columns', () => {
    expect(table).toContain('connections.accepted');
    expect(tooWide(table)).toEqual([]);
    expect(touching(table)).toEqual([]);
  });
  it('ends a mean at the second digit of its interval', () => {
    const path = 'summary.latencyMs.p99';
    const estimate = { mean: 75.523_456, halfWidth: 0.123_456, p10: 75.4, p50: 75.5, p90: 75.6, samples: 3 };
    const uncertainty = {
      method: 'replications',
      confidence: 0.99,
      profileRelativeError: 0.1,
      estimates: { [path]: estimate },
    } as const;
    expect(uncertaintyTable({ ...replicated, uncertainty })).toMatch(/latencyMs\.p99, ms +75\.52 +0\.12 /);
  });
});

describe('comparisonTable', () => {
  it('keeps columns apart and says where a difference is only too small to count', () => {
    const { cpu } = replicated.summary;
    const other = { ...replicated, summary: { ...replicated.summary, cpu: { ...cpu, cores: cpu.cores * 1.3 } } };
    const table = comparisonTable(compareReports({ ...replicated, uncertainty: undefined }, other));
    expect(touching(table)).toEqual([]);
    expect(tooWide(table)).toEqual([]);
    expect(table).toMatch(/CPU, server .* -23\.1 % +ok: below floor/);
  });
});

describe('fleetCard', () => {
  it('begins with whether the fleet holds when a server is lost, and prints an account that adds up', () => {
    const fleet = { servers: 4, lost: { servers: 1, atSeconds: 2, awaySeconds: 1 } };
    const report = simulateFleet(resolved({ fleet, workload: { ...workload, connections: 800 } }));
    const card = fleetCard(report, 'a fleet');
    expect(card).toMatch(/^does not hold: p99 latency [^]*\na fleet\n/);
    expect(tooWide(card)).toEqual([]);
    const [, owed] = /balanced: ([\d,]+) deliveries owed =/.exec(card) ?? [];
    const terms = [...card.matchAll(/^ {2}[a-z ]+ ([\d,]+)$/gm)].map(([, text]) => Number(text.replaceAll(',', '')));
    expect(terms.reduce((sum, count) => sum + count, 0)).toBe(Number(owed.replaceAll(',', '')));
  });
  it('names what does not hold, and on how many servers', () => {
    const fleet = { servers: 2 };
    const report = simulateFleet(resolved({ fleet, workload, settings: { WS_MAX_CONNECTIONS: 100 } }));
    expect(fleetCard(report, 'a fleet').replaceAll('\n', ' ')).toMatch(
      /^does not hold: clients refused 100 \(accepted: none\), on 2 of 2 servers/,
    );
  });
});
