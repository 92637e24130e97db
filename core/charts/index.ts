/** Charts as pure functions: data in, Observable Plot options out. Apart from core's index, so that a server loads no Plot. */
export * from './errors-chart.ts';
export * from './resources-chart.ts';
export * from './timeline-chart.ts';
