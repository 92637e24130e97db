/**
 * How `fork` starts Node behind other words, such as those that enter a network namespace. Plain Node strips the types
 * itself; a loader of the parent's (`tsx`, a test runner) must not be inherited.
 */
export function behind(prefix: readonly string[]): { execPath: string; execArgv: string[] } {
  const [command, ...words] = [...prefix, process.execPath];
  return { execPath: command, execArgv: words };
}
