import type { PlotOptions } from '@observablehq/plot';
import type { VegaLiteSpec } from './vega-lite.ts';

/** A chart ready to be drawn: by Observable Plot on a page or in a file, or from its Vega-Lite specification by others. */
export interface Figure {
  /** Name of its files, without ending. */
  readonly name: string;
  /** States the finding. */
  readonly title: string;
  /** What the chart shows, in words and numbers, for those who don't see it. */
  readonly description: string;
  /** One, or several of one width to be drawn below one another. */
  readonly plots: readonly PlotOptions[];
  readonly vegaLite: VegaLiteSpec;
}
