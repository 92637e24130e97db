import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { feasibleRegion, type MetricAccuracy, type Profile, type RunAccuracy } from '#core';
import {
  agreementOn,
  feasibleRegionFigure,
  type Figure,
  type FrontierPoint,
  frontierFigure,
  type MachineCost,
  machineCostFigure,
  scatterFigure,
} from '#charts';
import { loadScenario } from '../scenario-file.ts';
import { renderPng } from './render-png.ts';
import { renderSvgFile } from './render-svg.ts';

/**
 * Writes the four charts of the project's README into `notebooks/images`, from what is on record:
 *
 *     npm run notebooks:charts
 *
 * The same data give the same bytes. It reads what `notebooks/data` wrote: pages and README show the same figures.
 */
const root = new URL('../../', import.meta.url);
const out = new URL('notebooks/images/', root);
const data = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`out/notebook-data/${name}.json`, root), 'utf8')) as T;

const runs = data<{
  readonly runs: readonly (RunAccuracy & { readonly heldOut: boolean })[];
  readonly metrics: readonly MetricAccuracy[];
  readonly profiles: readonly Profile[];
}>('runs');
const coalescing = data<{
  readonly loads: readonly {
    readonly load: string;
    readonly points: readonly (Omit<FrontierPoint, 'name'> & { readonly intervalMs: number })[];
    readonly measured: readonly FrontierPoint[];
  }[];
}>('coalescing');
const capacity = data<{ readonly costs: { readonly load: string; readonly machines: readonly MachineCost[] } }>(
  'capacity',
);
/** The load with the most deliveries a second: where merging matters. */
const busiest = [...coalescing.loads].sort((left, right) => deliveries(right.load) - deliveries(left.load))[0];
const target = loadScenario(new URL('experiments/scenarios/e2-standard-2-12k-node.yaml', root).pathname).resolved;

const figures: readonly Figure[] = [
  { ...feasibleRegionFigure(feasibleRegion(target)), name: 'capacity' },
  { ...scatterFigure(agreementOn('CPU, server', runs.runs)), name: 'predicted-against-measured' },
  {
    ...frontierFigure({
      load: `${busiest.load} messages/s`,
      predicted: busiest.points.map((point) => ({ ...point, name: `${point.intervalMs} ms` })),
      measured: busiest.measured,
    }),
    name: 'coalescing',
  },
  { ...machineCostFigure(capacity.costs), name: 'cost' },
];

mkdirSync(out, { recursive: true });
for (const figure of figures) {
  const svg = renderSvgFile(figure);
  writeFileSync(new URL(`${figure.name}.svg`, out), svg);
  writeFileSync(new URL(`${figure.name}.png`, out), renderPng(svg));
  process.stdout.write(`notebooks/images/${figure.name}: ${figure.title}\n`);
}

function deliveries(load: string): number {
  const [connections, ratePerSecond] = load.split(' x ').map(Number);
  return connections * ratePerSecond;
}
