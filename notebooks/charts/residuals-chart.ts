import * as Plot from '@observablehq/plot';
import { repeatableUtilisation } from '#core';
import type { Agreement, AgreementPoint } from './agreement.ts';
import type { Figure } from './figure.ts';
import { centredLabel, digits, frame, halo, marginBottom, palette } from './theme.ts';
import { type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

/** Errors beyond this are drawn at the edge. */
const percentMost = 60;

const residualsOf = ({ points }: Agreement) =>
  points.flatMap((point) =>
    point.errorPercent === null
      ? []
      : [
          {
            ...point,
            error: point.errorPercent,
            shown: Math.max(-percentMost, Math.min(percentMost, point.errorPercent)),
            usePercent: point.machineUtilisation * 100,
          },
        ],
  );

/** Title that states the finding: whether the errors have a side. */
export function residualsTitle(agreement: Agreement): string {
  const errors = residualsOf(agreement)
    .map(({ error }) => error)
    .sort((left, right) => left - right);
  if (errors.length === 0) return `${agreement.metric}: nothing to compare`;
  const above = errors.filter((error) => error > 0).length;
  const median = errors[Math.floor(errors.length / 2)];
  return `${agreement.metric}: predicted too high for ${above} of ${errors.length} loads, median error ${digits(median)} %`;
}

export const residualsDescription = (agreement: Agreement): string =>
  `Error in percent against the use of the machine in percent: ${residualsOf(agreement)
    .map(({ run, error, usePercent }) => `${run} ${digits(error)} at ${digits(usePercent)}`)
    .join('; ')}.`;

/** Error of each load against how busy the machine was; beyond the dashed line live runs do not repeat themselves. */
export function residualsChart(agreement: Agreement): Plot.PlotOptions {
  const rows = residualsOf(agreement);
  const { tolerancePercent } = agreement;
  const end = Math.max(100, ...rows.map(({ usePercent }) => usePercent)) + 4;
  const limit = repeatableUtilisation * 100;
  return {
    ...frame,
    height: 300,
    marginLeft: 70,
    marginRight: 20,
    marginBottom,
    ariaLabel: residualsTitle(agreement),
    ariaDescription: residualsDescription(agreement),
    x: { ...centredLabel, label: "use of the machine's cores by server and clients, %", domain: [0, end] },
    y: { label: '↑ error of the prediction, %', domain: [-percentMost - 5, percentMost + 5], grid: true },
    marks: [
      Plot.rectY([{ from: -tolerancePercent, to: tolerancePercent }], {
        x1: 0,
        x2: end,
        y1: 'from',
        y2: 'to',
        fill: palette.fine,
        fillOpacity: 0.16,
      }),
      Plot.ruleY([0], { stroke: palette.limit }),
      Plot.ruleX([limit], { stroke: palette.limit, strokeDasharray: '5,3' }),
      Plot.text([limit], {
        x: (percent: number) => percent,
        frameAnchor: 'top',
        textAnchor: 'end',
        text: () => 'repeatable up to here',
        dx: -5,
        dy: 4,
        fontSize: 12,
        ...halo,
      }),
      Plot.dot(rows, {
        x: 'usePercent',
        y: 'shown',
        r: 4.5,
        symbol: ({ within }: AgreementPoint) => (within ? 'circle' : 'times'),
        stroke: ({ within }: AgreementPoint) => (within ? palette.predicted : palette.measured),
        fill: ({ within, heldOut }: AgreementPoint) => (within && heldOut ? palette.predicted : 'none'),
        strokeWidth: 2,
        title: ({ run, error }) => `${run}: ${digits(error)} %`,
      }),
    ],
  };
}

export function residualsVegaLite(agreement: Agreement): VegaLiteSpec {
  const values = residualsOf(agreement).map(({ run, shown, usePercent, within }) => ({
    run,
    shown,
    usePercent,
    within,
  }));
  return vegaLiteSpec(residualsTitle(agreement), residualsDescription(agreement), {
    width: vegaLiteWidth,
    height: 240,
    data: { values },
    mark: { type: 'point', filled: true, size: 70 },
    encoding: {
      x: { field: 'usePercent', type: 'quantitative', title: "use of the machine's cores, %" },
      y: { field: 'shown', type: 'quantitative', title: 'error, %' },
      tooltip: { field: 'run' },
    },
  });
}

export const residualsFigure = (agreement: Agreement): Figure => ({
  name: 'residuals',
  title: residualsTitle(agreement),
  description: residualsDescription(agreement),
  plots: [residualsChart(agreement)],
  vegaLite: residualsVegaLite(agreement),
});
