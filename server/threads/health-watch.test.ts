import { describe, expect, it } from 'vitest';
import { HealthWatch, type Vitals } from './health-watch.ts';

const well: Vitals = {
  nowMs: 0,
  shardSilenceMs: [0, 900],
  bus: { connected: true, wanted: true, messagesTaken: 5, messagesWaiting: 0 },
  logFault: null,
  outOfDescriptors: false,
};

describe('HealthWatch', () => {
  it('finds nothing where nothing is wrong, and names each thing that is', () => {
    const watch = new HealthWatch();
    expect(watch.faults(well)).toEqual([]);
    expect(
      watch.faults({ ...well, shardSilenceMs: [3_000, 4_200], logFault: 'ENOSPC', outOfDescriptors: true }),
    ).toEqual([
      'shard 1 has not answered for 4 s',
      'the log cannot be written: ENOSPC',
      'no file descriptor is left (ulimit -n)',
    ]);
  });

  it('notices a bus that delivers nothing while messages wait, and only then', () => {
    const watch = new HealthWatch();
    const at = (seconds: number, bus: Partial<Vitals['bus']> = {}): string[] =>
      watch.faults({ ...well, nowMs: seconds * 1_000, bus: { ...well.bus, messagesWaiting: 7, ...bus } });
    expect([at(0), at(1), at(11)]).toEqual([[], [], []]);
    expect(at(12)).toEqual(['the bus has delivered nothing for 11 s while 7 messages wait']);
    expect(at(13, { messagesTaken: 6 })).toEqual([]);
    for (let second = 14; second < 60; second += 1) {
      expect(at(second, { messagesTaken: 6, wanted: second % 9 !== 0 })).toEqual([]);
    }
    for (let second = 60; second < 90; second += 1) {
      expect(at(second, { messagesTaken: 6, messagesWaiting: 0 })).toEqual([]);
      expect(at(second, { messagesTaken: 6, connected: false })).toEqual([]);
    }
  });
});
