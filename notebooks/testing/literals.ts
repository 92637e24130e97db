import ts from 'typescript';

/** A number that stands in the source of a page, where only data and core may give numbers. */
export interface FoundLiteral {
  readonly where: string;
  readonly text: string;
}

/** Names with a digit in them that are no figures. */
const namesWithDigits = /\bp(50|90|99)(Ms)?\b/g;
/** What arithmetic needs: none, one, a pair, percent, and factors between units. */
const plainNumbers = new Set([0, 1, 2, 100, 1_000, 1_000_000]);
/** Properties that are bounds of inputs, or settings by which a scenario is made. */
const inputProperty = /^(least|most|step|start|WS_[A-Z_]+|JS_[A-Z_]+|[a-zA-Z]*Seconds|share|factor)$/;

const hasDigit = (text: string): boolean => /\d/.test(text.replaceAll(namesWithDigits, ''));

/** Cells of a notebook by their type: `text/markdown` or `module`. */
export function cellsOf(html: string): { readonly type: string; readonly text: string }[] {
  return [...html.matchAll(/<script id="\d+" type="([^"]+)">([\s\S]*?)<\/script>/g)].map(([, type, text]) => ({
    type,
    text,
  }));
}

/** Cells hold words and calls: no number but 0 and 1, and no digit in a text but in a file's name. */
export function literalsInNotebook(name: string, html: string): FoundLiteral[] {
  return cellsOf(html).flatMap(({ type, text }) =>
    type === 'text/markdown'
      ? literalsInMarkdown(name, text)
      : literalsInSource(name, text, {
          numberAllowed: (value) => value === 0 || value === 1,
          textMatters: (words) => !/^[./#@]/.test(words),
        }),
  );
}

function literalsInMarkdown(where: string, text: string): FoundLiteral[] {
  const words = text.replaceAll(/\$\{[^}]*\}/g, '').split(/\s+/);
  return words.filter(hasDigit).map((word) => ({ where, text: word }));
}

/** Components and data loaders may hold bounds and layout by name; their sentences hold no figure. */
export function literalsInCode(name: string, source: string): FoundLiteral[] {
  return literalsInSource(name, source, {
    numberAllowed: (value, node) => plainNumbers.has(value) || isNamed(node),
    textMatters: (words) => words.trim().includes(' '),
  });
}

interface Rules {
  readonly numberAllowed: (value: number, node: ts.Node) => boolean;
  /** Whether a text is read by people. */
  readonly textMatters: (words: string) => boolean;
}

function literalsInSource(where: string, source: string, { numberAllowed, textMatters }: Rules): FoundLiteral[] {
  const found: FoundLiteral[] = [];
  const file = ts.createSourceFile(`${where}.ts`, source, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isNumericLiteral(node)) {
      if (!numberAllowed(Number(node.text.replaceAll('_', '')), node)) found.push({ where, text: node.getText() });
    } else if (ts.isStringLiteralLike(node) || isTemplatePart(node)) {
      const { text } = node as ts.LiteralLikeNode;
      if (textMatters(text) && hasDigit(text)) found.push({ where, text });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const isTemplatePart = (node: ts.Node): boolean =>
  ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node);

/** Whether a number belongs to a constant of the file, or is the value of an input's property. */
function isNamed(node: ts.Node): boolean {
  for (let parent = node.parent; parent !== undefined; parent = parent.parent) {
    if (ts.isPropertyAssignment(parent) && inputProperty.test(parent.name.getText())) return true;
    if (ts.isFunctionLike(parent)) return false;
    if (ts.isVariableStatement(parent)) return ts.isSourceFile(parent.parent);
  }
  return false;
}
