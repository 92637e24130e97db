import { expect, it } from 'vitest';
import { gatesDescription, gatesTitle } from './gates-chart.ts';

const gates = (foundPercent: number) => ({
  load: '100 messages/s',
  points: [
    { stage: '8,000 connections', gate: 'memory', foundPercent: 56, belowPercent: 70 },
    { stage: '8,000 connections', gate: 'cpu', foundPercent, belowPercent: 40 },
  ],
});

it('names the gate that fails, where, and by how much', () => {
  expect(gatesTitle(gates(43.2))).toBe(
    'The cpu gate fails at 8,000 connections and 100 messages/s: 43.2 %, asked for is less than 40 %',
  );
  expect(gatesTitle(gates(40))).toContain('fails');
  expect(gatesTitle(gates(39.9))).toBe('Every gate passes at 100 messages/s');
  expect(gatesDescription(gates(10))).toContain('8,000 connections: memory 56, below 70');
});
