import type { Summary } from '#core';
import { type Figure, type Grid, heatMapFigure, latencyLoadFigure, pointsFigure, smallMultiplesFigure } from '#charts';

/** A point of a sweep: the varied fields by path, and what came out. */
interface Point {
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
  readonly summary: Summary;
}

interface Metric {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly of: (summary: Summary) => number | null;
}

const metrics: readonly Metric[] = [
  { name: 'p99', label: 'latency p99', unit: 'ms', of: ({ latencyMs }) => latencyMs.p99 },
  {
    name: 'demand',
    label: 'demand of the first limit',
    unit: '% of limit',
    of: ({ resources }) => Math.max(...resources.map(({ utilisation }) => utilisation)) * 100,
  },
  { name: 'cpu', label: 'CPU', unit: 'cores', of: ({ cpu }) => cpu.cores },
  {
    name: 'lost',
    label: 'dropped, NAKed and refused',
    unit: 'in all',
    of: ({ drops, naks, connections }) =>
      drops + naks + Object.values(connections.refusedByReason).reduce((sum, count) => sum + count, 0),
  },
];

/** More columns than that are no grid that anyone reads; a random design has as many as points. */
const columnsMost = 40;

/**
 * What there is to see of a sweep. One field: latency where it is a load, and each metric against it; two fields: a heat
 * map of each metric, and latency as small multiples. Of further fields only the first value is shown, and named. A random
 * design: each metric against each field that has numbers.
 */
export function sweepFigures(points: readonly Point[]): Figure[] {
  const [first, second, ...others] = Object.keys(points[0]?.fields ?? {});
  if (first === undefined) return [];
  if (second !== undefined && [first, second].some((path) => distinct(points, path) > columnsMost))
    return randomFigures(points);
  const held = others.map((path) => [path, points[0].fields[path]] as const);
  const shown = points.filter(({ fields }) => held.every(([path, value]) => fields[path] === value));
  const at = held.length === 0 ? '' : ` at ${held.map(([path, value]) => `${path} ${String(value)}`).join(', ')}`;
  const grids = metrics.map((metric): readonly [string, Grid] => [
    metric.name,
    gridOf(shown, first, second, metric, at),
  ]);
  const isNumeric = shown.every(({ fields }) => typeof fields[first] === 'number');
  if (second === undefined) {
    const load = loadOf(first);
    const rows = shown
      .map(({ fields, summary }) => ({
        load: Number(fields[first]),
        p50Ms: summary.latencyMs.p50,
        p99Ms: summary.latencyMs.p99,
      }))
      .sort((left, right) => left.load - right.load);
    return [
      ...(load === null || !isNumeric ? [] : [latencyLoadFigure({ of: load, points: rows, objectiveMs: null })]),
      ...grids.map(([name, grid]) => named(isNumeric ? smallMultiplesFigure(grid) : heatMapFigure(grid), name)),
    ];
  }
  return [
    ...grids.map(([name, grid]) => named(heatMapFigure(grid), `heat-map-${name}`)),
    ...(isNumeric ? grids.slice(0, 1).map(([name, grid]) => named(smallMultiplesFigure(grid), `lines-${name}`)) : []),
  ];
}

const distinct = (points: readonly Point[], path: string): number =>
  new Set(points.map(({ fields }) => fields[path])).size;

function randomFigures(points: readonly Point[]): Figure[] {
  const paths = Object.keys(points[0].fields).filter((path) =>
    points.every(({ fields }) => typeof fields[path] === 'number'),
  );
  return metrics.map((metric) =>
    named(
      pointsFigure({
        metric: metric.label,
        unit: metric.unit,
        fields: paths.map(shortName),
        // A run without a value is no point.
        points: points.flatMap(({ fields, summary }) => {
          const value = metric.of(summary);
          return value === null ? [] : [{ values: paths.map((path) => Number(fields[path])), metric: value }];
        }),
      }),
      `points-${metric.name}`,
    ),
  );
}

function gridOf(points: readonly Point[], x: string, y: string | undefined, metric: Metric, at: string): Grid {
  return {
    xField: shortName(x),
    yField: y === undefined ? 'all points' : shortName(y),
    metric: `${metric.label}${at}`,
    unit: metric.unit,
    most: null,
    cells: points.map(({ fields, summary }) => ({
      x: valueOf(fields[x]),
      y: y === undefined ? '' : valueOf(fields[y]),
      value: metric.of(summary),
    })),
  };
}

const valueOf = (value: string | number | boolean | null): string | number =>
  typeof value === 'number' ? value : String(value);

/** The last part of a path says enough on an axis. */
const shortName = (path: string): string => path.split('.').pop() ?? path;

const named = (figure: Figure, name: string): Figure => ({ ...figure, name });

function loadOf(path: string): 'connections' | 'ratePerSecond' | null {
  if (path === 'workload.connections') return 'connections';
  return path === 'workload.ratePerSecond' ? 'ratePerSecond' : null;
}
