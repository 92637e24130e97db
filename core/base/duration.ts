const unitNs: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1_000,
  µs: 1_000,
  ms: 1_000_000,
  s: 1_000_000_000,
  m: 60_000_000_000,
  h: 3_600_000_000_000,
};
const part = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/y;

export const durationForm = 'a duration such as 30s, 100ms or 1m30s';

/** Reads a Go-style duration (R30) into integer nanoseconds; null when it is none. `0` needs no unit, as in Go. */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim();
  if (trimmed === '0') return 0;
  if (trimmed === '') return null;
  let totalNs = 0;
  part.lastIndex = 0;
  while (part.lastIndex < trimmed.length) {
    const match = part.exec(trimmed);
    if (match === null) return null;
    totalNs += Number(match[1]) * unitNs[match[2]];
  }
  return Math.round(totalNs);
}

/** Writes nanoseconds as a person would: the largest unit that leaves a whole number. */
export function formatDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s';
  for (const unit of ['h', 'm', 's', 'ms', 'us']) {
    if (nanoseconds % unitNs[unit] === 0) return `${nanoseconds / unitNs[unit]}${unit}`;
  }
  return `${nanoseconds}ns`;
}
