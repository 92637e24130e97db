import { agreementOf, agreementTargetPercent, randomScenarios } from '../validation/cohort-agreement.ts';
import type { BenchRow } from './bench-row.ts';

const options = { scenarios: 20, seed: 1, connections: [4_000, 8_000, 12_000], durationSeconds: 12 };

/** The scale model against the exact twin at full size: the worst figure of each random scenario. */
export function cohortBench(tell: (message: string) => void): BenchRow[] {
  const figures = randomScenarios(options).map((scenario, index) => {
    const agreements = agreementOf(scenario);
    const worst = agreements.reduce((left, right) => (right.differencePercent > left.differencePercent ? right : left));
    const { path, exact, cohort, differencePercent } = worst;
    tell(
      `cohort ${index + 1} of ${options.scenarios}: ${agreements.length} figures, worst ${differencePercent.toFixed(2)} % (${path}: ${exact} exact, ${cohort} scaled) of ${scenario.scenario.name}`,
    );
    return differencePercent;
  });
  return [
    {
      name: 'cohort against exact, worst figure of 20 random scenarios',
      figures: [Math.max(...figures)],
      unit: '%',
      target: { bound: 'at most', value: agreementTargetPercent },
    },
  ];
}
