import * as Plot from '@observablehq/plot';
import type { Profile } from '#core';
import type { Figure } from './figure.ts';
import { centredLabel, digits, frame, marginBottom, palette } from './theme.ts';
import { type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

interface Row {
  readonly cost: string;
  readonly value: number;
  readonly lowPercent: number;
  readonly highPercent: number;
}

/** Intervals wider than this go on beyond the edge. */
const percentMost = 250;

function rowsOf(profile: Profile): Row[] {
  return Object.entries(profile.intervals).flatMap(([path, { low, high }]) => {
    const [group, field] = path.split('.');
    const costs = (profile as unknown as Readonly<Record<string, Readonly<Record<string, number>> | undefined>>)[group];
    const value = costs?.[field] ?? 0;
    if (value === 0) return [];
    return [{ cost: costName(path), value, lowPercent: (low / value) * 100, highPercent: (high / value) * 100 }];
  });
}

/** A cost by its path, `cpu.perWriteKernelNs`, in a reader's words: write kernel, ns. */
export function costName(path: string): string {
  const [, field = path] = path.split('.');
  const unit = field.endsWith('Ns') ? ', ns' : field.endsWith('Bytes') ? ', bytes' : '';
  const words = field
    .replace(/^per|Ns$|Bytes$/g, '')
    .replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .trim();
  return `${words}${unit}`;
}

/** Title that states the finding. */
export function profileTitle(profile: Profile): string {
  const rows = rowsOf(profile);
  if (rows.length === 0) return `${profile.name} gives no interval for its costs`;
  const [widest] = [...rows].sort(
    (left, right) => right.highPercent - right.lowPercent - (left.highPercent - left.lowPercent),
  );
  return `${profile.name}: the cost known least well is ${widest.cost}, ${digits(widest.lowPercent)} to ${digits(widest.highPercent)} % of its estimate`;
}

export const profileDescription = (profile: Profile): string =>
  `90 % intervals of the fitted costs, in percent of the estimate: ${rowsOf(profile)
    .map(
      ({ cost, value, lowPercent, highPercent }) =>
        `${cost} ${digits(value)}: ${digits(lowPercent)} to ${digits(highPercent)}`,
    )
    .join('; ')}.`;

/** Every fitted cost with its 90 % interval, in percent of the estimate, so that all fit on one axis. */
export function profileChart(profile: Profile): Plot.PlotOptions {
  const rows = rowsOf(profile);
  const end = Math.min(percentMost, Math.max(120, ...rows.map(({ highPercent }) => highPercent * 1.08)));
  return {
    ...frame,
    marginLeft: 210,
    marginRight: 20,
    height: 78 + rows.length * 28,
    marginBottom,
    ariaLabel: profileTitle(profile),
    ariaDescription: profileDescription(profile),
    x: { ...centredLabel, label: '90 % interval, % of the estimate', domain: [0, end], grid: true },
    y: { label: null, domain: rows.map(labelOf) },
    marks: [
      Plot.ruleX([100], { stroke: palette.limit, strokeDasharray: '5,3' }),
      Plot.ruleY(rows, {
        y: labelOf,
        x1: 'lowPercent',
        x2: ({ highPercent }: Row) => Math.min(end, highPercent),
        stroke: palette.predicted,
        strokeWidth: 4,
      }),
      Plot.dot(rows, { y: labelOf, x: () => 100, r: 5, fill: palette.predicted }),
    ],
  };
}

const labelOf = ({ cost, value }: Row): string => `${cost}: ${digits(value)}`;

export function profileVegaLite(profile: Profile): VegaLiteSpec {
  const y = { field: 'cost', type: 'nominal', title: null, sort: null };
  return vegaLiteSpec(profileTitle(profile), profileDescription(profile), {
    width: vegaLiteWidth,
    height: { step: 26 },
    data: { values: rowsOf(profile) },
    mark: { type: 'rule', size: 4, color: palette.predicted },
    encoding: {
      y,
      x: { field: 'lowPercent', type: 'quantitative', title: '90 % interval, % of the estimate' },
      x2: { field: 'highPercent' },
    },
  });
}

export const profileFigure = (profile: Profile): Figure => ({
  name: 'calibration',
  title: profileTitle(profile),
  description: profileDescription(profile),
  plots: [profileChart(profile)],
  vegaLite: profileVegaLite(profile),
});
