import type { Profile } from '#core';
import type { RandomStream } from '../kernel/random.ts';

const Placement = { undecided: 0, together: 1, apart: 2 } as const;
const none = -1;
/** Weight of the newest burst. */
const smoothing = 0.3;

export type SharedCoreOptions = Pick<
  Profile['loadClient'],
  'sharedCoreProbability' | 'sharedCoreClientShareMax' | 'sharedCoreNs' | 'sharedCoreIdleShare'
>;

/**
 * Where the kernel runs a load client that a writer wakes: on the writer's own core, where it takes turns with the writer
 * write by write, or on another one (Linux wakes a thread near its waker, `wake_affine`, and moves it when it has been
 * runnable for a while). Decided anew for each burst of writes.
 */
export class SharedCore {
  #random: RandomStream;
  #options: SharedCoreOptions;
  #allowedNs = 0;
  #lastEndNs = 0;
  #clientShare = 0;
  #decidedNs = 0;
  #busyNs = 0;
  #placements: number[] = [];
  #host = none;
  #usedNs = 0;

  constructor(random: RandomStream, options: SharedCoreOptions) {
    this.#random = random;
    this.#options = options;
  }

  addHost(): void {
    this.#placements.push(Placement.undecided);
  }

  /** Whether a write of the host is read at once on its own core. */
  takes(
    host: number,
    client: { readonly clientIsIdle: boolean; readonly clientBusyNs: number },
    nowNs: number,
  ): boolean {
    if (this.#placements[host] === Placement.undecided) {
      const probability = this.#probabilityNow(client.clientBusyNs, nowNs);
      const together = client.clientIsIdle && this.#host === none && this.#random.nextUnit() < probability;
      this.#placements[host] = together ? Placement.together : Placement.apart;
      if (together) {
        this.#host = host;
        this.#usedNs = 0;
        const { sharedCoreNs, sharedCoreIdleShare } = this.#options;
        this.#allowedNs = sharedCoreNs + sharedCoreIdleShare * Math.max(0, nowNs - this.#lastEndNs);
      }
    }
    return this.#placements[host] === Placement.together;
  }

  /** The kernel knows how busy a thread has been lately; here, smoothed over the last bursts. */
  #probabilityNow(clientBusyNs: number, nowNs: number): number {
    const elapsedNs = nowNs - this.#decidedNs;
    if (elapsedNs > 0) {
      const share = (clientBusyNs - this.#busyNs) / elapsedNs;
      this.#clientShare += smoothing * (share - this.#clientShare);
      this.#decidedNs = nowNs;
      this.#busyNs = clientBusyNs;
    }
    const { sharedCoreProbability, sharedCoreClientShareMax: most } = this.#options;
    const least = most / 4;
    return sharedCoreProbability * Math.min(1, Math.max(0, (most - this.#clientShare) / (most - least)));
  }

  used(ns: number): void {
    this.#usedNs += ns;
    if (this.#usedNs <= this.#allowedNs) return;
    this.#placements[this.#host] = Placement.apart;
    this.#host = none;
  }

  /** The host has nothing to write for now. */
  burstEnded(host: number, nowNs: number): void {
    if (this.#placements[host] !== Placement.undecided) this.#lastEndNs = nowNs;
    this.#placements[host] = Placement.undecided;
    if (this.#host === host) this.#host = none;
  }
}
