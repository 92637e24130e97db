export type Leaf = string | number | boolean | null;

/**
 * Every scalar of a value by its path, such as `latencyMs.p99`, in the value's order. An entry of a list is named by its
 * `resource`, `name` or `metric` where it has one, as in `resources.network.utilisation`, else by its place.
 */
export function leavesOf(value: unknown, path = ''): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  collect(value, path, leaves);
  return leaves;
}

function collect(value: unknown, path: string, leaves: Map<string, Leaf>): void {
  if (typeof value !== 'object' || value === null) {
    if (value !== undefined) leaves.set(path, value as Leaf);
    return;
  }
  const entries = Array.isArray(value)
    ? value.map((entry, index): [string, unknown] => [nameOf(entry) ?? String(index), entry])
    : Object.entries(value);
  for (const [key, entry] of entries) collect(entry, path === '' ? key : `${path}.${key}`, leaves);
}

function nameOf(entry: unknown): string | null {
  if (typeof entry !== 'object' || entry === null) return null;
  const { resource, name, metric } = entry as { resource?: unknown; name?: unknown; metric?: unknown };
  return [resource, name, metric].find((candidate) => typeof candidate === 'string') ?? null;
}

/** One path at which two values differ; undefined where one of them has nothing there. */
export interface LeafChange {
  readonly path: string;
  readonly before: Leaf | undefined;
  readonly after: Leaf | undefined;
}

/** Where two values differ, in the order of the first and then of the second. */
export function changesBetween(before: unknown, after: unknown): LeafChange[] {
  const first = leavesOf(before);
  const second = leavesOf(after);
  return [...new Set([...first.keys(), ...second.keys()])]
    .map((path) => ({ path, before: first.get(path), after: second.get(path) }))
    .filter((change) => change.before !== change.after);
}
