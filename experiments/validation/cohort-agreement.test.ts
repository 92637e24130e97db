import { expect, it } from 'vitest';
import { agreementOf, agreementTargetPercent, randomScenarios } from './cohort-agreement.ts';

const options = { scenarios: 20, seed: 5, connections: [2_000, 4_000], durationSeconds: 6 };

it('the scale model agrees with the exact twin within 1 % on every summary figure, over 20 random scenarios', () => {
  const agreements = randomScenarios(options).flatMap((scenario) => agreementOf(scenario));
  // Figures that nobody compared would agree too.
  expect(agreements.length).toBeGreaterThan(20 * 15);
  expect(agreements.filter(({ differencePercent }) => !(differencePercent <= agreementTargetPercent))).toEqual([]);
}, 60_000);

it('notices a scale model whose writes cost 3 % more than they should', () => {
  const [scenario] = randomScenarios({ ...options, scenarios: 1 });
  const { profile } = scenario;
  const cpu = { ...profile.cpu, perWriteKernelNs: profile.cpu.perWriteKernelNs * 1.03 + 100 };
  const wrong = agreementOf(scenario, { ...scenario, profile: { ...profile, cpu } });
  expect(wrong.some(({ differencePercent }) => differencePercent > agreementTargetPercent)).toBe(true);
});
