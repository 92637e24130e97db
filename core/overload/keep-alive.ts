import { CloseReason } from '../base/outcomes.ts';
import { nanosecondsPerSecond } from '../base/units.ts';

export interface KeepAliveOptions {
  readonly connectionsMax: number;
  /** A connection that has been silent for so long is sent a ping (RFC 6455 5.5.2). */
  readonly pingIntervalNs: number;
  /** A pinged connection that stays silent for so long is gone. */
  readonly pingTimeoutNs: number;
  /** A connection without any subscription may stay for so long. */
  readonly idleTimeoutNs: number;
}

export interface KeepAliveEffects {
  /** Sends a ping, unless the socket is full. */
  ping(connection: number): void;
  expired(connection: number, reason: CloseReason): void;
}

/** Pings that a sweep may always send. */
const pingsLeast = 16;

/**
 * Finds connections whose peer is gone, idle, or no longer entitled, without a timer for each.
 *
 * The driver calls `sweep` about once a second; it looks at every connection, which for 12,000 takes some 20 us, and
 * sends at most twice an even share of the pings, so that clients that came together are not pinged together for ever.
 */
export class KeepAlive {
  #options: KeepAliveOptions;
  #heardNs: Float64Array;
  #pingedNs: Float64Array;
  #idleSinceNs: Float64Array;
  #entitledUntilNs: Float64Array;
  #open: Uint8Array;
  #used = 0;
  #next = 0;
  #sweptNs = 0;

  constructor(options: KeepAliveOptions) {
    const { connectionsMax } = options;
    this.#options = options;
    this.#heardNs = new Float64Array(connectionsMax);
    this.#pingedNs = new Float64Array(connectionsMax);
    this.#idleSinceNs = new Float64Array(connectionsMax);
    this.#entitledUntilNs = new Float64Array(connectionsMax);
    this.#open = new Uint8Array(connectionsMax);
  }

  /** @param entitledUntilNs when the client's token expires; Infinity for never */
  opened(connection: number, nowNs: number, entitledUntilNs: number): void {
    this.#open[connection] = 1;
    this.#used = Math.max(this.#used, connection + 1);
    this.#heardNs[connection] = nowNs;
    this.#pingedNs[connection] = Infinity;
    this.#idleSinceNs[connection] = nowNs;
    this.#entitledUntilNs[connection] = entitledUntilNs;
  }

  closed(connection: number): void {
    this.#open[connection] = 0;
  }

  /** Anything came from the client, a pong included. */
  heard(connection: number, nowNs: number): void {
    this.#heardNs[connection] = nowNs;
    this.#pingedNs[connection] = Infinity;
  }

  /** @param subscriptions that the client has now */
  subscriptionsChanged(connection: number, subscriptions: number, nowNs: number): void {
    this.#idleSinceNs[connection] = subscriptions > 0 ? Infinity : nowNs;
  }

  sweep(nowNs: number, effects: KeepAliveEffects): void {
    const { pingIntervalNs, pingTimeoutNs, idleTimeoutNs } = this.#options;
    const sinceNs = Math.max(nanosecondsPerSecond / 10, nowNs - this.#sweptNs);
    let pings = Math.max(pingsLeast, Math.ceil((2 * this.#used * sinceNs) / pingIntervalNs));
    this.#sweptNs = nowNs;
    for (let visited = 0; visited < this.#used; visited += 1) {
      const connection = this.#next;
      this.#next = connection + 1 >= this.#used ? 0 : connection + 1;
      if (this.#open[connection] === 0) continue;
      if (nowNs >= this.#entitledUntilNs[connection]) {
        effects.expired(connection, CloseReason.tokenExpired);
      } else if (nowNs - this.#idleSinceNs[connection] >= idleTimeoutNs) {
        effects.expired(connection, CloseReason.idle);
      } else if (nowNs - this.#pingedNs[connection] >= pingTimeoutNs) {
        effects.expired(connection, CloseReason.pingTimeout);
      } else if (
        pings > 0 &&
        this.#pingedNs[connection] === Infinity &&
        nowNs - this.#heardNs[connection] >= pingIntervalNs
      ) {
        pings -= 1;
        this.#pingedNs[connection] = nowNs;
        effects.ping(connection);
      }
    }
  }
}
