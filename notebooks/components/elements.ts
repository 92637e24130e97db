import * as Plot from '@observablehq/plot';
import { digits } from '#charts';

export { digits };

/** What a page shows: a chart with its finding, its words and the numbers behind it. */
export interface ChartFigure {
  /** States the finding. */
  readonly title: string;
  /** What the chart shows, in words and numbers, for those who don't see it. */
  readonly description: string;
  readonly plots: readonly Plot.PlotOptions[];
}

/** Charts are not drawn narrower; on a smaller screen they scroll sideways. */
const chartWidthLeast = 340;
const chartWidthMost = 720;
/** Nor is what stands between their margins. */
const drawingLeast = 270;

/** A chart with the finding as its title, as wide as there is room, and the numbers behind it to unfold. */
export function figure(shown: ChartFigure, numbers?: HTMLElement): HTMLElement {
  const area = document.createElement('div');
  const draw = (width: number): void => {
    area.replaceChildren(...shown.plots.map((options) => drawn(options, width, shown)));
  };
  const fitting = (room: number): number => Math.round(Math.min(chartWidthMost, Math.max(chartWidthLeast, room)));
  let width = fitting(roomOf(document.querySelector('main')));
  draw(width);
  new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width === 0 || fitting(contentRect.width) === width) return;
    width = fitting(contentRect.width);
    draw(width);
  }).observe(area);
  return figureWith(shown.title, area, numbers);
}

/** A title over anything drawn; what is wider than the page scrolls sideways, by keyboard too. */
export function figureWith(title: string, area: HTMLElement, numbers?: HTMLElement): HTMLElement {
  const element = document.createElement('figure');
  const caption = document.createElement('figcaption');
  caption.append(figureText(title));
  area.classList.add('chart');
  element.append(caption, scrollable(area, title));
  if (numbers !== undefined) element.append(unfold('The numbers', numbers));
  return element;
}

function scrollable(area: HTMLElement, label: string): HTMLElement {
  new ResizeObserver(() => {
    const scrolls = area.scrollWidth > area.clientWidth + 1;
    if (scrolls) area.tabIndex = 0;
    else area.removeAttribute('tabindex');
    if (scrolls) area.setAttribute('role', 'region');
    else area.removeAttribute('role');
    if (scrolls) area.setAttribute('aria-label', label);
    else area.removeAttribute('aria-label');
  }).observe(area);
  return area;
}

function drawn(options: Plot.PlotOptions, width: number, { title, description }: ChartFigure): Element {
  const margins = Number(options.marginLeft ?? 0) + Number(options.marginRight ?? 0);
  const plot = Plot.plot({ ...options, width: Math.max(width, margins + drawingLeast) });
  const svg = plot instanceof SVGSVGElement ? plot : plot.querySelector('svg');
  svg?.setAttribute('role', 'img');
  svg?.setAttribute('aria-label', `${options.ariaLabel ?? title}. ${description}`);
  svg?.removeAttribute('aria-description');
  // One picture to assistive technology; what its parts are called stays for the style sheet.
  for (const part of svg?.querySelectorAll<SVGElement>('[aria-label]') ?? []) {
    part.dataset['mark'] = part.getAttribute('aria-label') ?? '';
    part.removeAttribute('aria-label');
  }
  return plot;
}

function roomOf(main: HTMLElement | null): number {
  if (main === null) return chartWidthMost;
  const { paddingLeft, paddingRight } = getComputedStyle(main);
  return main.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
}

/** A sentence; what is put into it are figures, which come from data or from core, never from the words around them. */
export function say(words: TemplateStringsArray, ...figures: readonly (string | number)[]): HTMLParagraphElement {
  const element = document.createElement('p');
  words.forEach((text, index) => {
    element.append(text);
    if (index < figures.length) element.append(figureText(String(figures[index])));
  });
  return element;
}

/** The sentence that a page leads with. */
export function finding(words: TemplateStringsArray, ...figures: readonly (string | number)[]): HTMLElement {
  const element = say(words, ...figures);
  element.className = 'finding';
  return element;
}

/** A remark in small print. */
export function note(words: TemplateStringsArray, ...figures: readonly (string | number)[]): HTMLElement {
  const element = say(words, ...figures);
  element.className = 'note';
  return element;
}

function figureText(text: string): HTMLElement {
  const element = document.createElement('span');
  element.className = 'figure';
  element.textContent = text;
  return element;
}

export interface Column<Row> {
  readonly head: string;
  readonly of: (row: Row) => string | number;
  /** `given` is what a scenario asks for, `result` what came out; the first column is each row's name. */
  readonly kind: 'given' | 'result';
}

/** A table whose first column names its rows. Numbers stand right; a column of texts says so by its first row. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: { readonly caption?: string } = {},
): HTMLElement {
  const element = document.createElement('table');
  if (options.caption !== undefined) element.createCaption().textContent = options.caption;
  const head = element.createTHead().insertRow();
  for (const [index, column] of columns.entries()) {
    const cell = document.createElement('th');
    cell.scope = 'col';
    cell.textContent = column.head;
    if (index > 0 && isNumeric(rows, column)) cell.className = 'number';
    head.append(cell);
  }
  const body = element.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const [index, column] of columns.entries()) {
      const cell = index === 0 ? line.appendChild(document.createElement('th')) : line.insertCell();
      if (index === 0) cell.setAttribute('scope', 'row');
      cell.textContent = shown(column.of(row));
      if (index > 0 && isNumeric(rows, column)) cell.classList.add('number');
      cell.classList.add(column.kind);
    }
  }
  const scroll = document.createElement('div');
  scroll.className = 'table';
  scroll.append(element);
  return scrollable(scroll, options.caption ?? columns.map(({ head: name }) => name).join(', '));
}

const isNumeric = <Row>(rows: readonly Row[], { of }: Column<Row>): boolean =>
  rows.length > 0 && /^[-+−]?[\d.,]+/.test(shown(of(rows[0])));

const shown = (value: string | number): string => (typeof value === 'number' ? digits(value) : value);

/** The day of a date and time. */
export const dayOf = (date: string): string => date.split('T')[0];

export const percent = (share: number): string => `${digits(share * 100)} %`;

/** Something to unfold. */
export function unfold(label: string, ...content: readonly HTMLElement[]): HTMLElement {
  const element = document.createElement('details');
  const summary = document.createElement('summary');
  summary.textContent = label;
  element.append(summary, ...content);
  return element;
}

/** Elements below one another. */
export function together(...parts: readonly (HTMLElement | null)[]): HTMLElement {
  const element = document.createElement('div');
  element.append(...parts.filter((part) => part !== null));
  return element;
}
