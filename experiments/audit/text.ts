import type { AuditedClaim, Figure } from './audit.ts';
import { type Verdict, verdicts } from './claim.ts';
import type { Finding } from './findings.ts';

/** A number in full, with as many digits as it has, six after the point at most; very small ones with three that count. */
export function exact(value: number | string): string {
  if (typeof value === 'string') return value;
  if (value !== 0 && Math.abs(value) < 0.001) return String(Number(value.toPrecision(3)));
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) >= 1_000 ? 2 : 4 });
}

/** What the document claims, with its relation and unit. */
export function claimedText({ claimed, relation, unit }: AuditedClaim): string {
  if (claimed === null) return '-';
  const sign = relation === '=' || relation === 'in' ? '' : `${relation} `;
  const value =
    typeof claimed === 'object' ? claimed.map(exact).join(relation === 'in' ? ' to ' : ', ') : exact(claimed);
  return `${sign}${value}${unit === '' ? '' : ` ${unit}`}`;
}

export function deviationText({ deviation }: AuditedClaim): string {
  if (deviation === null) return '';
  const text = (deviation * 100).toFixed(Math.abs(deviation) < 0.1 ? 1 : 0);
  return `${Number(text) === 0 ? '0' : deviation > 0 ? `+${text}` : text} %`;
}

export const figureText = ({ value, unit }: Pick<Figure, 'value' | 'unit'>): string =>
  `${exact(value)}${unit === '' ? '' : ` ${unit}`}`;

/** With four digits that count, as one would print it. */
export function roundedText({ value, unit }: Pick<Figure, 'value' | 'unit'>): string {
  const rounded = typeof value === 'number' && Math.abs(value) < 1_000 ? Number(value.toPrecision(4)) : value;
  return figureText({
    value: typeof rounded === 'number' && Math.abs(rounded) >= 1_000 ? Math.round(rounded) : rounded,
    unit,
  });
}

/** Counts by verdict, in the verdicts' order, and what they add up to. */
export function countsOf(rows: readonly AuditedClaim[]): { readonly verdict: Verdict; readonly count: number }[] {
  return verdicts.map((verdict) => ({ verdict, count: rows.filter((row) => row.verdict === verdict).length }));
}

export const summaryLine = (rows: readonly AuditedClaim[]): string =>
  `${rows.length} ${rows.length === 1 ? 'claim' : 'claims'}: ${countsOf(rows)
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${verdict}`)
    .join(', ')}`;

/** All rows as a table by section, for a terminal of so many columns. */
export function auditTable(rows: readonly AuditedClaim[], columns: number): string {
  const lines: string[] = [];
  let section = '';
  const head = `${'line'.padStart(4)}  ${'claim'.padEnd(25)}${'verdict'.padEnd(13)}${'recomputed'.padStart(13)}${'deviation'.padStart(11)}  claimed`;
  for (const row of rows) {
    if (row.section !== section) {
      section = row.section;
      lines.push('', section, head, '-'.repeat(columns));
    }
    const recomputed = row.recomputed === null ? '' : exact(row.recomputed);
    lines.push(
      `${String(row.line).padStart(4)}  ${row.id.padEnd(25)}${row.verdict.padEnd(13)}${recomputed.padStart(13)}${deviationText(row).padStart(11)}  ${claimedText(row)}`,
      ...wrapped(row.says, columns - 6).map((line) => `      ${line}`),
    );
    const remarks = [
      row.recomputes === null || row.recomputed === null ? '' : `Recomputed: ${row.recomputes}.`,
      row.contradicts === null ? '' : `Contradicts ${row.contradicts}.`,
      row.verdict === 'config' || row.verdict === 'procedure' ? '' : row.note,
    ].filter((remark) => remark !== '');
    lines.push(...wrapped(remarks.join(' '), columns - 8).map((line) => `      > ${line}`));
  }
  return `${lines.join('\n').trimStart()}\n\n${wrapped(summaryLine(rows), columns).join('\n')}\n`;
}

/** One claim in full. */
export function claimCard(row: AuditedClaim, columns: number): string {
  const { recomputed, recomputes, right, formula } = row;
  const fields: [string, string][] = [
    ['says', row.says],
    ['claimed', claimedText(row)],
    ['verdict', `${row.verdict}${row.restates === null ? '' : `; says again what ${row.restates} says`}`],
    [
      'recomputed',
      recomputed === null
        ? 'nothing to compute'
        : `${exact(recomputed)}${recomputes === null ? ` ${row.unit}` : ` (${recomputes})`}`,
    ],
    ['deviation', deviationText(row)],
    ['right number', right === null ? '' : `${roundedText(right)}${right.what === '' ? '' : ` (${right.what})`}`],
    ['contradicts', row.contradicts ?? ''],
    ['formula', formula ?? ''],
    ['basis', row.basis ?? ''],
    ['this project', row.configured === null ? '' : `has ${exact(row.configured)}`],
    ['note', row.note],
  ];
  const lines = [`${row.id}: line ${row.line}, ${row.section}`, ''];
  for (const [name, text] of fields) {
    if (text.trim() === '') continue;
    const [first, ...rest] = wrapped(text.trim(), columns - 14);
    lines.push(`${name.padEnd(14)}${first}`, ...rest.map((line) => `${''.padEnd(14)}${line}`));
  }
  lines.push(
    ...list(
      'inputs',
      row.inputs.map((input) => [input.name, `${figureText(input)}, ${input.what}`]),
    ),
  );
  lines.push(
    ...list(
      'otherwise',
      row.otherwise.map((figure) => [figureText(figure), figure.what]),
    ),
  );
  lines.push(
    ...list(
      'shown by',
      row.shownBy.map((figure) => [figureText(figure), `${figure.what} (${figure.kind})`]),
    ),
  );
  const commands = [...new Set(row.shownBy.map(({ command }) => command))].filter((command) => command !== row.command);
  if (commands.length > 0) lines.push('', 'see it with', ...commands.map((command) => `  ${prefix} ${command}`));
  return `${lines.join('\n')}\n`;
}

const prefix = 'npm run -s fanout --';

export function findingsText(findings: readonly Finding[], columns: number): string {
  const lines = findings.flatMap(({ title, text, commands }, index) => [
    ...wrapped(`${String(index + 1).padStart(2)}. ${title}`, columns),
    ...wrapped(text, columns - 4).map((line) => `    ${line}`),
    ...commands.map((command) => `      ${prefix} ${command}`),
    '',
  ]);
  return lines.join('\n');
}

function list(title: string, rows: readonly (readonly [string, string])[]): string[] {
  if (rows.length === 0) return [];
  const width = Math.max(...rows.map(([left]) => left.length));
  return ['', title, ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)];
}

/** Breaks a text between words, but not before a percent sign; [] for none. */
function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ (?!%)/)) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}
