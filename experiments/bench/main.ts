import { parseArgs } from 'node:util';
import { median } from 'simple-statistics';
import type { BenchRow } from './bench-row.ts';
import { closedFormBench } from './closed-form.bench.ts';
import { cohortBench } from './cohort.bench.ts';
import { kernelBench } from './kernel.bench.ts';
import { kernelsBench } from './kernels.bench.ts';
import { twinBench } from './twin.bench.ts';

/** Speed of the simulator: npm run bench -- [--only kernel,twin,cohort,closed-form,kernels] [--runs 5] [--json]. */
const tell = (message: string): void => {
  process.stderr.write(`${message}\n`);
};

const benches: Readonly<Record<string, (runs: number) => BenchRow[] | Promise<BenchRow[]>>> = {
  kernel: kernelBench,
  twin: twinBench,
  cohort: () => cohortBench(tell),
  'closed-form': () => closedFormBench(tell),
  kernels: (runs) => kernelsBench(runs, tell),
};

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(benches).join(',') },
    runs: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const runs = Number(values.runs);
const names = values.only.split(',');
const unknown = names.find((name) => benches[name] === undefined);
if (unknown !== undefined || !Number.isInteger(runs) || runs < 1) {
  tell(
    unknown === undefined
      ? `--runs: ${values.runs} cannot be used (accepted: whole numbers from 1)`
      : `--only: ${unknown} is not known (accepted: ${Object.keys(benches).join(', ')})`,
  );
  process.exit(2);
}

const rows: BenchRow[] = [];
for (const name of names) {
  for (const row of await benches[name](runs)) {
    rows.push(row);
    if (!values.json) process.stdout.write(lineOf(row));
  }
}
if (values.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);

function lineOf({ name, figures, unit, target }: BenchRow): string {
  const figure = (value: number): string => value.toPrecision(4);
  const middle = median([...figures]);
  const spread = `median of ${figures.length}, ${figure(Math.min(...figures))} to ${figure(Math.max(...figures))}`;
  return `${name.padEnd(66)}${figure(middle).padStart(8)} ${unit.padEnd(12)}(${spread})${verdict(middle, target)}\n`;
}

function verdict(middle: number, target: BenchRow['target']): string {
  if (target === undefined) return '';
  const met = target.bound === 'at least' ? middle >= target.value : middle <= target.value;
  return ` target ${target.bound} ${target.value}: ${met ? 'met' : 'MISSED'}`;
}
