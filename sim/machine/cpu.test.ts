import { describe, expect, it } from 'vitest';
import { EventQueue } from '../kernel/event-queue.ts';
import { Cpu, type EventLoop } from './cpu.ts';
import { CpuQuota } from './cpu-quota.ts';

const kinds = { turnEnd: 0, throttleEnd: 1 };

/** A loop that has a number of turns of equal length to run. */
class Turns implements EventLoop {
  readonly starts: number[] = [];
  left: number;
  cpuNs: number;
  constructor(left: number, cpuNs: number) {
    this.left = left;
    this.cpuNs = cpuNs;
  }
  runTurn(startNs: number): number {
    this.starts.push(startNs);
    this.left -= 1;
    return this.cpuNs;
  }
  turnEnded(): boolean {
    return this.left > 0;
  }
}

function run(cores: number, quotaCores: number, loops: Turns[], underQuota = true): Cpu {
  const events = new EventQueue();
  const cpu = new Cpu(cores, new CpuQuota(quotaCores, 1_000), events, kinds);
  for (const loop of loops) cpu.add(loop, underQuota);
  loops.forEach((_loop, index) => cpu.wake(index, 0));
  while (events.pop()) {
    if (events.kind === kinds.turnEnd) cpu.turnEnded(events.argument, events.timeNs);
    else cpu.throttleEnded(events.argument, events.timeNs);
  }
  return cpu;
}

describe('Cpu', () => {
  it('runs two loops side by side on two cores and in turns on one', () => {
    const parallel = [new Turns(2, 10), new Turns(2, 10)];
    run(2, 2, parallel);
    expect(parallel.map(({ starts }) => starts)).toEqual([
      [0, 10],
      [0, 10],
    ]);
    const shared = [new Turns(2, 10), new Turns(2, 10)];
    run(1, 2, shared);
    expect(shared.map(({ starts }) => starts)).toEqual([
      [0, 20],
      [10, 30],
    ]);
  });

  it('holds a loop back when its group has used up the period', () => {
    const loop = new Turns(30, 100);
    run(1, 0.5, [loop]);
    expect(loop.starts.slice(0, 7)).toEqual([0, 100, 200, 300, 400, 1_000, 1_100]);
    const free = new Turns(30, 100);
    run(1, 0.5, [free], false);
    expect(free.starts.at(-1)).toBe(2_900);
  });

  it('accounts CPU time by loop', () => {
    const cpu = run(2, 2, [new Turns(3, 7), new Turns(1, 5)]);
    expect(cpu.busyNs).toEqual([21, 5]);
  });
});
