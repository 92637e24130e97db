import * as Plot from '@observablehq/plot';
import type { Figure } from './figure.ts';
import { centredLabel, digits, frame, marginBottom, palette, seriesStyles } from './theme.ts';
import { type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

/** The error of one metric in one recorded run, in percent of the measured median. */
export interface MetricError {
  readonly metric: string;
  readonly run: string;
  readonly errorPercent: number;
}

export interface ErrorSpread {
  readonly errors: readonly MetricError[];
  /** Mean absolute errors that are asked for, by metric. */
  readonly targets: readonly {
    readonly metric: string;
    readonly meanPercent: number;
    readonly targetPercent: number;
  }[];
}

/** Errors beyond this are drawn at the edge. */
const percentMost = 60;

/** Title that states the finding. */
export function errorSpreadTitle({ errors, targets }: ErrorSpread): string {
  const runs = new Set(errors.map(({ run }) => run)).size;
  const met = targets.filter(({ meanPercent, targetPercent }) => meanPercent <= targetPercent).length;
  return `Over ${runs} recorded runs ${met} of ${targets.length} metrics meet their target for the mean error`;
}

export const errorSpreadDescription = ({ targets }: ErrorSpread): string =>
  `Errors of the prediction by metric, a dot a run. Mean absolute error and target in percent: ${targets
    .map(
      ({ metric, meanPercent, targetPercent }) => `${metric} ${digits(meanPercent)}, target ${digits(targetPercent)}`,
    )
    .join('; ')}.`;

interface Row {
  readonly metric: string;
  readonly run: string;
  readonly shown: number;
  readonly isBeyond: boolean;
}

const rowsOf = ({ errors }: ErrorSpread): Row[] =>
  errors.map(({ metric, run, errorPercent }) => ({
    metric,
    run,
    shown: Math.max(-percentMost, Math.min(percentMost, errorPercent)),
    isBeyond: Math.abs(errorPercent) > percentMost,
  }));

/** Every run's error by metric, a tick a run, with the target for the mean as a band. */
export function errorSpreadChart(spread: ErrorSpread): Plot.PlotOptions {
  const rows = rowsOf(spread);
  const reach = Math.max(25, ...rows.map(({ shown }) => Math.abs(shown))) * 1.08;
  const metrics = spread.targets.map(({ metric }) => metric);
  return {
    ...frame,
    height: 80 + metrics.length * 34,
    marginLeft: 145,
    marginRight: 180,
    marginTop: 26,
    marginBottom,
    ariaLabel: errorSpreadTitle(spread),
    ariaDescription: errorSpreadDescription(spread),
    x: {
      ...centredLabel,
      label: 'predicted against measured, error in %',
      domain: [-reach, reach],
      grid: true,
      ticks: 7,
    },
    y: { label: null, domain: metrics, padding: 0.2 },
    marks: [
      Plot.barX(spread.targets, {
        x1: ({ targetPercent }: ErrorSpread['targets'][number]) => -targetPercent,
        x2: 'targetPercent',
        y: 'metric',
        fill: palette.fine,
        fillOpacity: 0.18,
      }),
      Plot.ruleX([0], { stroke: 'currentColor', strokeOpacity: 0.6 }),
      Plot.dot(rows, {
        x: 'shown',
        y: 'metric',
        r: 4,
        symbol: ({ isBeyond }: Row) => (isBeyond ? 'triangle' : 'circle'),
        stroke: seriesStyles[0].color,
        fill: seriesStyles[0].color,
        fillOpacity: 0.3,
      }),
      Plot.text(spread.targets, {
        frameAnchor: 'right',
        y: 'metric',
        text: ({ meanPercent, targetPercent }: ErrorSpread['targets'][number]) =>
          `mean ${meanPercent.toFixed(1)} %, target ${digits(targetPercent)} %`,
        textAnchor: 'start',
        dx: 8,
      }),
    ],
  };
}

export function errorSpreadVegaLite(spread: ErrorSpread): VegaLiteSpec {
  const y = { field: 'metric', type: 'nominal', title: null, sort: null };
  return vegaLiteSpec(errorSpreadTitle(spread), errorSpreadDescription(spread), {
    width: vegaLiteWidth,
    height: { step: 30 },
    layer: [
      {
        data: { values: spread.targets.map((target) => ({ ...target, least: -target.targetPercent })) },
        mark: { type: 'bar', color: palette.fine, opacity: 0.18 },
        encoding: {
          y,
          x: { field: 'least', type: 'quantitative', title: 'predicted against measured, error in %' },
          x2: { field: 'targetPercent' },
        },
      },
      {
        data: { values: spread.errors },
        mark: { type: 'point', color: seriesStyles[0].color },
        encoding: { y, x: { field: 'errorPercent', type: 'quantitative' }, tooltip: { field: 'run' } },
      },
    ],
  });
}

export const errorSpreadFigure = (spread: ErrorSpread): Figure => ({
  name: 'errors-by-metric',
  title: errorSpreadTitle(spread),
  description: errorSpreadDescription(spread),
  plots: [errorSpreadChart(spread)],
  vegaLite: errorSpreadVegaLite(spread),
});
