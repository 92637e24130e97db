import { expect, it } from 'vitest';
import { machineCostChart, machineCostTitle } from './machine-cost-chart.ts';

const small = { machine: 'small', usdPerMonth: 24, connectionsMax: 12_000, firstLimit: 'memory' };
const large = { machine: 'large', usdPerMonth: 30, connectionsMax: 20_000, firstLimit: 'cpu' };
const none = { machine: 'none', usdPerMonth: 5, connectionsMax: 0, firstLimit: 'memory' };
const costs = { load: '25 messages/s', machines: [none, small, large] };

it('ranks machines by what 1,000 clients cost and leaves out those that hold none', () => {
  expect(machineCostTitle(costs)).toBe(
    'large is cheapest: $1.50 a month for 1,000 clients; then small at $2.00 (25 messages/s)',
  );
  expect(machineCostChart(costs).y?.domain).toEqual(['large', 'small']);
  expect(machineCostTitle({ ...costs, machines: [none] })).toBe('No machine holds a client at 25 messages/s');
});
