import { type LatencyTotals, latencyBoundsMs } from './delivery-latency.ts';

/**
 * A histogram in Prometheus's text format 0.0.4. The client library counts its own observations and cannot take over
 * totals that were counted elsewhere.
 */
export function histogramText(
  name: string,
  help: string,
  rows: readonly { readonly labels: string; readonly totals: LatencyTotals }[],
): string {
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
  for (const { labels, totals } of rows) {
    let cumulative = 0;
    for (const [bucket, count] of totals.buckets.entries()) {
      cumulative += count;
      const boundMs = latencyBoundsMs[bucket];
      lines.push(`${name}_bucket{${labels},le="${boundMs === undefined ? '+Inf' : boundMs / 1_000}"} ${cumulative}`);
    }
    lines.push(`${name}_sum{${labels}} ${totals.sumSeconds}`, `${name}_count{${labels}} ${cumulative}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The library writes `Nan`, which the format does not know. */
export const spellNaN = (text: string): string => text.replaceAll(/ Nan$/gm, ' NaN');
