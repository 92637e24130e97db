/**
 * CPU seconds that this process uses for `work`, its collector's and compiler's threads included. Where it has a core for
 * itself that is the time that passes, or a little more; where it shares the machine, it is the figure that means
 * something.
 */
export function cpuSecondsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
