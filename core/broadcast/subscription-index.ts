import { assert } from '../base/assert.ts';
import { PatternTrie } from './pattern-trie.ts';
import { isPattern, type Subscriptions } from './subscriptions.ts';

/** Connection numbers stay below 2^20, so that (channel, connection) fits a double exactly as one key. */
const connectionNumbers = 1_048_576;
const none = -1;

/** Members of one channel or pattern; `connections[i]` belongs to subscription `subscriptions[i]`. */
class Channel {
  readonly name: string;
  readonly number: number;
  connections = new Int32Array(4);
  subscriptions = new Int32Array(4);
  count = 0;

  constructor(name: string, number: number) {
    this.name = name;
    this.number = number;
  }

  append(connection: number, subscription: number): number {
    if (this.count === this.connections.length) {
      this.connections = doubled(this.connections);
      this.subscriptions = doubled(this.subscriptions);
    }
    this.connections[this.count] = connection;
    this.subscriptions[this.count] = subscription;
    this.count += 1;
    return this.count - 1;
  }
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

/**
 * Channel to subscribers, the document's second optimisation (R62, R63, R65).
 *
 * Subscribe, unsubscribe and each step of a disconnect are O(1); a match touches subscribers only. Subscriptions live in
 * flat arrays: a member list per channel for the match, a linked list per connection for the disconnect, and one hash
 * from (channel, connection) to the subscription. Patterns are found by their tokens, so those that do not match cost
 * nothing. A channel without members is forgotten.
 */
export class SubscriptionIndex implements Subscriptions {
  visits = 0;

  #channels = new Map<string, Channel>();
  #patterns = new PatternTrie<Channel>();
  #channelByNumber: (Channel | null)[] = [];
  #freeChannelNumbers: number[] = [];

  #subscriptionByKey = new Map<number, number>();
  #freeSubscription = none;
  #subscriptionsUsed = 0;
  #connectionOf = new Int32Array(64);
  #channelOf = new Int32Array(64);
  #positionOf = new Int32Array(64);
  #nextOf = new Int32Array(64);
  #previousOf = new Int32Array(64);

  #firstOfConnection: Int32Array;
  #countOfConnection: Int32Array;
  /** Number of the last match that took the connection, so that overlapping patterns deliver once. */
  #matchedIn: Uint32Array;

  #matchNumber = 0;
  #matchLists: Channel[] = [];
  #visitLists: Channel[] = [];
  #matchList = 0;
  #matchPosition = 0;

  /** @param connectionsMax connection numbers are 0 to `connectionsMax` - 1. */
  constructor(connectionsMax: number) {
    assert(
      connectionsMax <= connectionNumbers,
      () => `at most ${connectionNumbers} connections, given ${connectionsMax}`,
    );
    this.#firstOfConnection = new Int32Array(connectionsMax).fill(none);
    this.#countOfConnection = new Int32Array(connectionsMax);
    this.#matchedIn = new Uint32Array(connectionsMax);
  }

  addConnection(connection: number): void {
    assert(this.#firstOfConnection[connection] === none, () => `connection ${connection} still has subscriptions`);
    this.#matchedIn[connection] = this.#matchNumber;
  }

  removeConnection(connection: number): void {
    let subscription = this.#firstOfConnection[connection];
    while (subscription !== none) {
      const next = this.#nextOf[subscription];
      this.#remove(subscription);
      subscription = next;
    }
  }

  subscribe(connection: number, channelName: string): boolean {
    const channel = this.#findOrCreate(channelName);
    const key = channel.number * connectionNumbers + connection;
    if (this.#subscriptionByKey.has(key)) return false;
    const subscription = this.#allocate();
    const first = this.#firstOfConnection[connection];
    this.#connectionOf[subscription] = connection;
    this.#channelOf[subscription] = channel.number;
    this.#positionOf[subscription] = channel.append(connection, subscription);
    this.#nextOf[subscription] = first;
    this.#previousOf[subscription] = none;
    if (first !== none) this.#previousOf[first] = subscription;
    this.#firstOfConnection[connection] = subscription;
    this.#countOfConnection[connection] += 1;
    this.#subscriptionByKey.set(key, subscription);
    return true;
  }

  unsubscribe(connection: number, channelName: string): boolean {
    const channel = this.#channels.get(channelName);
    if (channel === undefined) return false;
    const subscription = this.#subscriptionByKey.get(channel.number * connectionNumbers + connection);
    if (subscription === undefined) return false;
    this.#remove(subscription);
    return true;
  }

  subscriptionCount(connection: number): number {
    return this.#countOfConnection[connection];
  }

  isSubscribed(connection: number, channelName: string): boolean {
    const channel = this.#channels.get(channelName);
    return channel !== undefined && this.#subscriptionByKey.has(channel.number * connectionNumbers + connection);
  }

  visitsFor(channelName: string): number {
    this.#collect(channelName, this.#visitLists);
    let visits = 0;
    for (let list = 0; list < this.#visitLists.length; list += 1) visits += this.#visitLists[list].count;
    return visits;
  }

  startMatch(channelName: string): void {
    this.#matchNumber = (this.#matchNumber + 1) >>> 0;
    if (this.#matchNumber === 0) {
      // The counter wrapped after 2^32 matches: forget all marks, so that none of them looks current.
      this.#matchedIn.fill(0);
      this.#matchNumber = 1;
    }
    this.#collect(channelName, this.#matchLists);
    this.#matchList = 0;
    this.#matchPosition = this.#matchLists.length > 0 ? this.#matchLists[0].count : 0;
  }

  nextMatches(out: Int32Array): number {
    const matchedIn = this.#matchedIn;
    const matchNumber = this.#matchNumber;
    let filled = 0;
    while (this.#matchList < this.#matchLists.length) {
      const list = this.#matchLists[this.#matchList];
      const connections = list.connections;
      // Backwards: a removal moves the last member, which has been matched already, into the hole.
      let position = Math.min(this.#matchPosition, list.count);
      const start = position;
      while (position > 0 && filled < out.length) {
        position -= 1;
        const connection = connections[position];
        if (matchedIn[connection] !== matchNumber) {
          matchedIn[connection] = matchNumber;
          out[filled] = connection;
          filled += 1;
        }
      }
      this.visits += start - position;
      this.#matchPosition = position;
      if (position > 0) return filled;
      this.#matchList += 1;
      if (this.#matchList < this.#matchLists.length) this.#matchPosition = this.#matchLists[this.#matchList].count;
    }
    return filled > 0 ? filled : -1;
  }

  /** Fills `lists` with the member lists that a published channel concerns, each once. */
  #collect(channelName: string, lists: Channel[]): void {
    lists.length = 0;
    const channel = this.#channels.get(channelName);
    // Somebody may publish on a name that reads as a pattern; then the pattern finds itself below.
    if (channel !== undefined && !isPattern(channelName)) lists.push(channel);
    this.#patterns.match(channelName, lists);
  }

  #findOrCreate(name: string): Channel {
    const known = this.#channels.get(name);
    if (known !== undefined) return known;
    const number = this.#freeChannelNumbers.pop() ?? this.#channelByNumber.length;
    const channel = new Channel(name, number);
    this.#channelByNumber[number] = channel;
    this.#channels.set(name, channel);
    if (isPattern(name)) this.#patterns.set(name, channel);
    return channel;
  }

  #allocate(): number {
    const free = this.#freeSubscription;
    if (free !== none) {
      this.#freeSubscription = this.#nextOf[free];
      return free;
    }
    if (this.#subscriptionsUsed === this.#connectionOf.length) {
      this.#connectionOf = doubled(this.#connectionOf);
      this.#channelOf = doubled(this.#channelOf);
      this.#positionOf = doubled(this.#positionOf);
      this.#nextOf = doubled(this.#nextOf);
      this.#previousOf = doubled(this.#previousOf);
    }
    this.#subscriptionsUsed += 1;
    return this.#subscriptionsUsed - 1;
  }

  #remove(subscription: number): void {
    const connection = this.#connectionOf[subscription];
    const channel = this.#channelByNumber[this.#channelOf[subscription]];
    assert(channel !== null, () => `subscription ${subscription} has no channel`);
    const position = this.#positionOf[subscription];
    const last = channel.count - 1;
    const moved = channel.subscriptions[last];
    channel.connections[position] = channel.connections[last];
    channel.subscriptions[position] = moved;
    this.#positionOf[moved] = position;
    channel.count = last;

    const next = this.#nextOf[subscription];
    const previous = this.#previousOf[subscription];
    if (next !== none) this.#previousOf[next] = previous;
    if (previous !== none) this.#nextOf[previous] = next;
    else this.#firstOfConnection[connection] = next;
    this.#countOfConnection[connection] -= 1;

    this.#subscriptionByKey.delete(channel.number * connectionNumbers + connection);
    this.#nextOf[subscription] = this.#freeSubscription;
    this.#freeSubscription = subscription;
    if (last === 0) {
      this.#channels.delete(channel.name);
      if (isPattern(channel.name)) this.#patterns.delete(channel.name);
      this.#channelByNumber[channel.number] = null;
      this.#freeChannelNumbers.push(channel.number);
    }
  }
}
