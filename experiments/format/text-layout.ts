/** Columns of a terminal that everything printed fits into. */
export const columnsMost = 80;

/** Width of the label that a line of a card begins with. */
const labelColumns = 14;

/**
 * A label and a text beside it, broken at words so that no line exceeds `columnsMost`; further lines begin below the first.
 * A single word that is longer stays whole.
 */
export function labelled(label: string, text: string): string[] {
  return wrapped(text, columnsMost - labelColumns).map(
    (line, index) => `${(index === 0 ? label : '').padEnd(labelColumns)}${line}`,
  );
}

/** A text in lines of `columns` at most, broken at spaces. */
export function wrapped(text: string, columns = columnsMost): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > columns && line !== '') {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/**
 * Cells in columns that are as wide as their widest cell and never touch: the first `textColumns` to the left, the others to
 * the right.
 */
export function aligned(rows: readonly (readonly string[])[], textColumns = 1, gap = 2): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column < textColumns ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join(' '.repeat(gap))
      .trimEnd(),
  );
}
