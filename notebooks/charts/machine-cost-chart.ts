import * as Plot from '@observablehq/plot';
import type { Figure } from './figure.ts';
import { centredLabel, digits, frame, marginBottom, seriesStyles } from './theme.ts';
import { type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

/** What a machine costs for the clients that it holds. Prices in USD a month, without egress. */
export interface MachineCost {
  readonly machine: string;
  readonly usdPerMonth: number;
  readonly connectionsMax: number;
  /** What ends it there. */
  readonly firstLimit: string;
}

export interface MachineCosts {
  /** The load for which this holds, such as `25 messages/s of 500 B`. */
  readonly load: string;
  readonly machines: readonly MachineCost[];
}

const costOf = ({ usdPerMonth, connectionsMax }: MachineCost): number => usdPerMonth / (connectionsMax / 1_000);
const ranked = ({ machines }: MachineCosts): MachineCost[] =>
  machines
    .filter(({ connectionsMax }) => connectionsMax > 0)
    .sort((left, right) => costOf(left) - costOf(right) || left.usdPerMonth - right.usdPerMonth);

/** Title that states the finding. */
export function machineCostTitle(costs: MachineCosts): string {
  const [first, second] = ranked(costs);
  if (first === undefined) return `No machine holds a client at ${costs.load}`;
  const found = `${first.machine} is cheapest: $${costOf(first).toFixed(2)} a month for 1,000 clients`;
  return second === undefined ? found : `${found}, then ${second.machine} at $${costOf(second).toFixed(2)}`;
}

export const machineCostDescription = (costs: MachineCosts): string =>
  `Machine cost in USD a month for 1,000 clients at ${costs.load}, without egress: ${ranked(costs)
    .map(
      (cost) =>
        `${cost.machine} $${costOf(cost).toFixed(2)}, holds ${digits(cost.connectionsMax)} until ${cost.firstLimit}`,
    )
    .join('; ')}.`;

const note = (cost: MachineCost): string =>
  `$${costOf(cost).toFixed(2)}: ${digits(cost.connectionsMax)} clients, then ${cost.firstLimit}; $${digits(cost.usdPerMonth)}/month`;

/** Cost per 1,000 clients by machine, cheapest on top; each bar says how many clients that are and what ends them. */
export function machineCostChart(costs: MachineCosts): Plot.PlotOptions {
  const rows = ranked(costs);
  const most = Math.max(0, ...rows.map(costOf));
  const longest = Math.max(0, ...rows.map(({ machine }) => machine.length));
  return {
    ...frame,
    height: 70 + rows.length * 34,
    marginLeft: Math.min(220, 20 + longest * 7.5),
    marginRight: 20,
    marginBottom,
    ariaLabel: machineCostTitle(costs),
    ariaDescription: machineCostDescription(costs),
    // Room for the note behind the longest bar.
    x: {
      ...centredLabel,
      label: `USD a month for 1,000 clients, ${costs.load}`,
      domain: [0, most * 2.4 || 1],
      grid: true,
      ticks: 6,
    },
    y: { label: null, domain: rows.map(({ machine }) => machine), padding: 0.25 },
    marks: [
      Plot.barX(rows, {
        x: costOf,
        y: 'machine',
        fill: (row: MachineCost) => (row === rows[0] ? seriesStyles[0].color : '#767676'),
      }),
      Plot.text(rows, { x: costOf, y: 'machine', text: note, textAnchor: 'start', dx: 5 }),
      Plot.ruleX([0], { stroke: 'currentColor' }),
    ],
  };
}

export function machineCostVegaLite(costs: MachineCosts): VegaLiteSpec {
  const y = { field: 'machine', type: 'nominal', title: null, sort: null };
  const x = { field: 'usdPerThousand', type: 'quantitative', title: `USD a month for 1,000 clients, ${costs.load}` };
  return vegaLiteSpec(machineCostTitle(costs), machineCostDescription(costs), {
    width: vegaLiteWidth,
    height: { step: 30 },
    data: { values: ranked(costs).map((cost) => ({ ...cost, usdPerThousand: costOf(cost), note: note(cost) })) },
    layer: [
      { mark: { type: 'bar', color: seriesStyles[0].color }, encoding: { x, y, tooltip: { field: 'note' } } },
      { mark: { type: 'text', align: 'left', dx: 4 }, encoding: { x, y, text: { field: 'note' } } },
    ],
  });
}

export const machineCostFigure = (costs: MachineCosts): Figure => ({
  name: 'cost-by-machine',
  title: machineCostTitle(costs),
  description: machineCostDescription(costs),
  plots: [machineCostChart(costs)],
  vegaLite: machineCostVegaLite(costs),
});
