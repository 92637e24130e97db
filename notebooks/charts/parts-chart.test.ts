import { expect, it } from 'vitest';
import { closedForm, goDocumented, resolveScenario, scenarioSchema } from '#core';
import { cpuParts, memoryPartsOf, type Parts, partsTitle, partsVegaLite } from './parts-chart.ts';

const resolution = resolveScenario(scenarioSchema.parse({ settings: { WS_FLUSH_INTERVAL: '0s' } }), [goDocumented]);
if (!resolution.ok) throw new Error('unresolved');
const forms = [12_000, 7_000].map((connections) => ({
  name: String(connections),
  form: closedForm(resolution.resolved, { connections }),
}));
const sum = ({ variants }: Parts) => variants.map(({ parts }) => parts.reduce((all, { value }) => all + value, 0));

it('adds up to the demand that the closed form gives', () => {
  const demand = (resource: string) =>
    forms.map(({ form }) => form.resources.find((use) => use.resource === resource)?.demand ?? 0);
  sum(cpuParts(forms)).forEach((cores, index) => expect(cores).toBeCloseTo(demand('cpu')[index], 9));
  sum(memoryPartsOf(forms)).forEach((mib, index) => expect(mib * 1_048_576).toBeCloseTo(demand('memory')[index], 0));
});

it('names the largest part of one variant, and the totals of several', () => {
  expect(partsTitle(memoryPartsOf(forms.slice(0, 1)))).toBe(
    'Connections: 72.6 % of 6,024 MiB of memory; the limit is 7,168 MiB',
  );
  expect(partsTitle(memoryPartsOf(forms))).toBe('Memory: 12000 6,024, 7000 3,514 of 7,168 MiB');
});

it('leaves out parts that cost nothing', () => {
  const spec = JSON.stringify(partsVegaLite(cpuParts(forms)));
  expect(spec).toContain('deliveries to send buffers');
  expect(spec).not.toContain('intake');
});
