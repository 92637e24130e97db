import { agreementOf, steadyScenario } from '../validation/closed-form-agreement.ts';
import type { BenchRow } from './bench-row.ts';

const loads = 200;
const firstSeed = 1_001;
const targetPercent = 1;

/** The resource model's closed form against simulations of random steady loads, regular and random arrivals. */
export function closedFormBench(tell: (message: string) => void): BenchRow[] {
  const worst = Array.from({ length: loads }, (_, index) => {
    const { name, cpuErrorPercent, wireErrorPercent } = agreementOf(steadyScenario(firstSeed + index));
    const error = Math.max(Math.abs(cpuErrorPercent), Math.abs(wireErrorPercent));
    if (error > targetPercent)
      tell(`CPU ${cpuErrorPercent.toFixed(2)} %, wire ${wireErrorPercent.toFixed(2)} %: ${name}`);
    return error;
  });
  const within = worst.filter((error) => error <= targetPercent).length;
  return [
    {
      name: `closed form within ${targetPercent} % of simulation, CPU and wire`,
      figures: [(within / loads) * 100],
      unit: `% of ${loads}`,
      target: { bound: 'at least', value: 100 },
    },
    { name: 'closed form against simulation, worst load', figures: [Math.max(...worst)], unit: '%' },
  ];
}
