import { kernelBench } from './kernel.bench.ts';
import { twinBench } from './twin.bench.ts';

const runs = 5;

for (const { name, figures, unit } of [...kernelBench(runs), ...twinBench(runs)]) {
  const sorted = [...figures].sort((left, right) => left - right);
  const median = sorted[Math.floor(sorted.length / 2)];
  process.stdout.write(
    `${name.padEnd(64)}${median.toPrecision(4).padStart(8)} ${unit} (median of ${figures.length}, ${sorted[0].toPrecision(4)} to ${sorted[sorted.length - 1].toPrecision(4)})\n`,
  );
}
