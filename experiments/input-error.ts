import type { InputIssue } from '#core';

/** The user's input is wrong: exit 2. Every issue names field, given, accepted. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly issues: readonly InputIssue[];

  /** @param source what was read, such as a file's name */
  constructor(source: string, issues: readonly InputIssue[]) {
    super(
      issues
        .map(
          ({ path, given, accepted, message }) =>
            `${source}: ${path}: ${message}\n  given:    ${given}\n  accepted: ${accepted}`,
        )
        .join('\n'),
    );
    this.issues = issues;
  }
}
