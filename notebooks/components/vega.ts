import { figureWith } from './elements.ts';

/** A chart that answers the pointer, from its Vega-Lite specification. */
export interface VegaFigure {
  readonly title: string;
  readonly description: string;
  readonly vegaLite: Readonly<Record<string, unknown>>;
}

const ink = 'currentColor';
const faint = '#8080804d';
const axis = { labelColor: ink, titleColor: ink, domainColor: ink, tickColor: ink, gridColor: faint };

/** Drawn as SVG in the page's colours. Expressions are interpreted, not compiled: a strict content policy allows it. */
export async function vegaFigure(shown: VegaFigure, numbers?: HTMLElement): Promise<HTMLElement> {
  // Vega is large: a page shows all else first.
  const { default: embed } = await import('vega-embed');
  const area = document.createElement('div');
  const { title: _shownAbove, config, ...specification } = shown.vegaLite;
  await embed(
    area,
    {
      ...specification,
      config: { ...(config as object | undefined), background: 'transparent', aria: false, axis, legend: axis },
    } as Parameters<typeof embed>[1],
    { actions: false, renderer: 'svg', ast: true },
  );
  const svg = area.querySelector('svg');
  // One picture to assistive technology, not one for each mark.
  for (const part of svg?.querySelectorAll('[role]') ?? []) {
    for (const name of ['role', 'aria-roledescription', 'aria-label']) part.removeAttribute(name);
  }
  svg?.setAttribute('role', 'img');
  svg?.setAttribute('aria-label', `${shown.title}. ${shown.description}`);
  return figureWith(shown.title, area, numbers);
}
