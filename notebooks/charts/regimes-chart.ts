import * as Plot from '@observablehq/plot';
import type { GroupAccuracy } from '#core';
import type { Figure } from './figure.ts';
import { centredLabel, digits, frame, halo, marginBottom, palette } from './theme.ts';
import { type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

/** The mean error of one metric by kind of load. */
export interface RegimeErrors {
  readonly metric: string;
  readonly targetPercent: number;
  readonly regimes: readonly { readonly regime: string; readonly meanPercent: number; readonly runs: number }[];
}

export function regimeErrorsOf(metric: string, groups: readonly GroupAccuracy[]): RegimeErrors {
  const found = groups.flatMap(({ name, metrics }) =>
    metrics.filter((one) => one.metric === metric && one.runs > 0).map((one) => ({ ...one, regime: name })),
  );
  return {
    metric,
    targetPercent: found[0]?.targetPercent ?? 0,
    regimes: found.map(({ regime, meanPercent, runs }) => ({ regime, meanPercent, runs })),
  };
}

/** Title that states the finding. */
export function regimesTitle({ metric, targetPercent, regimes }: RegimeErrors): string {
  const [worst] = [...regimes].sort((left, right) => right.meanPercent - left.meanPercent);
  if (worst === undefined) return `${metric}: no repeatable run is on record`;
  const met = regimes.filter(({ meanPercent }) => meanPercent <= targetPercent).length;
  return `${metric}: mean error within ${digits(targetPercent)} % for ${met} of ${regimes.length} kinds of load; largest for ${worst.regime}, ${digits(worst.meanPercent)} %`;
}

export const regimesDescription = ({ regimes }: RegimeErrors): string =>
  `Mean absolute error in percent: ${regimes
    .map(({ regime, meanPercent, runs }) => `${regime} ${digits(meanPercent)} over ${runs}`)
    .join('; ')}.`;

/** Mean absolute error by kind of load, with the target as a line. */
export function regimesChart(errors: RegimeErrors): Plot.PlotOptions {
  const { regimes, targetPercent } = errors;
  const end = Math.max(targetPercent * 1.5, ...regimes.map(({ meanPercent }) => meanPercent * 1.6));
  return {
    ...frame,
    marginLeft: 140,
    marginRight: 20,
    height: 78 + regimes.length * 30,
    marginBottom,
    ariaLabel: regimesTitle(errors),
    ariaDescription: regimesDescription(errors),
    x: { ...centredLabel, label: 'mean absolute error, %', domain: [0, end], grid: true },
    y: { label: null, domain: regimes.map(({ regime }) => regime) },
    marks: [
      Plot.barX(regimes, {
        x: 'meanPercent',
        y: 'regime',
        insetTop: 4,
        insetBottom: 4,
        fill: ({ meanPercent }: { meanPercent: number }) =>
          meanPercent <= targetPercent ? palette.predicted : palette.measured,
      }),
      Plot.ruleX([targetPercent], { stroke: palette.limit, strokeWidth: 2, strokeDasharray: '5,3' }),
      Plot.text(regimes, {
        x: 'meanPercent',
        y: 'regime',
        text: ({ meanPercent, runs }: { meanPercent: number; runs: number }) =>
          `${digits(meanPercent)} % over ${runs} ${runs === 1 ? 'load' : 'loads'}`,
        textAnchor: 'start',
        dx: 5,
        ...halo,
      }),
    ],
  };
}

export function regimesVegaLite(errors: RegimeErrors): VegaLiteSpec {
  return vegaLiteSpec(regimesTitle(errors), regimesDescription(errors), {
    width: vegaLiteWidth,
    height: { step: 28 },
    data: { values: errors.regimes },
    mark: { type: 'bar', color: palette.predicted },
    encoding: {
      x: { field: 'meanPercent', type: 'quantitative', title: 'mean absolute error, %' },
      y: { field: 'regime', type: 'nominal', title: null, sort: null },
    },
  });
}

export const regimesFigure = (errors: RegimeErrors): Figure => ({
  name: 'error-by-kind-of-load',
  title: regimesTitle(errors),
  description: regimesDescription(errors),
  plots: [regimesChart(errors)],
  vegaLite: regimesVegaLite(errors),
});
