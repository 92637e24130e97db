import { describe, expect, it } from 'vitest';
import { activeTasks, Admission, flushIntervalAt } from './admission.ts';
import { RefusalReason } from '../base/outcomes.ts';

const options = {
  cpuLimitCores: 1.9,
  memoryLimitBytes: 1_000,
  connectionsMax: 100,
  tasksMax: 250,
  cpuRejectPercent: 75,
  cpuPausePercent: 80,
  cpuHysteresisPercent: 5,
};
const calm = { connections: 10, tasks: 20 };
const cores = (percent: number): number => (percent / 100) * 1.9;

describe('Admission', () => {
  it('counts tasks as the document does: 24,525 at 12,000 connections and 512 workers (R56)', () => {
    expect(activeTasks(12_000, 512)).toBe(24_525);
  });

  it('refuses at the connection limit, not one below it (R50)', () => {
    const admission = new Admission(options);
    expect(admission.decide({ connections: 99, tasks: 0 })).toBeNull();
    expect(admission.decide({ connections: 100, tasks: 0 })).toBe(RefusalReason.connections);
  });

  it('refuses above 75 % of the CPU limit and lets in again 5 points below (R51)', () => {
    const admission = new Admission(options);
    const at = (percent: number) => {
      admission.cpuSampled(cores(percent));
      return admission.decide(calm);
    };
    expect([at(74.9), at(75.1), at(71), at(69.9), at(71)]).toEqual([
      null,
      RefusalReason.cpu,
      RefusalReason.cpu,
      null,
      null,
    ]);
  });

  it('pauses the bus above 80 % and resumes 5 points below (R54)', () => {
    const admission = new Admission(options);
    const at = (percent: number) => {
      admission.cpuSampled(cores(percent));
      return admission.ingestPaused;
    };
    expect([at(79.9), at(80.1), at(76), at(74.9)]).toEqual([false, true, true, false]);
  });

  it('refuses at the memory limit (R52) and when two more tasks would exceed theirs (R53)', () => {
    const admission = new Admission(options);
    admission.memorySampled(999);
    expect(admission.decide({ connections: 1, tasks: 248 })).toBeNull();
    expect(admission.decide({ connections: 1, tasks: 249 })).toBe(RefusalReason.tasks);
    admission.memorySampled(1_000);
    expect(admission.decide(calm)).toBe(RefusalReason.memory);
  });

  it('refuses and pauses when one event loop of several is full, however idle the process is', () => {
    const admission = new Admission({ ...options, cpuLimitCores: 8 });
    const at = (...loopCores: number[]) => {
      admission.cpuSampled(1.1);
      admission.loopsSampled(loopCores);
      return [admission.decide(calm), admission.ingestPaused];
    };
    expect(at(0.1, 0.99)).toEqual([null, false]);
    expect(at(0.1, 0.98)).toEqual([null, false]);
    expect(at(0.1, 0.99)).toEqual([RefusalReason.cpu, true]);
    expect(admission.loopCores).toEqual([0.1, 0.98]);
    // Five points below, at once.
    expect(at(0.1, 0.91)).toEqual([RefusalReason.cpu, false]);
    expect(at(0.1, 0.84)).toEqual([null, false]);
  });

  it('takes no second of a full loop for a full loop, and none at its thresholds', () => {
    const admission = new Admission(options);
    for (const cores of [0.5, 1, 0.9, 0.9, 0.9, 0.97, 0.4, 1, 1]) {
      admission.loopsSampled([cores]);
      expect([admission.decide(calm), admission.ingestPaused]).toEqual([null, false]);
    }
  });

  it('names the first reason in the order connections, CPU, memory, tasks', () => {
    const admission = new Admission(options);
    admission.cpuSampled(cores(90));
    admission.memorySampled(2_000);
    expect(admission.decide({ connections: 100, tasks: 250 })).toBe(RefusalReason.connections);
    expect(admission.decide({ connections: 1, tasks: 250 })).toBe(RefusalReason.cpu);
    admission.startDraining();
    expect(admission.decide({ connections: 100, tasks: 250 })).toBe(RefusalReason.draining);
  });
});

describe('flushIntervalAt', () => {
  const settings = { flushIntervalNs: 100, flushIntervalMaxNs: 200, cpuRejectPercent: 75 };

  it.each([
    [0, 100],
    [60, 100],
    [67.5, 150],
    [75, 200],
    [120, 200],
  ])(
    'at %d %% CPU is %d ns: as set up to 80 %% of the reject threshold, its maximum from there',
    (percent, expected) => {
      expect(flushIntervalAt(percent, settings)).toBe(expected);
    },
  );

  it('stays 0 where writes go at once, and never shrinks to a smaller maximum', () => {
    expect(flushIntervalAt(100, { ...settings, flushIntervalNs: 0 })).toBe(0);
    expect(flushIntervalAt(100, { ...settings, flushIntervalMaxNs: 50 })).toBe(100);
  });
});
