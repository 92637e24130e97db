import { expect, it } from 'vitest';
import { closedForm } from '../../closed-form/closed-form.ts';
import { resolveScenario } from '../resolve-scenario.ts';
import { scenarioSchema } from '../scenario.ts';
import { goMeasured } from './go-measured.ts';

it('implies 34.8 us a delivery, with which the documented target would take 10.4 cores', () => {
  const resolution = resolveScenario(scenarioSchema.parse({ profile: 'go-measured' }), [goMeasured]);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  expect(goMeasured.cpu.perDeliveryNs / 1_000).toBeCloseTo(34.76, 2);
  const cpu = closedForm(resolution.resolved).resources.find(({ resource }) => resource === 'cpu');
  expect(cpu?.demand).toBeCloseTo(10.43, 2);
});
