import { clientsLost, firstLimit, messagesLost, shareOfUsable } from '#core';
import { rounded } from '../format/quantities.ts';
import { shareText } from '../format/resource-table.ts';
import { aligned } from '../format/text-layout.ts';
import type { FieldValue } from './design.ts';
import type { SweepManifest } from './plan.ts';
import type { SweepRow } from './point.ts';

/** Up to so many points are shown one by one. */
const pointsShownMost = 30;
/** A field with more values is shown in so many ranges of equally many points. */
const valuesShownMost = 12;
const rangesShown = 5;

/** What a sweep found, for a terminal: which limit comes first where, and what that does to the clients. */
export function sweepTable({ manifest, rows }: { manifest: SweepManifest; rows: readonly SweepRow[] }): string {
  const { name, seed, workload } = manifest.scenario as {
    name: string;
    seed: number;
    workload: { durationSeconds: number };
  };
  const paths = Object.keys(rows[0]?.fields ?? {});
  const lines = [
    `${rows.length.toLocaleString('en-US')} of ${manifest.points.toLocaleString('en-US')} points of ${name}: ${manifest.mode} runs of ${workload.durationSeconds} s`,
    paths.includes('seed')
      ? 'seeds vary with the points'
      : `seed ${seed} in every point: common random numbers, so what differs comes from the varied fields`,
    '',
    `first limit: ${limitsOf(rows)}`,
  ];
  if (rows.length <= pointsShownMost) lines.push('', ...table([head(paths.join(', ')), ...rows.map(pointLine)]));
  else {
    const map = limitMap(rows, paths);
    if (map !== null) lines.push('', ...map);
    for (const path of paths) lines.push('', ...table([head(path), ...groupsOf(rows, path).map(groupLine)]));
  }
  return `${lines.join('\n')}\n`;
}

const mapRowsMost = 40;
const mapColumnsMost = 100;

/**
 * The first limit of each point of a grid over two fields, the first downwards, a letter a point: a capital where the
 * demand is beyond it. null for another design, or one that a terminal cannot show.
 */
function limitMap(rows: readonly SweepRow[], paths: readonly string[]): string[] | null {
  const [down, across] = paths;
  if (paths.length !== 2) return null;
  const values = [...new Set(rows.map(({ fields }) => fields[down]))];
  const columns = new Set(rows.map(({ fields }) => fields[across])).size;
  if (values.length * columns !== rows.length || values.length > mapRowsMost || columns > mapColumnsMost) return null;
  const letters = new Set<string>();
  const lines = values.map((value) => {
    const cells = rows
      .filter(({ fields }) => fields[down] === value)
      .map(({ summary }) => {
        const { first } = firstLimit(summary.resources);
        const { resource } = first;
        letters.add(resource);
        const [letter] = resource === 'connections' ? 'a' : resource;
        return shareOfUsable(first) > 1 ? letter.toUpperCase() : letter;
      });
    return `${text(value).padStart(12)}  ${cells.join('')}`;
  });
  const ends = [rows[0], rows[columns - 1]].map(({ fields }) => text(fields[across])).join(' to ');
  const legend = [...letters].map((name) => (name === 'connections' ? 'a: connections (all)' : `${name[0]}: ${name}`));
  return [`${down} down, ${across} ${ends} across; ${legend.join(', ')}; a capital: beyond it`, ...lines];
}

/** The last column is text too. */
const table = (rows: readonly (readonly string[])[]): string[] => {
  const limits = rows.map((row) => row[row.length - 1]);
  return aligned(rows.map((row) => row.slice(0, -1))).map((line, index) => `${line}  ${limits[index]}`);
};

interface Group {
  readonly label: string;
  readonly rows: readonly SweepRow[];
}

/** The rows by a field's value, or by ranges of it. */
function groupsOf(rows: readonly SweepRow[], path: string): Group[] {
  const values = [...new Set(rows.map(({ fields }) => fields[path]))];
  const isNumeric = values.every((value) => typeof value === 'number');
  if (values.length <= valuesShownMost || !isNumeric) {
    if (isNumeric) values.sort((one, two) => Number(one) - Number(two));
    return values.map((value) => ({
      label: text(value),
      rows: rows.filter(({ fields }) => fields[path] === value),
    }));
  }
  const sorted = rows.toSorted((one, two) => Number(one.fields[path]) - Number(two.fields[path]));
  return Array.from({ length: rangesShown }, (_unused, index) => {
    const part = sorted.slice(
      Math.round((index * rows.length) / rangesShown),
      Math.round(((index + 1) * rows.length) / rangesShown),
    );
    return { label: `${text(part[0].fields[path])} to ${text(part[part.length - 1].fields[path])}`, rows: part };
  });
}

const head = (label: string): string[] => [label, 'holds', 'p99 ms', 'clients lost', 'messages lost', 'first limit'];

/** The share of the points that hold, the median of p99, the sums of what was lost. */
const groupLine = ({ label, rows }: Group): string[] => {
  const holding = rows.filter(holds).length;
  return line(label, `${Math.round((100 * holding) / rows.length)} %`, rows, limitsOf(rows));
};

function pointLine(row: SweepRow): string[] {
  const { first } = firstLimit(row.summary.resources);
  const label = Object.values(row.fields).map(text).join(', ');
  return line(label, holds(row) ? 'yes' : 'NO', [row], `${first.resource} ${shareText(first)}`);
}

function line(label: string, holding: string, rows: readonly SweepRow[], limits: string): string[] {
  const p99 = rows.map(({ summary }) => summary.latencyMs.p99 ?? Infinity).sort((one, two) => one - two);
  const median = p99[Math.floor(p99.length / 2)];
  const clients = rows.reduce((sum, { summary }) => sum + clientsLostIn(summary), 0);
  const messages = rows.reduce((sum, { summary }) => sum + messagesLostIn(summary), 0);
  // No message, no value: a server that delivers nothing has no latency.
  return [label, holding, median === Infinity ? '-' : rounded(median), count(clients), count(messages), limits];
}

const count = (value: number): string => value.toLocaleString('en-US');

function clientsLostIn(summary: SweepRow['summary']): number {
  const { refused, closedByServer } = clientsLost(summary);
  return refused + closedByServer;
}

function messagesLostIn(summary: SweepRow['summary']): number {
  const { dropped, expired, lostWithConnections } = messagesLost(summary);
  return dropped + expired + lostWithConnections;
}

/** Points of before verdicts were kept are judged by their resources alone. */
const holds = ({ summary }: SweepRow): boolean =>
  summary.verdict?.holds ?? shareOfUsable(firstLimit(summary.resources).first) <= 1;

/** `cpu 12 (5 beyond), memory 3`: how often each is the first limit, the most frequent first. */
function limitsOf(rows: readonly SweepRow[]): string {
  const counts = new Map<string, { all: number; beyond: number }>();
  for (const { summary } of rows) {
    const { first } = firstLimit(summary.resources);
    const { resource } = first;
    const count = counts.get(resource) ?? { all: 0, beyond: 0 };
    count.all += 1;
    if (shareOfUsable(first) > 1) count.beyond += 1;
    counts.set(resource, count);
  }
  return [...counts]
    .sort(([, one], [, two]) => two.all - one.all)
    .map(([resource, { all, beyond }]) => `${resource} ${all}${beyond > 0 ? ` (${beyond} beyond it)` : ''}`)
    .join(', ');
}

const text = (value: FieldValue): string =>
  typeof value === 'number' ? value.toLocaleString('en-US', { maximumFractionDigits: 3 }) : String(value);
