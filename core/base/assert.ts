/** Thrown when this project's own code breaks its own rules; never for bad input. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Stops at a programmer's mistake. `describe` is called only on failure, so that a hot path builds no string. */
export function assert(condition: boolean, describe: string | (() => string)): asserts condition {
  if (!condition) throw new AssertionError(typeof describe === 'string' ? describe : describe());
}
