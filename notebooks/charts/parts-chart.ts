import * as Plot from '@observablehq/plot';
import { bytesPerMiB, type ClosedForm } from '#core';
import type { Figure } from './figure.ts';
import { spreadLabels } from './spread-labels.ts';
import { capitalised, digits, frame, halo, seriesStyles } from './theme.ts';
import { colorScale, type VegaLiteSpec, vegaLiteSpec } from './vega-lite.ts';

/** What takes a resource, part by part, in one or more variants side by side. */
export interface Parts {
  /** What is taken, such as `CPU`. */
  readonly of: string;
  readonly unit: string;
  readonly limit: number;
  readonly variants: readonly {
    readonly name: string;
    readonly parts: readonly { readonly part: string; readonly value: number }[];
  }[];
}

/** One scenario's closed form under the name that it shall have in the chart. */
export interface NamedForm {
  readonly name: string;
  readonly form: ClosedForm;
}

const limitOf = ({ form }: NamedForm, resource: 'cpu' | 'memory'): number =>
  form.resources.find((use) => use.resource === resource)?.limit ?? 0;

/** CPU by part, in cores. */
export const cpuParts = (forms: readonly NamedForm[]): Parts => ({
  of: 'CPU',
  unit: 'cores',
  limit: limitOf(forms[0], 'cpu'),
  variants: forms.map(({ name, form: { cpu } }) => ({
    name,
    parts: [
      { part: 'socket writes, kernel', value: cpu.writeKernelCores },
      { part: 'socket writes, user', value: cpu.writeUserCores },
      { part: 'deliveries to send buffers', value: cpu.deliveryCores },
      { part: 'broadcasts and look-up', value: cpu.broadcastCores },
      { part: 'intake (main thread)', value: cpu.mainCores },
      { part: 'background', value: cpu.backgroundCores },
    ],
  })),
});

/** Memory by part, in MiB. */
export const memoryPartsOf = (forms: readonly NamedForm[]): Parts => ({
  of: 'memory',
  unit: 'MiB',
  limit: limitOf(forms[0], 'memory') / bytesPerMiB,
  variants: forms.map(({ name, form: { memory } }) => ({
    name,
    parts: [
      { part: 'send buffers', value: memory.sendBufferBytes / bytesPerMiB },
      { part: 'connections', value: memory.connectionBytes / bytesPerMiB },
      { part: 'garbage of deliveries', value: memory.deliveryBytes / bytesPerMiB },
      { part: 'messages kept', value: memory.retainedBytes / bytesPerMiB },
      { part: 'subscription index', value: memory.subscriptionBytes / bytesPerMiB },
      { part: 'process', value: memory.processBytes / bytesPerMiB },
    ],
  })),
});

const total = (variant: Parts['variants'][number]): number => variant.parts.reduce((sum, { value }) => sum + value, 0);

/** Title that states the finding. */
export function partsTitle({ of, unit, limit, variants }: Parts): string {
  const last = variants[variants.length - 1];
  const [largest] = [...last.parts].sort((left, right) => right.value - left.value);
  const all = total(last);
  const share = all === 0 ? 0 : (largest.value / all) * 100;
  const found = `${largest.part}: ${digits(share)} % of ${digits(all)} ${unit} of ${of}; the limit is ${digits(limit)} ${unit}`;
  if (variants.length === 1) return capitalised(found);
  return `${capitalised(of)}: ${variants.map((variant) => `${variant.name} ${digits(total(variant))}`).join(', ')} of ${digits(limit)} ${unit}`;
}

export const partsDescription = ({ of, unit, variants }: Parts): string =>
  `${of} in ${unit} by part: ${variants
    .map(
      ({ name, parts }) =>
        `${name}: ${parts
          .filter(({ value }) => value > 0)
          .map(({ part, value }) => `${part} ${digits(value)}`)
          .join(', ')}`,
    )
    .join('; ')}.`;

const height = 360;
/** Wide enough for the longest name below a column. */
const columnWidth = ({ variants }: Parts): number =>
  Math.max(110, ...variants.map(({ name }) => name.length * 7.5 + 16));

interface Segment {
  readonly variant: string;
  /** Column of the variant, from 0. */
  readonly column: number;
  readonly part: string;
  readonly value: number;
  readonly from: number;
  readonly to: number;
  readonly color: string;
}

/** Segments from the bottom up; parts that are nothing in every variant are left out. */
function segmentsOf({ variants }: Parts): Segment[] {
  const used = variants[0].parts
    .map(({ part }) => part)
    .filter((part) => variants.some(({ parts }) => parts.some((one) => one.part === part && one.value > 0)));
  return variants.flatMap(({ name, parts }, column) => {
    let from = 0;
    return used.map((part, index) => {
      const value = parts.find((one) => one.part === part)?.value ?? 0;
      const segment = {
        variant: name,
        column,
        part,
        value,
        from,
        to: from + value,
        color: seriesStyles[index % seriesStyles.length].color,
      };
      from += value;
      return segment;
    });
  });
}

/** One column a variant, stacked by part; the parts are named beside the last column. */
export function partsChart(parts: Parts): Plot.PlotOptions {
  const { of, unit, limit, variants } = parts;
  const segments = segmentsOf(parts);
  const named = segments.filter(({ column }) => column === variants.length - 1);
  const largest = Math.max(...variants.map(total));
  const showsLimit = limit < largest * 2.5;
  const most = Math.max(largest, showsLimit ? limit : 0) * 1.12;
  const inner = height - 80;
  const places = spreadLabels(
    named.map(({ from, to }) => (from + to) / 2),
    (most * 17) / inner,
    (most * 6) / inner,
    most,
  );
  const tall = segments.filter(({ value }) => (value / most) * inner >= 15);
  const marginRight = 250;
  // Where the names of the parts begin, in columns.
  const edge = variants.length - 1 + 0.62;
  return {
    ...frame,
    width: 70 + columnWidth(parts) * variants.length + marginRight,
    height,
    marginLeft: 70,
    marginRight,
    marginTop: 34,
    ariaLabel: partsTitle(parts),
    ariaDescription: partsDescription(parts),
    x: {
      label: null,
      domain: [-0.5, edge],
      ticks: variants.map((_, column) => column),
      tickFormat: (column: number) => variants[column].name,
    },
    y: { label: `↑ ${of}, ${unit}`, domain: [0, most], grid: true, ticks: 7 },
    marks: [
      Plot.rect(segments, {
        x1: ({ column }: Segment) => column - 0.36,
        x2: ({ column }: Segment) => column + 0.36,
        y1: 'from',
        y2: 'to',
        fill: 'color',
        stroke: 'currentColor',
        strokeWidth: 0.8,
      }),
      Plot.text(tall, {
        x: 'column',
        y: ({ from, to }: Segment) => (from + to) / 2,
        text: ({ value }: Segment) => digits(value),
        fill: ({ color }: Segment) => (color === seriesStyles[0].color ? 'white' : 'black'),
        fontWeight: 'bold',
      }),
      Plot.text(variants, {
        x: (_: unknown, column: number) => column,
        y: total,
        text: (variant: Parts['variants'][number]) => digits(total(variant)),
        dy: -10,
        fontWeight: 'bold',
        ...halo,
      }),
      Plot.text(named, {
        x: edge,
        y: (_: Segment, index: number) => places[index],
        text: ({ part, value }: Segment) => `${part} ${digits(value)}`,
        textAnchor: 'start',
        dx: 4,
      }),
      Plot.link(named, {
        x1: ({ column }: Segment) => column + 0.36,
        y1: ({ from, to }: Segment) => (from + to) / 2,
        x2: edge,
        y2: (_: Segment, index: number) => places[index],
        stroke: 'currentColor',
        strokeOpacity: 0.5,
      }),
      ...(showsLimit
        ? [
            Plot.ruleY([limit], { stroke: 'currentColor', strokeWidth: 2, strokeDasharray: '6,3' }),
            Plot.text([{}], {
              frameAnchor: 'right',
              y: limit,
              text: () => `limit ${digits(limit)}`,
              textAnchor: 'start',
              dx: 4,
              fontWeight: 'bold',
              ...halo,
            }),
          ]
        : []),
      Plot.ruleY([0], { stroke: 'currentColor' }),
    ],
  };
}

export function partsVegaLite(parts: Parts): VegaLiteSpec {
  const segments = segmentsOf(parts);
  const names = [...new Set(segments.map(({ part }) => part))];
  const y = { type: 'quantitative', title: `${parts.of}, ${parts.unit}` };
  return vegaLiteSpec(partsTitle(parts), partsDescription(parts), {
    width: { step: columnWidth(parts) },
    height: height - 80,
    layer: [
      {
        data: { values: segments.map(({ variant, part, value, from, to }) => ({ variant, part, value, from, to })) },
        mark: { type: 'bar', stroke: 'black', strokeWidth: 0.8 },
        encoding: {
          x: { field: 'variant', type: 'nominal', title: null, sort: null, axis: { labelAngle: 0 } },
          y: { field: 'from', ...y },
          y2: { field: 'to' },
          color: {
            field: 'part',
            type: 'nominal',
            title: null,
            scale: colorScale(
              names,
              names.map((_, index) => seriesStyles[index % seriesStyles.length].color),
            ),
          },
        },
      },
      {
        data: { values: [{ limit: parts.limit }] },
        mark: { type: 'rule', strokeDash: [6, 3] },
        encoding: { y: { field: 'limit', ...y } },
      },
    ],
  });
}

export const partsFigure = (parts: Parts): Figure => ({
  name: `${parts.of.toLowerCase()}-by-part`,
  title: partsTitle(parts),
  description: partsDescription(parts),
  plots: [partsChart(parts)],
  vegaLite: partsVegaLite(parts),
});
