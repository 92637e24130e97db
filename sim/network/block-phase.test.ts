import { describe, expect, it } from 'vitest';
import { BlockPhase } from './block-phase.ts';

describe('BlockPhase', () => {
  it('leaves nothing behind a write that stands for itself', () => {
    const phase = new BlockPhase(1);
    expect([phase.next(), phase.next()]).toEqual([0, 0]);
  });

  it('spreads evenly over the block of a scale model, short of its first write', () => {
    const phase = new BlockPhase(4);
    const tenths = new Array<number>(10).fill(0);
    for (let count = 0; count < 1_000; count += 1) {
      const after = phase.next();
      expect(after).toBeGreaterThanOrEqual(0);
      expect(after).toBeLessThan(0.75);
      tenths[Math.floor(after / 0.075)] += 1;
    }
    for (const count of tenths) expect(Math.abs(count - 100)).toBeLessThanOrEqual(2);
  });
});
