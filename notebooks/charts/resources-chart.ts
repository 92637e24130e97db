import * as Plot from '@observablehq/plot';
import { firstLimit, type RunReport } from '#core';
import type { Figure } from './figure.ts';
import { capitalised, centredLabel, digits, frame, marginBottom, palette, resourceNames } from './theme.ts';
import { type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

/** Title that states the finding. */
export function resourcesTitle(report: RunReport): string {
  const { first } = firstLimit(report.summary.resources);
  const name = capitalised(resourceNames[first.resource]);
  const percent = (first.utilisation * 100).toFixed(0);
  return first.utilisation > 1
    ? `${name} is exceeded: ${percent} % of its limit is asked for`
    : `${name} is the first limit, ${percent} % of it used`;
}

/** Each resource's demand in percent of its limit, with the limit as a line. */
export function resourcesChart(report: RunReport): Plot.PlotOptions {
  const rows = report.summary.resources.map(({ resource, utilisation }) => ({ resource, percent: utilisation * 100 }));
  const first = firstLimit(report.summary.resources).first.resource;
  return {
    ...frame,
    height: 76 + rows.length * 34,
    marginBottom,
    ariaLabel: resourcesTitle(report),
    ariaDescription: rows.map(({ resource, percent }) => `${resource} ${percent.toFixed(0)} %`).join(', '),
    x: {
      ...centredLabel,
      label: 'demand, % of limit',
      domain: [0, Math.max(110, ...rows.map(({ percent }) => percent * 1.12))],
      grid: true,
    },
    y: { label: null, domain: rows.map(({ resource }) => resource) },
    marks: [
      Plot.barX(rows, {
        x: 'percent',
        y: 'resource',
        fill: ({ resource }) => (resource === first ? palette.measured : palette.predicted),
      }),
      Plot.text(rows, {
        x: 'percent',
        y: 'resource',
        text: ({ percent }) => `${percent.toFixed(1)} %`,
        textAnchor: 'start',
        dx: 4,
      }),
      Plot.ruleX([100], { stroke: palette.limit, strokeWidth: 2, strokeDasharray: '5,3' }),
    ],
  };
}

export function resourcesVegaLite(report: RunReport): VegaLiteSpec {
  const rows = report.summary.resources.map(({ resource, utilisation }) => ({
    resource: resourceNames[resource],
    percent: utilisation * 100,
    text: `${digits(utilisation * 100)} %`,
  }));
  const y = { field: 'resource', type: 'nominal', title: null, sort: null };
  const x = { field: 'percent', type: 'quantitative', title: 'demand, % of limit' };
  return vegaLiteSpec(resourcesTitle(report), resourcesDescription(report), {
    width: vegaLiteWidth,
    height: { step: 30 },
    data: { values: rows },
    layer: [
      { mark: { type: 'bar', color: palette.predicted }, encoding: { x, y } },
      { mark: { type: 'text', align: 'left', dx: 4 }, encoding: { x, y, text: { field: 'text' } } },
      {
        data: { values: [{ percent: 100 }] },
        mark: { type: 'rule', strokeDash: [5, 3], color: palette.limit },
        encoding: { x },
      },
    ],
  });
}

export const resourcesDescription = ({ summary }: RunReport): string =>
  `Demand in percent of the limit: ${summary.resources
    .map(({ resource, utilisation }) => `${resourceNames[resource]} ${digits(utilisation * 100)}`)
    .join(', ')}.`;

export const resourcesFigure = (report: RunReport): Figure => ({
  name: 'resources',
  title: resourcesTitle(report),
  description: resourcesDescription(report),
  plots: [resourcesChart(report)],
  vegaLite: resourcesVegaLite(report),
});
