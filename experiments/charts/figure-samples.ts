import {
  accuracyOf,
  byMetric,
  closedForm,
  compareReports,
  feasibleRegion,
  limitCurves,
  type MetricAccuracy,
  type Profile,
  type RunReport,
} from '#core';
import {
  agreementOn,
  claimedFigure,
  cpuParts,
  deviationsFigure,
  errorsFigure,
  errorSpreadFigure,
  feasibleRegionFigure,
  type Figure,
  gatesFigure,
  frontierFigure,
  type Grid,
  heatMapFigure,
  latencyLoadFigure,
  limitsFigure,
  machineCostFigure,
  measuredRangesFigure,
  memoryPartsOf,
  partsFigure,
  pointsFigure,
  profileFigure,
  regimeErrorsOf,
  regimesFigure,
  residualsFigure,
  resourcesFigure,
  runTimelineFigure,
  scatterFigure,
  smallMultiplesFigure,
  timelinesFigure,
  tornadoFigure,
  verdictsFigure,
  verdictsOf,
} from '#charts';
import { simulate } from '#sim';
import { loadScenario } from '../scenario-file.ts';

/** One figure of each kind, for tests: the closed forms and a short simulated run with faults, the rest made up. */
export function figureSamples(): Figure[] {
  const file = new URL('../scenarios/laptop-live.yaml', import.meta.url).pathname;
  const { resolved } = loadScenario(file, [
    'workload.connections=50',
    'faults=[{kind: clients-stall, atSeconds: 3, durationSeconds: 3, share: 0.5}]',
  ]);
  const predicted = simulate(resolved);
  const measured: RunReport = { ...predicted, provenance: { ...predicted.provenance, kind: 'measured' } };
  const comparison = compareReports(predicted, measured);
  const target = loadScenario(new URL('../scenarios/e2-standard-2-12k.yaml', import.meta.url).pathname).resolved;
  const forms = [
    { name: 'one', form: closedForm(target) },
    { name: 'half', form: closedForm(target, { connections: 6_000 }) },
  ];
  const accuracy = accuracyOf(resolved, predicted, [measured]);
  const accuracies: readonly MetricAccuracy[] = byMetric([accuracy]);
  const agreement = agreementOn('CPU, server', [
    { ...accuracy, heldOut: true },
    { ...accuracy, heldOut: false },
  ]);
  const fitted: Partial<Profile> = {
    cpu: { ...target.profile.cpu, perWriteKernelNs: 5_000 },
    intervals: { 'cpu.perWriteKernelNs': { low: 4_000, high: 7_000 } },
  };
  return [
    limitsFigure(limitCurves(target, 'connections')),
    limitsFigure(limitCurves(target, 'ratePerSecond')),
    feasibleRegionFigure(feasibleRegion(target)),
    latencyLoadFigure({
      of: 'connections',
      points: [1, 2, 3, 4, 5, 6].map((step) => ({ load: step * 1_000, p50Ms: 10 + step, p99Ms: 20 + step ** 4 })),
      objectiveMs: 200,
    }),
    partsFigure(cpuParts(forms)),
    partsFigure(memoryPartsOf(forms)),
    runTimelineFigure(predicted),
    resourcesFigure(predicted),
    timelinesFigure([predicted, measured]),
    errorsFigure(comparison),
    measuredRangesFigure(comparison),
    errorSpreadFigure({
      errors: [-4, 2, 90].map((errorPercent, run) => ({ metric: 'memory', run: `run ${run}`, errorPercent })),
      targets: [{ metric: 'memory', meanPercent: 32, targetPercent: 10 }],
    }),
    tornadoFigure({
      answer: 'largest load',
      unit: 'connections',
      base: 18_000,
      rows: [{ input: 'message size', lowInput: '300 B', highInput: '1,000 B', low: 20_000, high: 10_000 }],
    }),
    machineCostFigure({
      load: '25 messages/s of 500 B',
      machines: [{ machine: 'small', usdPerMonth: 24, connectionsMax: 12_000, firstLimit: 'memory' }],
    }),
    gatesFigure({
      load: '100 messages/s',
      points: [{ stage: '8,000 connections', gate: 'cpu', foundPercent: 43.2, belowPercent: 40 }],
    }),
    pointsFigure({
      metric: 'latency p99',
      unit: 'ms',
      fields: ['connections'],
      points: [1, 2, 3].map((step) => ({ values: [step * 1_000], metric: step * 10 })),
    }),
    heatMapFigure(grid),
    smallMultiplesFigure(grid),
    scatterFigure(agreement),
    residualsFigure(agreement),
    regimesFigure(regimeErrorsOf('CPU, server', [{ name: 'slow clients', metrics: accuracies }])),
    profileFigure({ ...target.profile, ...fitted }),
    verdictsFigure(verdictsOf([{ verdict: 'consistent' }, { verdict: 'inconsistent' }, { verdict: 'config' }])),
    claimedFigure(
      [
        { name: 'claimed', value: 73, claimed: true },
        { name: '1 - after / before', value: 45, claimed: false },
      ],
      '%',
    ),
    deviationsFigure([
      { name: 'line 6', says: 'saves memory', deviation: 0.62 },
      { name: 'line 9', says: 'saves CPU', deviation: -0.2 },
    ]),
    frontierFigure({
      load: '2,000 x 25',
      predicted: [0, 50, 100].map((ms) => ({ name: `${ms} ms`, microsecondsPerMessage: 8 - ms / 20, p99Ms: 5 + ms })),
      measured: [{ name: 'plain', microsecondsPerMessage: 7.5, p99Ms: 38 }],
    }),
  ];
}

const grid: Grid = {
  xField: 'connections',
  yField: 'messages/s',
  metric: 'latency p99',
  unit: 'ms',
  cells: [1_000, 2_000].flatMap((x) => [5, 50].map((y) => ({ x, y, value: x * y > 90_000 ? null : (x * y) / 100 }))),
  most: 400,
};
