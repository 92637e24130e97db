import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { median } from 'simple-statistics';
import { assert } from '#core';
import { meanWaitByTheoryNs } from '#sim';
import type { BenchRow } from './bench-row.ts';
import type { ContenderFigures } from './contender.ts';

const run = promisify(execFile);
const installHint = 'npm ci --prefix experiments/bench/kernels';
const wholeKernels = ['simjs', 'simscript'];
const queues = ['calendar queue', 'flatqueue', 'tinyqueue'];
const pendingEvents = [100, 10_000, 200_000];
const customersOfSimpy = 20_000;
/** Times that our kernel shall be faster than the best whole kernel from npm. */
const timesFaster = 4;

/**
 * Our event queue and kernel beside others, in rounds, so that a machine that grows slower favours nobody; each run in a
 * process of its own. M/M/1 at utilisation 0.8 with statistics, and the hold model (Jones 1986).
 */
export async function kernelsBench(runs: number, tell: (message: string) => void): Promise<BenchRow[]> {
  const installed = existsSync(new URL('./kernels/node_modules', import.meta.url));
  if (!installed) tell(`NOT MEASURED: simjs, simscript, flatqueue, tinyqueue are not installed: ${installHint}`);
  const simpy = await hasSimpy();
  if (!simpy) tell('NOT MEASURED: SimPy, because python3 cannot import simpy: pip install simpy');
  const known = installed ? queues : ['calendar queue'];
  const models = [
    ...['ours', ...known, ...(installed ? wholeKernels : []), ...(simpy ? ['SimPy'] : [])].map((name) => ({
      name,
      model: 'single-server',
    })),
    ...pendingEvents.flatMap((pending) => ['ours', ...known].map((name) => ({ name, model: String(pending) }))),
  ];
  const figures = models.map((): number[] => []);
  for (let round = 0; round < runs; round += 1) {
    tell(`kernels: round ${round + 1} of ${runs}`);
    for (let index = 0; index < models.length; index += 1) {
      const contender = (index + round) % models.length;
      figures[contender].push((await measured(models[contender].name, models[contender].model, round)) / 1e6);
    }
  }
  const rows = models.map(({ name, model }, index): BenchRow => {
    const what =
      model === 'single-server' ? 'M/M/1 with statistics' : `hold, ${Number(model).toLocaleString('en-US')} pending`;
    return {
      name: `${what}: ${name}`,
      figures: figures[index],
      unit: model === 'single-server' ? 'M events/s' : 'M holds/s',
    };
  });
  if (!installed) return rows;
  const of = (name: string): number => median(figures[models.findIndex((one) => one.name === name)]);
  const best = wholeKernels.reduce((left, right) => (of(left) > of(right) ? left : right));
  const ratios = figures[0].map((ours) => ours / of(best));
  return [
    ...rows,
    {
      name: `M/M/1: ours, times the best whole kernel from npm (${best})`,
      figures: ratios,
      unit: 'x',
      target: { bound: 'at least', value: timesFaster },
    },
  ];
}

async function hasSimpy(): Promise<boolean> {
  try {
    await run('python3', ['-c', 'import simpy']);
    return true;
  } catch {
    return false;
  }
}

async function measured(name: string, model: string, replication: number): Promise<number> {
  const serviceNs = 1_000_000;
  const utilisation = 0.8;
  const python = new URL('./kernels/simpy_single_server.py', import.meta.url).pathname;
  const contender = new URL('./contender.ts', import.meta.url).pathname;
  const { stdout } =
    name === 'SimPy'
      ? await run('python3', [
          python,
          String(customersOfSimpy),
          String(serviceNs / utilisation),
          String(serviceNs),
          String(replication),
        ])
      : await run(process.execPath, ['--import', 'tsx', contender, name, model, String(replication)]);
  const { perSecond, meanWaitNs }: ContenderFigures = JSON.parse(stdout);
  if (meanWaitNs !== null) {
    // A contender that does not serve the model is no contender. Short runs of slow kernels are off by some percent.
    const ratio = meanWaitNs / meanWaitByTheoryNs(serviceNs, utilisation, 1);
    assert(ratio > 0.7 && ratio < 1.3, () => `${name}: mean wait is ${ratio} times what theory says`);
  }
  return perSecond;
}
