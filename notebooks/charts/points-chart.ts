import * as Plot from '@observablehq/plot';
import type { Figure } from './figure.ts';
import { capitalised, centredLabel, digits, frame, marginBottom, seriesStyles } from './theme.ts';
import { type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

/** One figure against each of several fields, over points that lie anywhere: a random design. */
export interface Points {
  readonly metric: string;
  readonly unit: string;
  /** Fields with numbers, as a reader shall see them. */
  readonly fields: readonly string[];
  readonly points: readonly { readonly values: readonly number[]; readonly metric: number }[];
}

/**
 * How far the order of one field's values is also that of the metric: -1 to 1, the rank correlation of Spearman (1904);
 * 0 where either is the same everywhere. Ranks of equal values are their mean.
 */
export function rankCorrelation(left: readonly number[], right: readonly number[]): number {
  const leftRanks = ranks(left);
  const rightRanks = ranks(right);
  const mean = (left.length - 1) / 2;
  let both = 0;
  let leftSquares = 0;
  let rightSquares = 0;
  leftRanks.forEach((rank, index) => {
    both += (rank - mean) * (rightRanks[index] - mean);
    leftSquares += (rank - mean) * (rank - mean);
    rightSquares += (rightRanks[index] - mean) * (rightRanks[index] - mean);
  });
  return leftSquares === 0 || rightSquares === 0 ? 0 : both / Math.sqrt(leftSquares * rightSquares);
}

function ranks(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((one, two) => values[one] - values[two]);
  const found: number[] = [];
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]] === values[order[from]]) to += 1;
    for (let place = from; place <= to; place += 1) found[order[place]] = (from + to) / 2;
    from = to + 1;
  }
  return found;
}

/** Fields by how much they go along with the metric, most first. */
function ranked({ fields, points }: Points): { field: string; index: number; correlation: number }[] {
  const metric = points.map((point) => point.metric);
  return fields
    .map((field, index) => ({
      field,
      index,
      correlation: rankCorrelation(
        points.map(({ values }) => values[index]),
        metric,
      ),
    }))
    .sort((left, right) => Math.abs(right.correlation) - Math.abs(left.correlation));
}

/** Title that states the finding. */
export function pointsTitle(data: Points): string {
  const [first] = ranked(data);
  return first === undefined || first.correlation === 0
    ? `${capitalised(data.metric)} goes along with none of the fields`
    : `${capitalised(data.metric)} goes along most with ${first.field} (rank correlation ${first.correlation.toFixed(2)})`;
}

export const pointsDescription = (data: Points): string =>
  `${data.metric} in ${data.unit} of ${digits(data.points.length)} points against each field; rank correlations: ${ranked(
    data,
  )
    .map(({ field, correlation }) => `${field} ${correlation.toFixed(2)}`)
    .join(', ')}.`;

/** A chart for each field, most telling first, a dot a point. */
export function pointsCharts(data: Points): Plot.PlotOptions[] {
  const { metric, unit, points } = data;
  return ranked(data).map(({ field, index, correlation }) => ({
    ...frame,
    height: 220,
    marginLeft: 70,
    marginRight: 20,
    marginTop: 26,
    marginBottom,
    ariaLabel: `${metric} against ${field}`,
    ariaDescription: pointsDescription(data),
    x: { ...centredLabel, label: `${field} (rank correlation ${correlation.toFixed(2)})`, grid: true },
    y: { label: `↑ ${metric}, ${unit}`, grid: true, zero: true },
    marks: [
      Plot.dot(points, {
        x: ({ values }: Points['points'][number]) => values[index],
        y: 'metric',
        r: 3,
        stroke: seriesStyles[0].color,
        fill: seriesStyles[0].color,
        fillOpacity: 0.3,
      }),
    ],
  }));
}

export function pointsVegaLite(data: Points): VegaLiteSpec {
  const { metric, unit, points } = data;
  return vegaLiteSpec(pointsTitle(data), pointsDescription(data), {
    vconcat: ranked(data).map(({ field, index }) => ({
      width: vegaLiteWidth,
      height: 150,
      data: { values: points.map((point) => ({ field: point.values[index], metric: point.metric })) },
      mark: { type: 'point', color: seriesStyles[0].color },
      encoding: {
        x: { field: 'field', type: 'quantitative', title: field, scale: { zero: false } },
        y: { field: 'metric', type: 'quantitative', title: `${metric}, ${unit}` },
      },
    })),
  });
}

export const pointsFigure = (data: Points): Figure => ({
  name: 'points',
  title: pointsTitle(data),
  description: pointsDescription(data),
  plots: pointsCharts(data),
  vegaLite: pointsVegaLite(data),
});
