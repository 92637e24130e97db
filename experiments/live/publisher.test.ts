import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Publisher } from './publisher.ts';

const stream = { arrivals: 'regular', seed: 1, channelOf: () => 'token.0', bytesOf: () => 500 } as const;

describe('Publisher', () => {
  it('gives the event loop back at a rate that it cannot reach, and gives up what is too late', async () => {
    let published = 0;
    const publisher = new Publisher({
      ...stream,
      ratePerSecond: 10_000_000,
      publish: () => {
        published += 1;
      },
    });
    publisher.start();
    const startMs = performance.now();
    let turns = 0;
    while (performance.now() - startMs < 1_200) {
      await nextTurn();
      turns += 1;
    }
    publisher.stop();
    expect(turns).toBeGreaterThan(20);
    expect(publisher.published).toBe(published);
    expect(publisher.skipped).toBeGreaterThan(0);
  });

  it('waits while the receiving side has no room, and goes on when it has', async () => {
    let room = 3;
    const publisher = new Publisher({
      ...stream,
      ratePerSecond: 10_000,
      publish: () => {
        room -= 1;
      },
      hasRoom: () => room > 0,
    });
    publisher.start();
    const until = async (count: number): Promise<void> => {
      while (publisher.published < count) await nextTurn();
    };
    await until(3);
    for (let turn = 0; turn < 50; turn += 1) await nextTurn();
    expect(publisher.published).toBe(3);
    room = 2;
    await until(5);
    publisher.stop();
    expect(publisher.published).toBe(5);
  });
});
