import { frame } from './theme.ts';

/** A Vega-Lite specification with its data in it, as JSON: embed it with vega-embed, or compile it with vega-lite. */
export type VegaLiteSpec = Readonly<Record<string, unknown>>;

/** What all specifications share; `description` becomes the chart's alternative text. */
export function vegaLiteSpec(title: string, description: string, body: VegaLiteSpec): VegaLiteSpec {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: title, anchor: 'start', fontSize: 14 },
    description,
    config: {
      font: 'system-ui, sans-serif',
      axis: { labelFontSize: 12, titleFontSize: 12, titleFontWeight: 'normal' },
      view: { stroke: null },
    },
    ...body,
  };
}

/** Width of the drawing area, as wide as the Plot charts are. */
export const vegaLiteWidth = frame.width - frame.marginLeft - 60;

/** Scale that gives each series its own colour. */
export const colorScale = (names: readonly string[], colors: readonly string[]): VegaLiteSpec => ({
  domain: names,
  range: colors,
});

/** Scale that gives each series its own line, for those who see no colour. */
export const dashScale = (names: readonly string[], dashes: readonly string[]): VegaLiteSpec => ({
  domain: names,
  range: dashes.map((dash) => (dash === '' ? [1, 0] : dash.split(',').map(Number))),
});

/** Colour and line of each series of a field: told apart with colours and without. */
export function seriesEncoding(
  field: string,
  names: readonly string[],
  styles: readonly { readonly color: string; readonly dash: string }[],
): VegaLiteSpec {
  const colors = styles.map(({ color }) => color);
  const dashes = styles.map(({ dash }) => dash);
  return {
    color: { field, type: 'nominal', title: null, scale: colorScale(names, colors) },
    strokeDash: { field, type: 'nominal', title: null, scale: dashScale(names, dashes) },
  };
}
