import * as Plot from '@observablehq/plot';
import type { Figure } from './figure.ts';
import { capitalised, centredLabel, digits, frame, halo, marginBottom, palette, seriesStyles } from './theme.ts';
import { type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

/** What one input does to the answer when it alone goes from its low to its high value. */
export interface TornadoRow {
  readonly input: string;
  /** The input's ends, as a reader shall see them. */
  readonly lowInput: string;
  readonly highInput: string;
  /** The answer at each end. */
  readonly low: number;
  readonly high: number;
}

export interface Tornado {
  /** What is answered, such as `connections held`. */
  readonly answer: string;
  readonly unit: string;
  /** The answer with every input at its base. */
  readonly base: number;
  readonly rows: readonly TornadoRow[];
}

const spanOf = ({ low, high }: TornadoRow): number => Math.abs(high - low);
const ranked = ({ rows }: Tornado): TornadoRow[] => [...rows].sort((left, right) => spanOf(right) - spanOf(left));

/** Title that states the finding. */
export function tornadoTitle(tornado: Tornado): string {
  const [first] = ranked(tornado);
  const { answer, unit, base } = tornado;
  return first === undefined || spanOf(first) === 0
    ? `Nothing tried changes ${answer}: ${digits(base)} ${unit}`
    : `${titled(first.input)} matters most: ${answer} ${digits(Math.min(first.low, first.high))} to ${digits(Math.max(first.low, first.high))} ${unit}`;
}

/** Words begin with a capital letter, names of fields stay as they are. */
const titled = (input: string): string => (/^[a-z ]+$/.test(input) ? capitalised(input) : input);

export const tornadoDescription = (tornado: Tornado): string =>
  `${tornado.answer} in ${tornado.unit}, ${digits(tornado.base)} at the base: ${ranked(tornado)
    .map((row) => `${row.input} ${row.lowInput}: ${digits(row.low)}, ${row.highInput}: ${digits(row.high)}`)
    .join('; ')}.`;

interface End {
  readonly input: string;
  readonly value: number;
  readonly text: string;
  readonly isLow: boolean;
}

const endsOf = (tornado: Tornado): End[] =>
  ranked(tornado).flatMap(({ input, low, high, lowInput, highInput }) => [
    { input, value: low, text: lowInput, isLow: true },
    { input, value: high, text: highInput, isLow: false },
  ]);

/** Inputs by how far each moves the answer, largest on top; the low end is filled lightly, the high end fully. */
export function tornadoChart(tornado: Tornado): Plot.PlotOptions {
  const { answer, unit, base } = tornado;
  const ends = endsOf(tornado);
  const values = [base, ...ends.map(({ value }) => value)];
  const reach = Math.max(...values) - Math.min(...values) || Math.abs(base) || 1;
  const longest = Math.max(...tornado.rows.map(({ input }) => input.length), 0);
  return {
    ...frame,
    height: 90 + tornado.rows.length * 34,
    marginLeft: Math.min(260, 20 + longest * 7),
    marginRight: 30,
    marginTop: 30,
    marginBottom,
    ariaLabel: tornadoTitle(tornado),
    ariaDescription: tornadoDescription(tornado),
    x: {
      ...centredLabel,
      label: `${answer}, ${unit}`,
      domain: [Math.min(...values) - reach * 0.28, Math.max(...values) + reach * 0.28],
      grid: true,
      ticks: 4,
    },
    y: { label: null, domain: ranked(tornado).map(({ input }) => input), padding: 0.3 },
    marks: [
      Plot.barX(ends, {
        x1: base,
        x2: 'value',
        y: 'input',
        fill: ({ isLow }: End) => (isLow ? seriesStyles[1].color : seriesStyles[0].color),
        fillOpacity: ({ isLow }: End) => (isLow ? 0.45 : 1),
        stroke: 'currentColor',
        strokeWidth: 0.8,
      }),
      Plot.ruleX([base], { stroke: 'currentColor', strokeWidth: 2 }),
      Plot.text([{}], {
        x: base,
        frameAnchor: 'top',
        lineAnchor: 'bottom',
        dy: -4,
        text: () => `base ${digits(base)}`,
      }),
      ...([-1, 1] as const).map((side) =>
        Plot.text(
          ends.filter(({ value, isLow }) => sideOf(value, base, isLow) === side),
          { x: 'value', y: 'input', text: 'text', textAnchor: side === -1 ? 'end' : 'start', dx: 5 * side, ...halo },
        ),
      ),
    ],
  };
}

/** On which side of its end a label stands: away from the base. */
function sideOf(value: number, base: number, isLow: boolean): -1 | 1 {
  if (value === base) return isLow ? -1 : 1;
  return value < base ? -1 : 1;
}

export function tornadoVegaLite(tornado: Tornado): VegaLiteSpec {
  const { answer, unit, base } = tornado;
  const y = { field: 'input', type: 'nominal', title: null, sort: null };
  return vegaLiteSpec(tornadoTitle(tornado), tornadoDescription(tornado), {
    width: vegaLiteWidth,
    height: { step: 30 },
    data: { values: endsOf(tornado).map((end) => ({ ...end, base, end: end.isLow ? 'low input' : 'high input' })) },
    layer: [
      {
        mark: { type: 'bar', stroke: 'black' },
        encoding: {
          y,
          x: {
            field: 'base',
            type: 'quantitative',
            title: `${answer}, ${unit}`,
            scale: { zero: false, nice: true },
          },
          x2: { field: 'value' },
          color: {
            field: 'end',
            type: 'nominal',
            title: null,
            scale: { domain: ['low input', 'high input'], range: ['#F0B07F', seriesStyles[0].color] },
          },
        },
      },
      {
        mark: { type: 'text', dy: -12 },
        encoding: { y, x: { field: 'value', type: 'quantitative' }, text: { field: 'text' } },
      },
      { mark: { type: 'rule', color: palette.limit }, encoding: { x: { field: 'base', type: 'quantitative' } } },
    ],
  });
}

export const tornadoFigure = (tornado: Tornado): Figure => ({
  name: 'tornado',
  title: tornadoTitle(tornado),
  description: tornadoDescription(tornado),
  plots: [tornadoChart(tornado)],
  vegaLite: tornadoVegaLite(tornado),
});
