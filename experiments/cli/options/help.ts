import type { Option, OptionTable } from './option.ts';
import { helpOption } from './table.ts';

export const npmPrefix = 'npm run -s fanout --';
const columnsMax = 80;
const nameColumnsMax = 28;
const indent = '  ';

interface HelpParts {
  readonly name: string;
  readonly summary: string;
  readonly positionals: readonly string[];
  readonly table: OptionTable;
  readonly usages: readonly string[];
  readonly notes: readonly string[];
  readonly example: string;
}

const optionWords = (name: string, { kind, placeholder }: Option<unknown>): string =>
  kind === 'flag' ? `--${name}` : `--${name} ${placeholder}`;

/** The command with what it cannot do without. */
export function usageLine(name: string, positionals: readonly string[], table: OptionTable): string {
  const rows = Object.entries(table);
  const required = rows.filter(([, row]) => row.required && row.variable === null);
  return [
    name,
    ...positionals.map((word) => (word.endsWith(' ...') ? `[${word}]` : word)),
    ...required.map(([option, row]) => optionWords(option, row)),
    ...(rows.length > required.length ? ['[options]'] : []),
  ].join(' ');
}

/** What `--help` prints: every option explained, no line wider than 80 columns, the example last. */
export function helpText({ name, summary, positionals, table, usages, notes, example }: HelpParts): string {
  const all: OptionTable = { ...table, ...helpOption };
  const groups = new Map<string, [string, Option<unknown>][]>();
  for (const [option, row] of Object.entries(all)) {
    const title = row.group === '' ? 'Options' : row.group;
    groups.set(title, [...(groups.get(title) ?? []), [option, row]]);
  }
  const options = groups.get('Options') ?? [];
  groups.delete('Options');
  return [
    ...wrapped(`${name}: ${summary}`),
    '',
    'Usage:',
    ...[usageLine(name, positionals, table), ...usages].flatMap((line) => commandLines(line)),
    ...[...groups, ['Options', options] as const].flatMap(([title, rows]) => [
      '',
      `${title}:`,
      ...rows.flatMap(([option, row]) => optionLines(option, row)),
    ]),
    ...notes.flatMap((note) => ['', ...wrapped(note)]),
    '',
    'Example:',
    ...commandLines(example),
    '',
  ].join('\n');
}

/** Environment variables go before npm, where a shell wants them. Long lines continue with a backslash. */
export function commandLines(line: string): string[] {
  const words = line.split(' ');
  const variables = words.filter(
    (word, at) => /^[A-Z_]+=/.test(word) && words.slice(0, at).every((one) => one.includes('=')),
  );
  const full = [...variables, npmPrefix, ...words.slice(variables.length)].join(' ');
  const lines = wrapped(full, columnsMax - indent.length - 2);
  return lines.map((part, at) => {
    const isLast = at === lines.length - 1;
    return `${indent}${at === 0 ? '' : indent}${part}${isLast ? '' : ' \\'}`;
  });
}

function optionLines(name: string, row: Option<unknown>): string[] {
  const words = optionWords(name, row);
  const facts = [
    row.required ? 'required' : '',
    (row.default ?? row.unlessGiven) === null ? '' : `default: ${row.default ?? row.unlessGiven}`,
    row.range,
    row.variable === null ? '' : `variable: ${row.variable}`,
    row.kind === 'list' ? 'repeatable' : '',
  ].filter((fact) => fact !== '');
  const help = facts.length === 0 ? row.help : `${row.help} (${facts.join('; ')})`;
  const start = `${indent}${words}`;
  const lines = wrapped(help, columnsMax - nameColumnsMax);
  const margin = ' '.repeat(nameColumnsMax);
  const besides = start.length + 2 <= nameColumnsMax;
  return [
    ...(besides ? [] : wrapped(words, columnsMax - indent.length).map((line) => `${indent}${line}`)),
    ...lines.map((line, at) => `${besides && at === 0 ? start.padEnd(nameColumnsMax) : margin}${line}`),
  ];
}

/** Breaks a text at spaces. */
export function wrapped(text: string, columns: number = columnsMax): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}
