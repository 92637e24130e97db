import * as Plot from '@observablehq/plot';
import type { Figure } from './figure.ts';
import { centredLabel, digits, frame, marginBottom, seriesStyles } from './theme.ts';
import { type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

/** What a machine costs for the clients that it holds. Prices in USD a month. */
export interface MachineCost {
  readonly machine: string;
  readonly usdPerMonth: number;
  /** Internet egress of all the clients that it holds; absent where it is not to be paid. */
  readonly egressUsdPerMonth?: number;
  readonly connectionsMax: number;
  /** What ends it there. */
  readonly firstLimit: string;
}

export interface MachineCosts {
  /** The load for which this holds, such as `25 messages/s of 500 B`. */
  readonly load: string;
  readonly machines: readonly MachineCost[];
}

/** For 1,000 clients: the machine, its egress, and both. */
const machineOf = ({ usdPerMonth, connectionsMax }: MachineCost): number => usdPerMonth / (connectionsMax / 1_000);
const egressOf = ({ egressUsdPerMonth = 0, connectionsMax }: MachineCost): number =>
  egressUsdPerMonth / (connectionsMax / 1_000);
const costOf = (cost: MachineCost): number => machineOf(cost) + egressOf(cost);
const usd = (value: number): string => `$${value < 100 ? value.toFixed(2) : digits(value)}`;
const ranked = ({ machines }: MachineCosts): MachineCost[] =>
  machines
    .filter(({ connectionsMax }) => connectionsMax > 0)
    .sort((left, right) => costOf(left) - costOf(right) || left.usdPerMonth - right.usdPerMonth);

/** Title that states the finding. */
export function machineCostTitle(costs: MachineCosts): string {
  const [first, second] = ranked(costs);
  if (first === undefined) return `No machine holds a client at ${costs.load}`;
  const traffic = egressOf(first) === 0 ? '' : `, of it ${usd(egressOf(first))} egress`;
  const found = `${first.machine} is cheapest: ${usd(costOf(first))} a month for 1,000 clients${traffic}`;
  const next = second === undefined ? '' : `; then ${second.machine} at ${usd(costOf(second))}`;
  return `${found}${next} (${costs.load})`;
}

export const machineCostDescription = (costs: MachineCosts): string =>
  `USD a month for 1,000 clients at ${costs.load}${withEgress(costs) ? ', machine and internet egress' : ', without egress'}: ${ranked(
    costs,
  )
    .map(
      (cost) =>
        `${cost.machine} ${usd(costOf(cost))}, of it the machine ${usd(machineOf(cost))}, holds ${digits(cost.connectionsMax)} until ${cost.firstLimit}`,
    )
    .join('; ')}.`;

const withEgress = ({ machines }: MachineCosts): boolean =>
  machines.some(({ egressUsdPerMonth = 0 }) => egressUsdPerMonth > 0);

const note = (cost: MachineCost): string =>
  egressOf(cost) === 0
    ? `${usd(costOf(cost))} (${usd(cost.usdPerMonth)}/month)\n${digits(cost.connectionsMax)} clients, then ${cost.firstLimit}`
    : `${usd(machineOf(cost))} + ${usd(egressOf(cost))}\n${digits(cost.connectionsMax)} clients, then ${cost.firstLimit}`;

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
      label: `USD a month for 1,000 clients${withEgress(costs) ? ': machine + egress' : ''}`,
      domain: [0, most * 3.2 || 1],
      grid: true,
      ticks: 4,
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
