import type { ResourceUse } from '#core';

/** Colours of Okabe and Ito (2008): told apart by colour-blind readers, and by their lightness in black and white. */
export const palette = { predicted: '#0072B2', measured: '#D55E00', limit: '#666666', fine: '#009E73' } as const;

/** Size and type that all charts share; text takes the page's colour. */
export const frame = {
  width: 680,
  marginLeft: 120,
  style: { background: 'transparent', color: 'currentColor', fontSize: '13px', fontFamily: 'system-ui, sans-serif' },
} as const;

/** The page behind the chart: a page may set `--paper`, else it is the browser's own, light or dark. */
export const paper = 'var(--paper, Canvas)';

/** Keeps text readable where it crosses lines. */
export const halo = { fill: 'currentColor', stroke: paper, strokeWidth: 4 } as const;

/** A horizontal axis whose label stands below its middle, clear of the last tick; `marginBottom` makes the room. */
export const centredLabel = { labelAnchor: 'center', labelArrow: 'none' } as const;
export const marginBottom = 46;

/** How a series is told from the next, in colour and without: each differs in all three. */
export interface SeriesStyle {
  readonly color: string;
  /** `stroke-dasharray`; '' is a solid line. */
  readonly dash: string;
  readonly symbol: 'circle' | 'square' | 'triangle' | 'diamond' | 'cross' | 'star';
}

/** Darker and lighter in turn, so that neighbours differ in black and white; all at 3:1 or more on white and on black. */
export const seriesStyles: readonly SeriesStyle[] = [
  { color: '#0072B2', dash: '', symbol: 'circle' },
  { color: '#D55E00', dash: '8,4', symbol: 'square' },
  { color: '#009E73', dash: '2,3', symbol: 'triangle' },
  { color: '#B0629A', dash: '10,3,2,3', symbol: 'diamond' },
  { color: '#767676', dash: '14,5', symbol: 'cross' },
  { color: '#A07400', dash: '4,2', symbol: 'star' },
];

type Resource = ResourceUse['resource'];

/** A resource looks the same in every chart. */
export const resourceStyles: Readonly<Record<Resource, SeriesStyle>> = {
  cpu: seriesStyles[0],
  memory: seriesStyles[1],
  network: seriesStyles[2],
  'event-loop': seriesStyles[5],
  connections: seriesStyles[3],
  'bus-rate': seriesStyles[4],
  'broadcast-rate': seriesStyles[4],
  descriptors: seriesStyles[4],
  tasks: seriesStyles[4],
};

export const resourceNames: Readonly<Record<Resource, string>> = {
  cpu: 'CPU',
  memory: 'memory',
  network: 'network',
  'event-loop': 'event loop',
  connections: 'connection cap',
  'bus-rate': 'bus rate cap',
  'broadcast-rate': 'broadcast rate cap',
  descriptors: 'file descriptors',
  tasks: 'task cap',
};

/** What a load is called on an axis and in a title. */
export const loadNames = {
  connections: { axis: 'connections', unit: 'connections' },
  ratePerSecond: { axis: 'messages published per second', unit: 'messages/s' },
} as const;

/** A number for a reader: thousands separated, three significant digits below 100; a dash where there is no value. */
export function digits(value: number | null): string {
  if (value === null) return '–';
  const rounded = Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
  return rounded.toLocaleString('en-US', { maximumFractionDigits: 4 });
}

export const capitalised = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
