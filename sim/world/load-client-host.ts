import type { Profile } from '#core';
import type { EventLoop } from '../machine/cpu.ts';
import type { InFlight } from '../network/in-flight.ts';

export interface LoadClientWorld {
  /** The client has read the write at the head of the queue; the queue still holds it. */
  clientRead(atNs: number): void;
  wantsClientTimer(dueNs: number): void;
}

/** Reads that one turn of the client's loop takes at the most. */
const readsPerTurn = 512;

/** The load generator of a loopback run: one more event loop that competes for the same cores. */
export class LoadClientHost implements EventLoop {
  #inFlight: InFlight;
  #profile: Profile;
  #world: LoadClientWorld;

  constructor(inFlight: InFlight, profile: Profile, world: LoadClientWorld) {
    this.#inFlight = inFlight;
    this.#profile = profile;
    this.#world = world;
  }

  runTurn(startNs: number): number {
    const { perReadNs, perMessageNs } = this.#profile.loadClient;
    let elapsedNs = 0;
    for (let reads = 0; reads < readsPerTurn; reads += 1) {
      if (this.#inFlight.count === 0 || this.#inFlight.arrivalNs > startNs) break;
      elapsedNs += perReadNs;
      this.#world.clientRead(startNs + Math.round(elapsedNs));
      elapsedNs += this.#inFlight.messages * perMessageNs;
      this.#inFlight.shift();
    }
    return Math.round(elapsedNs);
  }

  turnEnded(nowNs: number): boolean {
    if (this.#inFlight.count === 0) return false;
    if (this.#inFlight.arrivalNs <= nowNs) return true;
    this.#world.wantsClientTimer(this.#inFlight.arrivalNs);
    return false;
  }
}
