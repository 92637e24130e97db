import { describe, expect, it } from 'vitest';
import { RequestBudget } from './request-budget.ts';

const secondNs = 1e9;

describe('RequestBudget', () => {
  it('lets 200 requests through at once and pauses for the 201st', () => {
    const budget = new RequestBudget(0);
    expect(Array.from({ length: 200 }, () => budget.charge(1, 0)).every((pauseMs) => pauseMs === 0)).toBe(true);
    expect(budget.charge(1, 0)).toBe(20);
  });

  it('earns 50 requests a second and never more than the burst', () => {
    const budget = new RequestBudget(0);
    budget.charge(200, 0);
    expect(budget.charge(50, secondNs)).toBe(0);
    expect(budget.charge(1, secondNs)).toBe(20);
    expect(budget.charge(200, 1_000 * secondNs)).toBe(0);
    expect(budget.charge(1, 1_000 * secondNs)).toBe(20);
  });

  it('pauses for at most 5 seconds, however much was asked', () => {
    const budget = new RequestBudget(0);
    expect(budget.charge(1e6, 0)).toBe(5_000);
    expect(budget.charge(0, 5 * secondNs)).toBe(0);
  });
});
