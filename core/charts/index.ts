/** Charts as pure functions: data in, Observable Plot options out. Apart from core's index, so that a server loads no Plot. */
export * from './error-spread-chart.ts';
export * from './errors-chart.ts';
export * from './feasible-region-chart.ts';
export * from './figure.ts';
export * from './heat-map-chart.ts';
export * from './knee.ts';
export * from './latency-load-chart.ts';
export * from './limits-chart.ts';
export * from './machine-cost-chart.ts';
export * from './measured-ranges-chart.ts';
export * from './parts-chart.ts';
export * from './resources-chart.ts';
export * from './run-timeline-chart.ts';
export * from './small-multiples-chart.ts';
export * from './timeline-chart.ts';
export * from './tornado-chart.ts';
export { type Grid, type GridCell } from './grid.ts';
export type { VegaLiteSpec } from './vega-lite.ts';
