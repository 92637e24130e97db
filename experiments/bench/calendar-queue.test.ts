import { EventQueue, RandomStream } from '#sim';
import { describe, expect, it } from 'vitest';
import { CalendarQueue } from './calendar-queue.ts';

describe('CalendarQueue', () => {
  it.each([3, 40, 2_000])(
    'serves %d pending events in the order of the event queue, ties and far ones included',
    (pending) => {
      const random = new RandomStream(5, 'calendar', 0);
      const calendar = new CalendarQueue();
      const events = new EventQueue();
      let kind = 0;
      const schedule = (): void => {
        const far = random.nextUnit() < 0.02 ? 1_000 : 1;
        const timeNs = events.timeNs + random.uniformInteger(50) * far;
        calendar.schedule(timeNs, kind);
        events.schedule(timeNs, kind, 0);
        kind += 1;
      };
      for (let count = 0; count < pending; count += 1) schedule();
      for (let step = 0; step < 20_000; step += 1) {
        // Grows and shrinks now and then, through the sizes at which the calendar changes.
        const removes = step % 1_000 < 500 ? 2 : 1;
        for (let count = 0; count < removes && events.pop(); count += 1) {
          calendar.pop();
          if (calendar.kind !== events.kind || calendar.timeNs !== events.timeNs) {
            expect([calendar.timeNs, calendar.kind]).toEqual([events.timeNs, events.kind]);
          }
        }
        const adds = step % 1_000 < 500 ? 1 : 2;
        for (let count = 0; count < adds; count += 1) schedule();
        if (calendar.size !== events.size) expect(calendar.size).toBe(events.size);
      }
      expect(calendar.size).toBe(events.size);
    },
  );

  it('says when nothing is left', () => {
    const calendar = new CalendarQueue();
    calendar.schedule(7, 1);
    expect([calendar.pop(), calendar.timeNs, calendar.kind, calendar.pop()]).toEqual([true, 7, 1, false]);
  });
});
