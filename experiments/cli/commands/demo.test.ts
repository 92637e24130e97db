import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { demoScenarios } from './demo.ts';

it('finds every scenario of the main job', () => {
  expect(demoScenarios.length).toBeGreaterThan(2);
  expect(demoScenarios.filter((file) => !existsSync(file))).toEqual([]);
});
