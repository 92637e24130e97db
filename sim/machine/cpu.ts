import type { EventQueue } from '../kernel/event-queue.ts';
import type { CpuQuota } from './cpu-quota.ts';

/** An event loop, as the modelled machine sees it: something that runs turns to completion. */
export interface EventLoop {
  /** Does one turn's work as of `startNs`; @returns the CPU time that it took, in integer nanoseconds. */
  runTurn(startNs: number): number;
  /** Of the turn just run: how much longer it took because its core worked for another loop in between. */
  readonly borrowedNs?: number;
  /** The turn is over: its time has passed. @returns whether the loop wants its next turn right away. */
  turnEnded(nowNs: number): boolean;
}

const LoopState = { idle: 0, waiting: 1, running: 2, throttled: 3 } as const;

export interface CpuEventKinds {
  readonly turnEnd: number;
  readonly throttleEnd: number;
}

/**
 * Cores shared by event loops: a woken loop takes a free core or waits its turn in order; a turn runs to completion.
 * Turns are short (a few milliseconds at the most), about the slices by which the kernel's scheduler would share.
 */
export class Cpu {
  /** CPU time given to each loop, user and kernel, the turn that it is in included. */
  readonly busyNs: number[] = [];
  /** When the CPU time of each loop's turn has been used. */
  #usedUpNs: number[] = [];
  #events: EventQueue;
  #kinds: CpuEventKinds;
  #quota: CpuQuota;
  #freeCores: number;
  #loops: EventLoop[] = [];
  #states: number[] = [];
  #wokenWhileRunning: boolean[] = [];
  #underQuota: boolean[] = [];
  #waiting: number[] = [];
  #waitingHead = 0;

  constructor(cores: number, quota: CpuQuota, events: EventQueue, kinds: CpuEventKinds) {
    this.#freeCores = cores;
    this.#quota = quota;
    this.#events = events;
    this.#kinds = kinds;
  }

  /** @param underQuota whether the loop belongs to the server's group, which the quota holds back */
  add(loop: EventLoop, underQuota: boolean): number {
    this.#loops.push(loop);
    this.#states.push(LoopState.idle);
    this.#wokenWhileRunning.push(false);
    this.#underQuota.push(underQuota);
    this.busyNs.push(0);
    this.#usedUpNs.push(0);
    return this.#loops.length - 1;
  }

  /** CPU time that a loop has used by now: of a turn that is not over, what has passed of it. */
  usedNs(loop: number, nowNs: number): number {
    return this.busyNs[loop] - Math.max(0, this.#usedUpNs[loop] - nowNs);
  }

  isIdle(loop: number): boolean {
    return this.#states[loop] === LoopState.idle;
  }

  /** Something happened that the loop must look at. */
  wake(loop: number, nowNs: number): void {
    const state = this.#states[loop];
    if (state === LoopState.running) this.#wokenWhileRunning[loop] = true;
    if (state !== LoopState.idle) return;
    this.#request(loop, nowNs);
  }

  /** The event of kind `turnEnd`. */
  turnEnded(loop: number, nowNs: number): void {
    this.#freeCores += 1;
    this.#states[loop] = LoopState.idle;
    const again = this.#loops[loop].turnEnded(nowNs);
    // Whoever waited longer goes first.
    this.#startWaiting(nowNs);
    if (again || this.#wokenWhileRunning[loop]) this.wake(loop, nowNs);
  }

  /** The event of kind `throttleEnd`. */
  throttleEnded(loop: number, nowNs: number): void {
    this.#states[loop] = LoopState.idle;
    this.#request(loop, nowNs);
  }

  #request(loop: number, nowNs: number): void {
    if (this.#underQuota[loop]) {
      const startNs = this.#quota.earliestStartNs(nowNs);
      if (startNs > nowNs) {
        this.#states[loop] = LoopState.throttled;
        this.#events.schedule(startNs, this.#kinds.throttleEnd, loop);
        return;
      }
    }
    if (this.#freeCores === 0) {
      this.#states[loop] = LoopState.waiting;
      this.#waiting.push(loop);
      return;
    }
    this.#start(loop, nowNs);
  }

  #startWaiting(nowNs: number): void {
    while (this.#freeCores > 0 && this.#waitingHead < this.#waiting.length) {
      const loop = this.#waiting[this.#waitingHead];
      this.#waitingHead += 1;
      this.#states[loop] = LoopState.idle;
      this.#request(loop, nowNs);
    }
    if (this.#waitingHead === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#waitingHead = 0;
    }
  }

  #start(loop: number, nowNs: number): void {
    this.#freeCores -= 1;
    this.#states[loop] = LoopState.running;
    this.#wokenWhileRunning[loop] = false;
    const cpuNs = this.#loops[loop].runTurn(nowNs);
    this.busyNs[loop] += cpuNs;
    this.#usedUpNs[loop] = nowNs + cpuNs;
    if (this.#underQuota[loop]) this.#quota.charge(nowNs, cpuNs);
    const borrowedNs = Math.round(this.#loops[loop].borrowedNs ?? 0);
    this.#events.schedule(nowNs + cpuNs + borrowedNs, this.#kinds.turnEnd, loop);
  }
}
