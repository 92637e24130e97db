import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventQueue } from './event-queue.ts';

describe('EventQueue', () => {
  it('serves events by time, and ties in the order of scheduling, as a sorted list would', () => {
    const step = fc.oneof(fc.record({ delay: fc.integer({ min: 0, max: 5 }) }), fc.constant('pop' as const));
    fc.assert(
      fc.property(fc.array(step, { size: 'max', maxLength: 400 }), (steps) => {
        const queue = new EventQueue();
        const model: { time: number; argument: number }[] = [];
        let argument = 0;
        for (const action of steps) {
          if (action === 'pop') {
            // A stable sort is the specification.
            model.sort((left, right) => left.time - right.time);
            const expected = model.shift();
            expect(queue.pop()).toBe(expected !== undefined);
            if (expected !== undefined)
              expect([queue.timeNs, queue.argument]).toEqual([expected.time, expected.argument]);
          } else {
            const time = queue.timeNs + action.delay;
            queue.schedule(time, 1, argument);
            model.push({ time, argument });
            argument += 1;
          }
          expect(queue.size).toBe(model.length);
        }
      }),
    );
  });

  it('keeps its order beyond its first capacity', () => {
    const queue = new EventQueue();
    for (let count = 0; count < 5_000; count += 1) queue.schedule((count * 7_919) % 5_000, 0, count);
    let last = -1;
    for (let count = 0; count < 5_000; count += 1) {
      queue.pop();
      expect(queue.timeNs).toBeGreaterThanOrEqual(last);
      last = queue.timeNs;
    }
    expect(queue.pop()).toBe(false);
  });

  it('refuses an event in the past and one without a time', () => {
    const queue = new EventQueue();
    queue.schedule(10, 0, 0);
    queue.pop();
    expect(() => queue.schedule(9, 0, 0)).toThrow('before now');
    expect(() => queue.schedule(Number.NaN, 0, 0)).toThrow('before now');
  });
});
