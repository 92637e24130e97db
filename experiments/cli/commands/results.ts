import { firstLimit, type RunReport } from '#core';
import { differenceOf, type FigureChange, isBeyond } from '../../results/difference.ts';
import type { Leaf, LeafChange } from '../../results/leaves.ts';
import { type ListedResult, listResults, loadResult, type SavedResult } from '../../results/saved-results.ts';
import { sweepTable } from '../../sweep/sweep-table.ts';
import { capacityCard } from '../../format/capacity-card.ts';
import { jsonFlag } from '../options/common.ts';
import { defineCommand, type Invocation } from '../options/define-command.ts';
import { flag, percent, repeated, text } from '../options/option.ts';
import { refuse } from '../options/table.ts';
import { comparisonTable } from '../../format/comparison-table.ts';

const changesShownMax = 30;
const actions = ['list', 'show', 'diff'] as const;
const forms = 'results list, results show NAME, or results diff A B';

const options = {
  only: repeated(
    text({
      group: 'Of diff',
      help: 'Figures with this in their path',
      placeholder: 'PATH',
      accepted: 'a part of a path, such as latencyMs',
    }),
  ),
  'fail-over': percent({ group: 'Of diff', help: 'Exit 1 when a figure changed by more', min: 0 }),
  all: flag({ group: 'Of diff', help: `Print every change, not the ${changesShownMax} largest alone` }),
  ...jsonFlag(),
} as const;
type Options = Invocation<typeof options>['options'];

export const results = defineCommand({
  name: 'results',
  summary: 'saved results and recorded runs: list them, show one, or what changed between two',
  positionals: ['list|show|diff', 'NAME ...'],
  options,
  usages: ['results list', 'results show NAME', 'results diff A B'],
  example: 'results diff before after --only latencyMs --fail-over 5',
  run({ options: given, positionals: [action, ...names], only }) {
    const wanted = { list: 0, show: 1, diff: 2 }[action];
    if (wanted === undefined) {
      throw refuse('results', 'ACTION', 'there is no such action', action, actions.join(', '));
    }
    if (names.length !== wanted) {
      throw refuse('results', `results ${action}`, `takes ${wanted} names`, names.join(' ') || '(nothing)', forms);
    }
    if (action !== 'diff') only(`for results ${action}`, ['json']);
    if (action === 'list') return list(given);
    if (action === 'show') return show(given, loadResult(names[0]));
    return diff(given, loadResult(names[0]), loadResult(names[1]));
  },
});

function list({ json }: Options): number {
  const rows = listResults().map(listed);
  if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else {
    const line = (name: string, kind: string, date: string, commit: string, about: string): string =>
      `${name.padEnd(58)}${kind.padEnd(17)}${date.slice(0, 16).padEnd(18)}${commit.padEnd(10)}${about}`;
    const lines = rows.map(({ name, kind, date, commit, about }) => line(name, kind, date, commit, about));
    process.stdout.write(`${[line('name', 'kind', 'date', 'commit', 'about'), ...lines].join('\n')}\n`);
  }
  return 0;
}

interface Listed {
  readonly name: string;
  readonly place: string;
  readonly kind: string;
  readonly date: string;
  readonly commit: string;
  readonly about: string;
}

function listed(result: ListedResult): Listed {
  const { name, place } = result;
  if ('problem' in result) return { name, place, kind: 'unreadable', date: '', commit: '', about: result.problem };
  if (result.kind === 'sweep') {
    const { manifest, rows } = result.sweep;
    const about = `${rows.length} of ${manifest.points} points, ${manifest.mode}`;
    return { name, place, kind: 'sweep', date: '', commit: manifest.code.commit, about };
  }
  if (result.kind === 'comparison') {
    const { predicted, rows } = result.comparison;
    const about = `${rows.filter(({ within }) => within).length} of ${rows.length} metrics within tolerance`;
    return { name, place, kind: 'comparison', date: predicted.date, commit: predicted.commit, about };
  }
  const [{ provenance, summary, profile, seed }, ...more] = result.reports;
  const { first } = firstLimit(summary.resources);
  const about = `${profile === null ? '' : `${profile}, `}seed ${seed}, ${first.resource} ${(first.utilisation * 100).toFixed(0)} %, p99 ${summary.latencyMs.p99?.toFixed(1) ?? '-'} ms`;
  const kind = more.length === 0 ? provenance.kind : `${provenance.kind} x ${more.length + 1}`;
  return { name, place, kind, date: provenance.date, commit: provenance.commit, about };
}

function show({ json: isJson }: Options, result: SavedResult): number {
  if (result.kind === 'sweep') {
    process.stdout.write(isJson ? `${JSON.stringify(result.sweep, null, 2)}\n` : sweepTable(result.sweep));
  } else if (result.kind === 'comparison') {
    const { comparison } = result;
    process.stdout.write(isJson ? `${JSON.stringify(comparison, null, 2)}\n` : comparisonTable(comparison.rows));
  } else if (isJson) {
    const { reports } = result;
    process.stdout.write(`${JSON.stringify(reports.length === 1 ? reports[0] : reports, null, 2)}\n`);
  } else process.stdout.write(result.reports.map((report) => cardOf(result.name, report)).join('\n'));
  return 0;
}

function cardOf(name: string, report: RunReport): string {
  const { commit, date, host, runtime } = report.provenance;
  return `${capacityCard(report, name)}recorded      ${date || 'date unknown'}, commit ${commit || 'unknown'}, ${runtime}, on ${host}\n`;
}

function diff({ only, 'fail-over': limit, all, json }: Options, before: SavedResult, after: SavedResult): number {
  const difference = differenceOf(before, after);
  const figures = difference.figures.filter(
    ({ path }) => only.length === 0 || only.some((part) => path.includes(part)),
  );
  const beyond = limit === null ? [] : figures.filter((figure) => isBeyond(figure, limit));
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...difference, figures, failOverPercent: limit, beyond }, null, 2)}\n`);
    return beyond.length > 0 ? 1 : 0;
  }
  const lines = [`${before.name} -> ${after.name}`, '', 'made of'];
  lines.push(...(difference.origin.length === 0 ? ['  the same'] : difference.origin.map(originLine)));
  lines.push('', `figures: ${figures.length} of ${difference.compared} changed`);
  const sorted = figures.toSorted((one, two) => sizeOf(two) - sizeOf(one));
  const shown = all ? sorted : sorted.slice(0, changesShownMax);
  lines.push(...shown.map((figure) => figureLine(figure, limit)));
  if (shown.length < sorted.length) lines.push(`  and ${sorted.length - shown.length} that changed less (--all)`);
  if (limit !== null) lines.push('', `${beyond.length} changed by more than ${limit} %`);
  process.stdout.write(`${lines.join('\n')}\n`);
  return beyond.length > 0 ? 1 : 0;
}

/** Words and what one side lacks first, then by percent. */
const sizeOf = ({ changePercent }: FigureChange): number =>
  changePercent === null ? Number.MAX_VALUE : Math.abs(changePercent);

const shownText = (value: Leaf | undefined): string =>
  value === undefined
    ? 'nothing'
    : typeof value === 'number'
      ? value.toLocaleString('en-US', { maximumFractionDigits: 4 })
      : String(value);

const originLine = ({ path, before, after }: LeafChange): string =>
  `  ${path}: ${shownText(before)} -> ${shownText(after)}`;

function figureLine(figure: FigureChange, limit: number | null): string {
  const { path, before, after, changePercent, isNoise } = figure;
  const percent = changePercent === null ? '' : `${changePercent > 0 ? '+' : ''}${changePercent.toFixed(2)} %`;
  const verdict = isNoise ? '  noise' : limit !== null && isBeyond(figure, limit) ? '  BEYOND' : '';
  return `  ${path.padEnd(46)}${shownText(before).padStart(18)}${shownText(after).padStart(18)}${percent.padStart(12)}${verdict}`;
}
