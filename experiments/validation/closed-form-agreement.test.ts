import { describe, expect, it } from 'vitest';
import { agreementOf, steadyScenario } from './closed-form-agreement.ts';

// Some of the loads that `npm run bench -- --only closed-form` tries by the hundred; these are quick.
describe('the closed form of a steady load', () => {
  it.each([[1_008], [1_013], [1_016], [1_023], [1_026]])(
    'gives CPU and wire within 1 percent of a simulation (seed %i)',
    (seed) => {
      const { name, cpuErrorPercent, wireErrorPercent } = agreementOf(steadyScenario(seed));
      expect(Math.abs(cpuErrorPercent), name).toBeLessThan(1);
      expect(Math.abs(wireErrorPercent), name).toBeLessThan(1);
    },
  );
});
