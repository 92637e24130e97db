import { assert } from '../base/assert.ts';
import { matchesPattern, type Subscriptions } from './subscriptions.ts';

/**
 * The broadcast before the optimisation (R64): every match visits every connection and asks what it is subscribed to.
 * Kept for the before-and-after comparison (R66); its cost is the point of it.
 */
export class LinearScan implements Subscriptions {
  visits = 0;

  #channelsOf: (string[] | null)[];
  #connections: Int32Array;
  #positionOf: Int32Array;
  #count = 0;
  /** Number of the last match that took the connection: a removal may move a matched connection ahead again. */
  #matchedIn: Uint32Array;
  #matchNumber = 0;
  #matchChannel = '';
  #matchPosition = 0;

  constructor(connectionsMax: number) {
    this.#channelsOf = new Array<string[] | null>(connectionsMax).fill(null);
    this.#connections = new Int32Array(connectionsMax);
    this.#positionOf = new Int32Array(connectionsMax);
    this.#matchedIn = new Uint32Array(connectionsMax);
  }

  addConnection(connection: number): void {
    assert(this.#channelsOf[connection] === null, () => `connection ${connection} is known already`);
    this.#channelsOf[connection] = [];
    this.#connections[this.#count] = connection;
    this.#positionOf[connection] = this.#count;
    this.#matchedIn[connection] = this.#matchNumber;
    this.#count += 1;
  }

  removeConnection(connection: number): void {
    if (this.#channelsOf[connection] === null) return;
    this.#channelsOf[connection] = null;
    this.#count -= 1;
    const moved = this.#connections[this.#count];
    const position = this.#positionOf[connection];
    this.#connections[position] = moved;
    this.#positionOf[moved] = position;
  }

  subscribe(connection: number, channel: string): boolean {
    const channels = this.#channelsOf[connection];
    assert(channels !== null, () => `connection ${connection} is not known`);
    if (channels.includes(channel)) return false;
    channels.push(channel);
    return true;
  }

  unsubscribe(connection: number, channel: string): boolean {
    const channels = this.#channelsOf[connection] ?? null;
    const position = channels?.indexOf(channel) ?? -1;
    if (channels === null || position === -1) return false;
    channels.splice(position, 1);
    return true;
  }

  isSubscribed(connection: number, channel: string): boolean {
    return this.#channelsOf[connection]?.includes(channel) ?? false;
  }

  subscriptionCount(connection: number): number {
    return this.#channelsOf[connection]?.length ?? 0;
  }

  visitsFor(_channel: string): number {
    return this.#count;
  }

  startMatch(channel: string): void {
    this.#matchNumber = (this.#matchNumber + 1) >>> 0;
    if (this.#matchNumber === 0) {
      this.#matchedIn.fill(0);
      this.#matchNumber = 1;
    }
    this.#matchChannel = channel;
    this.#matchPosition = this.#count;
  }

  nextMatches(out: Int32Array): number {
    let position = Math.min(this.#matchPosition, this.#count);
    if (position === 0) return -1;
    const end = Math.max(0, position - out.length);
    this.visits += position - end;
    let filled = 0;
    while (position > end) {
      position -= 1;
      const connection = this.#connections[position];
      if (this.#matchedIn[connection] !== this.#matchNumber && this.#takes(connection)) {
        this.#matchedIn[connection] = this.#matchNumber;
        out[filled] = connection;
        filled += 1;
      }
    }
    this.#matchPosition = end;
    return filled;
  }

  #takes(connection: number): boolean {
    const channels = this.#channelsOf[connection];
    if (channels === null) return false;
    for (let index = 0; index < channels.length; index += 1) {
      if (channels[index] === this.#matchChannel || matchesPattern(channels[index], this.#matchChannel)) return true;
    }
    return false;
  }
}
