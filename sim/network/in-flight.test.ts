import { describe, expect, it } from 'vitest';
import { InFlight } from './in-flight.ts';

describe('InFlight', () => {
  it('keeps order, fields and publish times while it grows and wraps', () => {
    const queue = new InFlight(true);
    let pushed = 0;
    let shifted = 0;
    for (let round = 0; round < 6; round += 1) {
      for (let count = 0; count < 900; count += 1) {
        queue.push(pushed % 3, pushed, pushed + 1, 2, 500, pushed * 10);
        queue.pushTime(pushed);
        queue.pushTime(pushed + 0.5);
        pushed += 1;
      }
      for (let count = 0; count < 400; count += 1) {
        expect([queue.host, queue.connection, queue.epoch, queue.messages, queue.bytes, queue.arrivalNs]).toEqual([
          shifted % 3,
          shifted,
          shifted + 1,
          2,
          500,
          shifted * 10,
        ]);
        expect([queue.shiftTime(), queue.shiftTime()]).toEqual([shifted, shifted + 0.5]);
        queue.shift();
        shifted += 1;
      }
    }
    expect(queue.count).toBe(pushed - shifted);
    expect(queue.countMessages()).toBe(2 * (pushed - shifted));
  });
});
