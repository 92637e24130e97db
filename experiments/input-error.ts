import type { InputIssue } from '#core';

/** An issue that may know where in a file it stands. */
export interface PlacedIssue extends InputIssue {
  /** Such as `file.yaml, line 7, column 3`; the error's source where it is not given. */
  readonly place?: string | undefined;
}

/** The user's input is wrong: exit 2. Every issue names field, given, accepted. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly issues: readonly PlacedIssue[];

  /** @param source what was read, such as a file's name */
  constructor(source: string, issues: readonly PlacedIssue[]) {
    super(
      issues
        .map(
          ({ place, path, given, accepted, message }) =>
            `${place ?? source}: ${path}: ${message}\n  given:    ${given}\n  accepted: ${accepted}`,
        )
        .join('\n'),
    );
    this.issues = issues;
  }
}
