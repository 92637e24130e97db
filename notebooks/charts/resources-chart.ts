import * as Plot from '@observablehq/plot';
import { firstLimit, limitingResources, type ResourceUse, type RunReport, shareOfUsable } from '#core';
import type { Figure } from './figure.ts';
import { capitalised, centredLabel, digits, frame, halo, marginBottom, palette, resourceNames } from './theme.ts';
import { type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

/** Resources of a scenario, by closed form or from a run. */
export interface ResourceBars {
  readonly resources: readonly ResourceUse[];
  /** Machine and profile, or that it was measured. */
  readonly subject: string;
}

/** A bar beyond it is cut, and says its value. */
const percentMost = 200;

interface Bar {
  readonly name: string;
  readonly percent: number;
  /** The same at the ends of the profile's range; null where there is none. */
  readonly low: number | null;
  readonly high: number | null;
}

/** The longest on top, which is the first limit. Caps are settings, and shown where they are exceeded. */
function barsOf({ resources }: ResourceBars): Bar[] {
  return limitingResources(resources).map((use) => {
    const { resource, demandLow, demandHigh, limit, usable = limit } = use;
    const percentOf = (demand: number | undefined): number | null =>
      demand === undefined ? null : (demand / usable) * 100;
    return {
      name: resourceNames[resource],
      percent: shareOfUsable(use) * 100,
      low: percentOf(demandLow),
      high: percentOf(demandHigh),
    };
  });
}

const rangeText = ({ low, high }: Bar): string =>
  low === null || high === null ? '' : ` (${digits(low)} to ${digits(high)})`;

const leastShown = 0.1;
/** Smaller shares are no finding, and their digits need room that a phone has not. */
const percentText = (percent: number): string =>
  percent > 0 && percent < leastShown ? `<${leastShown} %` : `${digits(percent)} %`;

/** Title that states the finding. */
export function resourcesTitle(bars: ResourceBars): string {
  const { first } = firstLimit(bars.resources);
  const [longest] = barsOf(bars);
  const name = capitalised(resourceNames[first.resource]);
  const asked = `${digits(longest.percent)}${rangeText(longest)} % of what may be used is asked for`;
  return longest.percent > 100
    ? `${name} is exceeded on ${bars.subject}: ${asked}`
    : `${name} is the first limit of ${bars.subject}: ${asked}`;
}

/** Each resource's demand in percent of what may be used, with the range of the profile as a whisker. */
export function resourcesChart(bars: ResourceBars): Plot.PlotOptions {
  const rows = barsOf(bars);
  const [longest] = rows;
  const most = Math.max(110, ...rows.map(({ percent, high }) => Math.max(percent, high ?? 0) * 1.05));
  const end = Math.min(percentMost, most);
  const cut = (percent: number): number => Math.min(percent, end);
  const ranged = rows.filter(({ low }) => low !== null);
  return {
    ...frame,
    height: 76 + rows.length * 34,
    marginRight: 60,
    marginBottom,
    ariaLabel: resourcesTitle(bars),
    ariaDescription: descriptionOf(bars),
    x: { ...centredLabel, label: 'demand, % of what may be used', domain: [0, end], grid: true, ticks: 6 },
    y: { label: null, domain: rows.map(({ name }) => name) },
    marks: [
      Plot.barX(rows, {
        x: ({ percent }: Bar) => cut(percent),
        y: 'name',
        fill: (row: Bar) => (row === longest ? palette.measured : palette.predicted),
      }),
      Plot.ruleX([100], { stroke: palette.limit, strokeWidth: 2, strokeDasharray: '5,3' }),
      Plot.ruleY(ranged, {
        x1: ({ low }: Bar) => cut(low ?? 0),
        x2: ({ high }: Bar) => cut(high ?? 0),
        y: 'name',
        stroke: 'currentColor',
        strokeWidth: 2,
        marker: 'tick',
      }),
      // In the margin, so that no bar, whisker or limit runs through a number; an arrow where the bar is cut.
      Plot.text(rows, {
        x: end,
        y: 'name',
        text: ({ percent }: Bar) => `${percent > end ? '→ ' : ''}${percentText(percent)}`,
        textAnchor: 'start',
        dx: 5,
        ...halo,
      }),
    ],
  };
}

export function resourcesVegaLite(bars: ResourceBars): VegaLiteSpec {
  const rows = barsOf(bars).map((bar) => ({ ...bar, text: `${digits(bar.percent)} %` }));
  const y = { field: 'name', type: 'nominal', title: null, sort: null };
  const x = { field: 'percent', type: 'quantitative', title: 'demand, % of what may be used' };
  const ranged = rows.filter(({ low }) => low !== null);
  return vegaLiteSpec(resourcesTitle(bars), descriptionOf(bars), {
    width: vegaLiteWidth,
    height: { step: 30 },
    data: { values: rows },
    layer: [
      { mark: { type: 'bar', color: palette.predicted }, encoding: { x, y } },
      { mark: { type: 'text', align: 'left', dx: 4 }, encoding: { x, y, text: { field: 'text' } } },
      ...(ranged.length === 0
        ? []
        : [
            {
              data: { values: ranged },
              mark: { type: 'rule', strokeWidth: 2 },
              encoding: { x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' }, y },
            },
          ]),
      {
        data: { values: [{ percent: 100 }] },
        mark: { type: 'rule', strokeDash: [5, 3], color: palette.limit },
        encoding: { x },
      },
    ],
  });
}

const descriptionOf = (bars: ResourceBars): string =>
  `Demand in percent of what may be used on ${bars.subject}: ${barsOf(bars)
    .map((bar) => `${bar.name} ${digits(bar.percent)}${rangeText(bar)}`)
    .join(', ')}.`;

/** What a chart of a report speaks of. */
export function reportSubject({ scenario, profile }: RunReport): string {
  const { machine } = scenario as { readonly machine?: string | { readonly name?: string } };
  const name = typeof machine === 'string' ? machine : (machine?.name ?? 'its machine');
  return `${name}, ${profile ?? 'measured'}`;
}

export function resourcesFigure(report: RunReport): Figure {
  const bars = { resources: report.summary.resources, subject: reportSubject(report) };
  return {
    name: 'resources',
    title: resourcesTitle(bars),
    description: descriptionOf(bars),
    plots: [resourcesChart(bars)],
    vegaLite: resourcesVegaLite(bars),
  };
}
