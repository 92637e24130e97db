import {
  closedForm,
  compareReports,
  feasibleRegion,
  limitCurves,
  type ResolvedScenario,
  resolveScenario,
  type RunReport,
} from '#core';
import {
  cpuParts,
  errorsFigure,
  feasibleRegionFigure,
  type Figure,
  latencyLoadFigure,
  limitsFigure,
  measuredRangesFigure,
  memoryPartsOf,
  partsFigure,
  resourcesFigure,
  runTimelineFigure,
  timelinesFigure,
} from '#charts';
import { simulate } from '#sim';

/** What there is to see of a scenario without simulating it: limits by connections and by rate, and what fits. */
export function closedFormFigures(resolved: ResolvedScenario): Figure[] {
  return [
    limitsFigure(limitCurves(resolved, 'connections')),
    limitsFigure(limitCurves(resolved, 'ratePerSecond')),
    feasibleRegionFigure(feasibleRegion(resolved)),
  ];
}

/** Two or more scenarios side by side: what takes CPU and memory in each. Limits are the first one's. */
export function variantFigures(variants: readonly ResolvedScenario[]): Figure[] {
  const forms = variants.map((resolved) => ({ name: resolved.scenario.name, form: closedForm(resolved) }));
  return [partsFigure(cpuParts(forms)), partsFigure(memoryPartsOf(forms))];
}

/** What there is to see of one run, simulated or real. */
export const runFigures = (report: RunReport): Figure[] => [resourcesFigure(report), runTimelineFigure(report)];

/** A prediction against one or more runs of the same scenario. */
export function comparisonFigures(predicted: RunReport, ...measured: readonly RunReport[]): Figure[] {
  const rows = compareReports(predicted, ...measured);
  return [measuredRangesFigure(rows), errorsFigure(rows), timelinesFigure([predicted, measured[0]])];
}

/** Loads around the one asked for, as shares of it. */
const shares = [0.25, 0.5, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2] as const;
const simulatedSeconds = 15;

/**
 * Latency against connections, from a short simulation at each of ten loads around the scenario's own. Caps that are
 * settings are lifted, so that the machine's own limits show; faults are left out.
 */
export function latencyFigure({ scenario, profile }: ResolvedScenario): Figure {
  const points = shares.map((share) => {
    const connections = Math.max(1, Math.round(scenario.workload.connections * share));
    const resolution = resolveScenario(
      {
        ...scenario,
        faults: [],
        workload: { ...scenario.workload, connections, durationSeconds: simulatedSeconds, warmUpSeconds: 5 },
        settings: {
          ...scenario.settings,
          WS_MAX_CONNECTIONS: connections,
          WS_MAX_GOROUTINES: connections * 4 + 10_000,
          WS_CPU_REJECT_THRESHOLD: 100,
          WS_CPU_PAUSE_THRESHOLD: 100,
        },
      },
      [profile],
    );
    if (!resolution.ok) throw new Error(resolution.issues.map(({ path, message }) => `${path}: ${message}`).join('\n'));
    const { latencyMs } = simulate(resolution.resolved, { scale: 'auto' }).summary;
    return { load: connections, p50Ms: latencyMs.p50, p99Ms: latencyMs.p99 };
  });
  return latencyLoadFigure({ of: 'connections', points, objectiveMs: null });
}
