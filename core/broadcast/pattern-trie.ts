import { assert } from '../base/assert.ts';

interface Node<T> {
  readonly children: Map<string, Node<T>>;
  /** Where a `*` leads. */
  any: Node<T> | null;
  /** Value of the pattern that ends here. */
  value: T | null;
  /** Value of the pattern that ends here with `>`. */
  rest: T | null;
}

const createNode = <T>(): Node<T> => ({ children: new Map(), any: null, value: null, rest: null });

/**
 * Patterns with NATS wildcards by their tokens, so that a match costs what matches and not what is stored.
 *
 * It visits the nodes that agree with the channel's tokens so far: at most 2^t for a channel of t tokens, and never more
 * than there are. Results are those of `matchesPattern` for every pattern in it.
 */
export class PatternTrie<T> {
  #root: Node<T> = createNode();
  #size = 0;

  /** Patterns that have a value. */
  get size(): number {
    return this.#size;
  }

  get(pattern: string): T | undefined {
    const tokens = pattern.split('.');
    const isOpen = tokens.at(-1) === '>';
    let node: Node<T> | null = this.#root;
    for (let position = 0; position < tokens.length - (isOpen ? 1 : 0); position += 1) {
      const token = tokens[position];
      node = token === '*' ? node.any : (node.children.get(token) ?? null);
      if (node === null) return undefined;
    }
    return (isOpen ? node.rest : node.value) ?? undefined;
  }

  /** Sets the pattern's value, in place of the one before if there was one. */
  set(pattern: string, value: T): void {
    const tokens = pattern.split('.');
    const isOpen = tokens.at(-1) === '>';
    let node = this.#root;
    for (let position = 0; position < tokens.length - (isOpen ? 1 : 0); position += 1) {
      node = step(node, tokens[position]);
    }
    if ((isOpen ? node.rest : node.value) === null) this.#size += 1;
    if (isOpen) node.rest = value;
    else node.value = value;
  }

  /** @returns false when there was no such pattern. Nodes that lead nowhere any more are forgotten. */
  delete(pattern: string): boolean {
    const tokens = pattern.split('.');
    const isOpen = tokens.at(-1) === '>';
    const path: Node<T>[] = [this.#root];
    for (let position = 0; position < tokens.length - (isOpen ? 1 : 0); position += 1) {
      const token = tokens[position];
      const node = path[position];
      const next: Node<T> | null = token === '*' ? node.any : (node.children.get(token) ?? null);
      if (next === null) return false;
      path.push(next);
    }
    const last = path[path.length - 1];
    if ((isOpen ? last.rest : last.value) === null) return false;
    if (isOpen) last.rest = null;
    else last.value = null;
    this.#size -= 1;
    for (let depth = path.length - 1; depth > 0 && isBare(path[depth]); depth -= 1) {
      const token = tokens[depth - 1];
      if (token === '*') path[depth - 1].any = null;
      else path[depth - 1].children.delete(token);
    }
    assert(this.#size >= 0, 'more patterns were deleted than set');
    return true;
  }

  /** Appends to `out` the values of all patterns that match the published channel. @returns nodes visited */
  match(channel: string, out: T[]): number {
    return this.#size === 0 ? 0 : visit(this.#root, channel, 0, out);
  }
}

function step<T>(node: Node<T>, token: string): Node<T> {
  if (token === '*') {
    node.any ??= createNode();
    return node.any;
  }
  const known = node.children.get(token);
  if (known !== undefined) return known;
  const created = createNode<T>();
  node.children.set(token, created);
  return created;
}

const isBare = <T>({ children, any, value, rest }: Node<T>): boolean =>
  children.size === 0 && any === null && value === null && rest === null;

/** @param start where the next token begins; beyond the channel's length when none is left */
function visit<T>(node: Node<T>, channel: string, start: number, out: T[]): number {
  if (start > channel.length) {
    if (node.value !== null) out.push(node.value);
    return 1;
  }
  if (node.rest !== null) out.push(node.rest);
  const dot = channel.indexOf('.', start);
  const end = dot < 0 ? channel.length : dot;
  let visited = 1;
  if (node.children.size > 0) {
    const child = node.children.get(channel.slice(start, end));
    if (child !== undefined) visited += visit(child, channel, end + 1, out);
  }
  if (node.any !== null) visited += visit(node.any, channel, end + 1, out);
  return visited;
}
