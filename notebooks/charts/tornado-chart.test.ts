import { expect, it } from 'vitest';
import { type Tornado, tornadoChart, tornadoDescription, tornadoTitle } from './tornado-chart.ts';

const tornado: Tornado = {
  answer: 'largest load',
  unit: 'connections',
  base: 100,
  rows: [
    { input: 'round trip', lowInput: '0 ms', highInput: '80 ms', low: 100, high: 99 },
    { input: 'message size', lowInput: '300 B', highInput: '1 KB', low: 120, high: 50 },
  ],
};

it('puts the input that matters most on top and into the title', () => {
  expect(tornadoTitle(tornado)).toBe('Message size matters most: largest load 50 to 120 connections');
  expect(tornadoChart(tornado).y?.domain).toEqual(['message size', 'round trip']);
  expect(tornadoDescription(tornado)).toContain('message size 300 B: 120, 1 KB: 50');
});

it('says that nothing matters when nothing moves the answer', () => {
  const still = { ...tornado, rows: tornado.rows.map((row) => ({ ...row, low: 100, high: 100 })) };
  expect(tornadoTitle(still)).toBe('Nothing tried changes largest load: 100 connections');
});
