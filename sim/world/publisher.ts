import { nanosecondsPerMillisecond, nanosecondsPerSecond, RateCurve, type Scenario, type Workload } from '#core';
import type { EventQueue } from '../kernel/event-queue.ts';
import { RandomStream } from '../kernel/random.ts';

/** The publisher's timers come in whole milliseconds. */
const timerGrainNs = nanosecondsPerMillisecond;

/** When messages are published: on a timetable of the rate, its bursts and its curve. Each is one event of its kind. */
export class Publisher {
  /** Messages so far; the driver counts. */
  published = 0;
  #workload: Workload;
  #arrivalTimes: RandomStream;
  #events: EventQueue;
  #kind: number;
  #curve: RateCurve | null;
  #running = false;
  #startNs = 0;
  /** When the next message is due by the timetable. */
  #timetableNs = 0;
  #rateFactor = 1;
  /** Bursts under way, by their fault's index. */
  #bursts = new Map<number, number>();

  constructor({ workload, seed }: Scenario, replication: number, events: EventQueue, kind: number) {
    this.#workload = workload;
    this.#arrivalTimes = new RandomStream(seed, 'publish', replication);
    this.#events = events;
    this.#kind = kind;
    this.#curve = workload.rateCurve === undefined ? null : new RateCurve(workload.rateCurve);
  }

  get isRunning(): boolean {
    return this.#running;
  }

  start(startNs: number): void {
    this.#running = true;
    this.#startNs = startNs;
    this.#timetableNs = startNs;
    if (this.#curve === null) this.#events.schedule(startNs, this.#kind, 0);
    else this.scheduleNext(startNs);
  }

  stop(): void {
    this.#running = false;
  }

  burstBegan(index: number, factor: number): void {
    this.#bursts.set(index, factor);
    this.#setFactor();
  }

  burstEnded(index: number): void {
    this.#bursts.delete(index);
    this.#setFactor();
  }

  scheduleNext(nowNs: number): void {
    const { ratePerSecond, arrivals } = this.#workload;
    const gapNs = nanosecondsPerSecond / (ratePerSecond * this.#rateFactor);
    const stepNs = arrivals === 'poisson' ? this.#arrivalTimes.exponential(gapNs) : gapNs;
    if (this.#curve === null) this.#timetableNs += stepNs;
    else {
      const sinceStart = (this.#timetableNs - this.#startNs) / nanosecondsPerSecond;
      const seconds = this.#curve.secondsAfter(sinceStart, stepNs / nanosecondsPerSecond);
      // The curve may end at nothing.
      if (seconds === Infinity) return;
      this.#timetableNs = this.#startNs + seconds * nanosecondsPerSecond;
    }
    // The publisher keeps a timetable with timers of a millisecond: each message is late by up to one.
    const lateNs = this.#arrivalTimes.nextUnit() * timerGrainNs;
    this.#events.schedule(Math.max(nowNs + 1, Math.round(this.#timetableNs + lateNs)), this.#kind, 0);
  }

  #setFactor(): void {
    this.#rateFactor = 1;
    for (const factor of this.#bursts.values()) this.#rateFactor *= factor;
  }
}
