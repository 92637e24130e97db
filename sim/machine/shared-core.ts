import type { RandomStream } from '../kernel/random.ts';

const Placement = { undecided: 0, together: 1, apart: 2 } as const;
const none = -1;

/**
 * Where the kernel runs a load client that a writer wakes: on the writer's own core, where it takes turns with the writer
 * write by write, or on another one (Linux wakes a thread near its waker, `wake_affine`, and moves it when it has been
 * runnable for a while). Decided anew for each burst of writes.
 */
export class SharedCore {
  #random: RandomStream;
  #probability: number;
  #longestNs: number;
  #placements: number[] = [];
  #host = none;
  #usedNs = 0;

  /**
   * @param probability that a woken client begins on its waker's core
   * @param longestNs client time after which it is moved to another core
   */
  constructor(random: RandomStream, probability: number, longestNs: number) {
    this.#random = random;
    this.#probability = probability;
    this.#longestNs = longestNs;
  }

  addHost(): void {
    this.#placements.push(Placement.undecided);
  }

  /** Whether a write of the host is read at once on its own core. */
  takes(host: number, clientIsIdle: boolean): boolean {
    if (this.#placements[host] === Placement.undecided) {
      const together = clientIsIdle && this.#host === none && this.#random.nextUnit() < this.#probability;
      this.#placements[host] = together ? Placement.together : Placement.apart;
      if (together) {
        this.#host = host;
        this.#usedNs = 0;
      }
    }
    return this.#placements[host] === Placement.together;
  }

  used(ns: number): void {
    this.#usedNs += ns;
    if (this.#usedNs <= this.#longestNs) return;
    this.#placements[this.#host] = Placement.apart;
    this.#host = none;
  }

  /** The host has nothing to write for now. */
  burstEnded(host: number): void {
    this.#placements[host] = Placement.undecided;
    if (this.#host === host) this.#host = none;
  }
}
