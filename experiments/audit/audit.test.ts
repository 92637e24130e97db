import { beforeAll, describe, expect, it } from 'vitest';
import { type AuditedClaim, auditClaims } from './audit.ts';
import { claimHolds, problemsOf } from './check.ts';
import { verdicts } from './claim.ts';
import { sections } from './claims/index.ts';
import { findings } from './findings.ts';
import { scalingExponent } from './formulas.ts';
import { auditPage } from './html.ts';
import { inputs, recordingInputs } from './inputs.ts';
import { Lab } from './lab.ts';
import { auditTable, claimCard, summaryLine } from './text.ts';

const claims = sections.flatMap((section) => section.claims);
let rows: readonly AuditedClaim[] = [];

beforeAll(() => {
  rows = auditClaims(new Lab());
}, 60_000);

const rowOf = (id: string): AuditedClaim => {
  const found = rows.find((row) => row.id === id);
  if (found === undefined) throw new Error(id);
  return found;
};
/** What a run gave for a claim, by the beginning of its description. */
const ran = (id: string, what: string): number =>
  Number(rowOf(id).shownBy.find((figure) => figure.what.startsWith(what))?.value);

describe('the claims', () => {
  it('are 297, each told apart by its id', () => {
    expect(claims).toHaveLength(297);
    expect(new Set(claims.map(({ id }) => id)).size).toBe(297);
  });

  it('refer to claims that exist', () => {
    const ids = new Set(claims.map(({ id }) => id));
    const referred = claims.flatMap(({ restates, contradicts }) =>
      [restates, contradicts].filter((id) => id !== undefined),
    );
    expect(referred.filter((id) => !ids.has(id))).toEqual([]);
  });

  it('that are refuted name what they contradict', () => {
    const refuted = claims.filter(({ verdict }) => verdict === 'inconsistent');
    expect(refuted.filter(({ contradicts }) => contradicts === undefined)).toEqual([]);
  });
});

describe('the audit', () => {
  it('finds every figure within 1e-6 of its own formula, and every verdict borne out by its figures', () => {
    expect(problemsOf(rows)).toEqual([]);
  });

  it('has a simulation or a recorded live run behind every empirical claim', () => {
    const empirical = rows.filter(({ verdict }) => verdict === 'empirical');
    expect(empirical.length).toBeGreaterThan(10);
    for (const { id, basis, recomputed } of empirical) {
      expect([id, basis]).toEqual([id, expect.stringMatching(/^(simulation|live run)$/)]);
      expect([id, Number.isFinite(recomputed)]).toEqual([id, true]);
    }
  });

  it('says what is right for every refuted claim', () => {
    const refuted = rows.filter(({ verdict }) => verdict === 'inconsistent');
    expect(refuted.filter(({ right }) => right === null)).toEqual([]);
    expect(rowOf('upgrade-166').right?.value).toBeCloseTo(83.333_333, 6);
    expect(rowOf('net100-upgrade').right?.value).toBeCloseTo(83.333_333, 6);
    expect(rowOf('ramp8-cpu').right?.value).toBe(45);
  });

  it('gives the same figures again', () => {
    const wanted = ({ id }: { readonly id: string }) =>
      ['net25-pct', 'cost-egress', 'env-mem-86', 'js-ackwait-equals-maxage'].includes(id);
    expect(auditClaims(new Lab(), wanted)).toEqual(rows.filter(wanted));
  });

  it('records what a formula reads', () => {
    expect(rowOf('cpu-limit-95pct').inputs.map(({ name }) => name)).toEqual(['cpuLimitCores', 'vcpus']);
    const { values, read } = recordingInputs();
    expect(values.slots).toBe(inputs.slots.value);
    expect([...read]).toEqual(['slots']);
  });
});

describe('the runs behind the claims show', () => {
  it('a network card that is full: 35.07 of 100 messages/s arrive with headers', () => {
    expect(Math.abs(ran('net100-exceeds', 'of 100 messages/s') / 35.07 - 1)).toBeLessThan(0.01);
  });
  it('empty send buffers that last 8.8 s at 100 messages/s', () => {
    expect(Math.abs(ran('rate-reason-burst', 'until the first drop') - 8.777)).toBeLessThan(0.1);
  });
  it('a loop of NAKs at 250 messages/s against a cap of 100, in which messages expire', () => {
    expect(ran('rate-reason-loop', 'NAKs per message')).toBeGreaterThan(4);
    expect(ran('rate-covers-250', 'of the messages that expire')).toBeGreaterThan(40);
  });
  it('no redelivery when ack wait is the age limit, and two with an ack wait of a third', () => {
    expect(ran('js-ackwait-equals-maxage', 'redeliveries of')).toBe(0);
    expect(ran('js-ackwait-equals-maxage', 'the same with')).toBe(2);
  });
  it('clients refused above 75 % CPU, and a bus that pauses above 80 %', () => {
    expect(ran('env-cpu-reject', 'clients that come back')).toBeGreaterThan(100);
    expect(ran('env-cpu-pause', 'of the messages')).toBeLessThan(95);
  });
  it('a worker queue that overflows', () => {
    expect(ran('queue-ratio', 'of the messages lost')).toBeGreaterThan(10);
  });
  it('the gate of 8,000 connections, which fails at 100 messages/s and passes at 25 and 35', () => {
    expect(ran('ramp8-cpu', 'CPU of the limit at 8,000 and 100')).toBeGreaterThan(40);
    expect(ran('ramp8-cpu', 'CPU of the limit at 8,000 and 25')).toBeLessThan(40);
    expect(ran('ramp8-cpu', 'CPU of the limit at 8,000 and 35')).toBeLessThan(40);
  });
  it('an index that saves 95.8 % of the visits with 500 subscribers, and nothing with full fan-out', () => {
    expect(ran('opt2-93', 'of the visits that the index saves with 500')).toBeCloseTo(95.833_333, 6);
    expect(ran('opt2-93', 'of the visits that the index saves when')).toBe(0);
  });
});

describe('the check of the audit notices', () => {
  const changed = (id: string, change: Partial<AuditedClaim>): string[] => problemsOf([{ ...rowOf(id), ...change }]);

  it('a figure that has moved by more than a millionth', () => {
    expect(changed('rate-safe', { recomputed: 41.666_666_7 * (1 + 2e-6) })).toEqual([
      expect.stringMatching(/^rate-safe: recomputed .* expected 41\.6666667$/),
    ]);
    expect(changed('rate-safe', { otherwise: [{ what: 'with headers', value: 36, unit: '' }] })).toHaveLength(1);
  });
  it('a consistent claim that no longer holds, and a refuted one that does', () => {
    expect(changed('ramp10-cpu', { recomputed: 56 }).join()).toContain('called consistent');
    expect(changed('upgrade-166', { recomputed: 166.3 }).join()).toContain('bears it out');
  });
  it('a setting of this project that is not the document’s', () => {
    expect(changed('env-workers', { configured: 256 })).toEqual([
      'env-workers: this project has 256, the document 512',
    ]);
  });
  it('an empirical claim without a run', () => {
    expect(changed('cap-stable', { recomputed: null })).toEqual(['cap-stable: no run stands behind it']);
  });
});

describe('scalingExponent', () => {
  const at = (ratePerSecond: number, cores: number) => ({ ratePerSecond, cores });
  it('is 1 for a proportional law, and less for one that flattens', () => {
    expect(scalingExponent(at(25, 0.5), at(50, 1))).toBeCloseTo(1, 12);
    expect(scalingExponent(at(35, 0.69), at(100, 1.23))).toBeCloseTo(0.550_644, 6);
  });
});

describe('claimHolds', () => {
  const claim = (more: object) => ({ ...claims[0], claimed: 70, ...more });
  it('takes a value for right that rounds to the printed one', () => {
    expect(claimHolds(claim({}), 70.49)).toBe(true);
    expect(claimHolds(claim({}), 70.51)).toBe(false);
    expect(claimHolds(claim({ printedTo: 10 }), 74)).toBe(true);
  });
  it('compares bounds with what was recomputed', () => {
    const bound = { recomputes: 'something' };
    expect(claimHolds(claim({ relation: '<', ...bound }), 69.9)).toBe(true);
    expect(claimHolds(claim({ relation: '<', ...bound }), 70)).toBe(false);
    expect(claimHolds(claim({ relation: 'in', claimed: [60, 70], ...bound }), 71)).toBe(false);
    expect(claimHolds(claim(bound), 70)).toBeNull();
  });
});

describe('what is printed', () => {
  it.each([100, 160])('fits %i columns, but for a URL', (columns) => {
    const tooLong = auditTable(rows, columns)
      .split('\n')
      .filter((line) => line.length > columns);
    expect(tooLong.filter((line) => !line.includes('env-nats-url'))).toEqual([]);
  });

  it('counts the verdicts', () => {
    const counts = [...summaryLine(rows).matchAll(/(\d+) (\w+)/g)].map(([, count]) => Number(count));
    expect(counts[0]).toBe(297);
    expect(counts.slice(1).reduce((sum, count) => sum + count, 0)).toBe(297);
    expect(summaryLine(rows).match(/\d+ [a-z]+/g)).toHaveLength(verdicts.length + 1);
  });

  it('tells one claim in full', () => {
    const card = claimCard(rowOf('upgrade-166'), 100);
    for (const part of [
      'line 261',
      '166 msg/s',
      '83.3333',
      'rate-safe',
      'network card / (connections',
      '--set machine=e2-standard-4',
    ]) {
      expect(card).toContain(part);
    }
  });

  it('has ten findings, with the figures of the audit', () => {
    const found = findings(rows);
    expect(found).toHaveLength(10);
    const titles = found.map(({ title }) => title).join('\n');
    for (const part of ['$31,800', '83.3', '1.96 or 1.23 cores', '84.0 or 80.1 %', '$48.92'])
      expect(titles).toContain(part);
    for (const { text, commands } of found) {
      expect(text).not.toMatch(/NaN|undefined|null/);
      expect(commands.length).toBeGreaterThan(0);
    }
  });

  it('is one page that holds every claim and asks for nothing', () => {
    const page = auditPage(rows, findings(rows), {
      kind: 'predicted',
      commit: '',
      date: '2026-01-01',
      host: '',
      runtime: '',
    });
    for (const { id } of rows) expect(page).toContain(`id="${id}"`);
    expect(page).not.toMatch(/<script|src=|href="http|url\(/);
    expect(page).not.toMatch(/NaN|undefined/);
  });
});
