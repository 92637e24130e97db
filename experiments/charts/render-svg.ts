import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** Renders a chart to SVG text, in Node. */
export function renderSvg(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const plot = Plot.plot({ ...options, document });
  return plot.outerHTML;
}
