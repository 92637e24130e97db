import * as Plot from '@observablehq/plot';
import type { Agreement, AgreementPoint } from './agreement.ts';
import type { Figure } from './figure.ts';
import { centredLabel, digits, frame, halo, marginBottom, palette } from './theme.ts';
import { type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

const height = 440;
/** Points farthest off that are named in the chart. */
const namedMost = 3;

/** Title that states the finding. */
export function scatterTitle({ metric, points, tolerancePercent }: Agreement): string {
  if (points.length === 0) return `${metric}: nothing is on record`;
  const within = points.filter((point) => point.within).length;
  return `${metric}: ${within} of ${points.length} loads within ${digits(tolerancePercent)} % or between what was measured`;
}

export const scatterDescription = ({ metric, unit, points }: Agreement): string =>
  `Predicted against measured ${metric} in ${unit}: ${points
    .map(({ run, predicted, measured }) => `${run} ${digits(predicted)} and ${digits(measured)}`)
    .join('; ')}.`;

/** Prediction against measurement on logarithmic axes: the line is identity, the band the tolerance, bars what was measured. */
export function scatterChart(agreement: Agreement): Plot.PlotOptions {
  const { unit, tolerancePercent } = agreement;
  const points = agreement.points.filter(({ predicted, measuredLeast }) => predicted > 0 && measuredLeast > 0);
  const values = points.flatMap(({ predicted, measuredLeast, measuredMost }) => [
    predicted,
    measuredLeast,
    measuredMost,
  ]);
  const least = Math.min(...values) / 1.3;
  const most = Math.max(...values) * 1.3;
  const share = tolerancePercent / 100;
  const band = [least, most].map((x) => ({ x, low: x * (1 - share), high: x * (1 + share) }));
  const beyond = points
    .filter(({ within }) => !within)
    .sort((left, right) => Math.abs(right.errorPercent ?? 0) - Math.abs(left.errorPercent ?? 0))
    .slice(0, namedMost);
  const named = beyond.map(({ run, errorPercent }) => `${run}: ${errorPercent?.toFixed(0)} %`);
  const axis = { type: 'log', domain: [least, most], grid: true, tickFormat: digits, ticks: 5 } as const;
  return {
    ...frame,
    height,
    marginLeft: 70,
    marginRight: 30,
    marginBottom,
    ariaLabel: scatterTitle(agreement),
    ariaDescription: scatterDescription(agreement),
    x: { ...axis, label: `measured, ${unit}`, ...centredLabel },
    y: { ...axis, label: `↑ predicted, ${unit}` },
    marks: [
      Plot.areaY(band, { x: 'x', y1: 'low', y2: 'high', fill: palette.fine, fillOpacity: 0.16, clip: true }),
      Plot.line(band, { x: 'x', y: 'x', stroke: palette.limit, strokeDasharray: '5,3' }),
      Plot.ruleY(points, {
        y: 'predicted',
        x1: 'measuredLeast',
        x2: 'measuredMost',
        stroke: colorOf,
        strokeOpacity: 0.6,
        strokeWidth: 2,
      }),
      Plot.dot(points, {
        x: 'measured',
        y: 'predicted',
        r: 4.5,
        symbol: ({ within }: AgreementPoint) => (within ? 'circle' : 'times'),
        stroke: colorOf,
        fill: (point: AgreementPoint) => (point.heldOut && point.within ? colorOf(point) : 'none'),
        strokeWidth: 2,
        title: ({ run, predicted, measured }: AgreementPoint) =>
          `${run}\npredicted ${digits(predicted)} ${unit}, measured ${digits(measured)}`,
      }),
      ...(named.length === 0
        ? []
        : [
            Plot.text([['farthest off (×)', ...named].join('\n')], {
              text: (lines: string) => lines,
              frameAnchor: 'bottom-right',
              dx: -8,
              dy: -8,
              fontSize: 12,
              ...halo,
            }),
          ]),
    ],
  };
}

const colorOf = ({ within }: AgreementPoint): string => (within ? palette.predicted : palette.measured);

/** Scatter and residuals side by side: what is brushed in the scatter is marked in both. */
export function agreementVegaLite(agreement: Agreement): VegaLiteSpec {
  const { unit, points } = agreement;
  const values = points
    .filter(({ predicted, measured }) => predicted > 0 && measured > 0)
    .map(({ run, regime, predicted, measured, errorPercent, machineUtilisation, within }) => ({
      run,
      regime,
      predicted,
      measured,
      errorPercent,
      usePercent: machineUtilisation * 100,
      within,
    }));
  const panel = (x: object, y: object, params: readonly object[]): object => ({
    width: vegaLiteWidth / 2 - 30,
    height: 260,
    params,
    mark: { type: 'point', filled: true, size: 70 },
    encoding: {
      x,
      y,
      shape: {
        field: 'within',
        type: 'nominal',
        legend: null,
        scale: { domain: [true, false], range: ['circle', 'cross'] },
      },
      color: {
        condition: {
          param: 'brush',
          field: 'within',
          type: 'nominal',
          legend: null,
          scale: { domain: [true, false], range: [palette.predicted, palette.measured] },
        },
        value: '#9a9a9a',
      },
      tooltip: ['run', 'regime', 'predicted', 'measured', 'errorPercent', 'usePercent'].map((field) => ({
        field,
        type: field === 'run' || field === 'regime' ? 'nominal' : 'quantitative',
        ...(field === 'run' || field === 'regime' ? {} : { format: '.3~r' }),
      })),
    },
  });
  const quantity = (field: string, title: string, scale: object = {}): object => ({
    field,
    type: 'quantitative',
    title,
    scale,
  });
  return vegaLiteSpec(scatterTitle(agreement), scatterDescription(agreement), {
    data: { values },
    hconcat: [
      panel(
        quantity('measured', `measured, ${unit}`, { type: 'log', nice: false }),
        quantity('predicted', `predicted, ${unit}`, { type: 'log', nice: false }),
        [{ name: 'brush', select: 'interval' }],
      ),
      panel(quantity('usePercent', "use of the machine's cores, %"), quantity('errorPercent', 'error, %'), []),
    ],
  });
}

export const scatterFigure = (agreement: Agreement): Figure => ({
  name: 'predicted-against-measured',
  title: scatterTitle(agreement),
  description: scatterDescription(agreement),
  plots: [scatterChart(agreement)],
  vegaLite: agreementVegaLite(agreement),
});
