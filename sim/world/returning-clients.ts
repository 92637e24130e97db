import type { Channels, RunReport, Scenario } from '#core';
import type { ShardHost } from './shard-host.ts';

/**
 * Clients that ask for what they missed: those that come from another server during the load (`clients-join`), and those
 * that a `reconnect-storm` or a `server-restart` threw out.
 */
export class ReturningClients {
  #scenario: Scenario;
  #channels: Channels;
  /** First client of each such fault, by the fault's index. */
  #firstOf: number[] = [];
  /** Whether anybody will be thrown out, so that it has to be known what each client has. */
  readonly anyThrownOut: boolean;
  /** When each message was published, by its sequence. */
  #publishedAtNs: number[] = [];
  /** Sequence after which a client that was thrown out will ask. */
  #newestOf = new Map<number, number>();
  #recovered = 0;
  #unrecovered = 0;
  #missed = 0;
  #owedAgain = 0;

  constructor(scenario: Scenario, channels: Channels) {
    this.#scenario = scenario;
    this.#channels = channels;
    this.anyThrownOut = scenario.faults.some(({ kind }) => kind === 'reconnect-storm' || kind === 'server-restart');
    let first = scenario.workload.connections;
    for (const fault of scenario.faults) {
      this.#firstOf.push(first);
      if (fault.kind === 'clients-join') first += fault.connections;
    }
  }

  /** Number of the first client of the fault with this index. */
  firstOf(fault: number): number {
    return this.#firstOf[fault];
  }

  /** The next message of the stream is published. */
  published(atNs: number): void {
    if (this.anyThrownOut) this.#publishedAtNs.push(atNs);
  }

  /** @param newestPublishedNs when the newest message that the client has was published */
  thrownOut(client: number, newestPublishedNs: number): void {
    const times = this.#publishedAtNs;
    let below = 0;
    let above = times.length;
    while (below < above) {
      const middle = (below + above) >> 1;
      if (times[middle] <= newestPublishedNs) below = middle + 1;
      else above = middle;
    }
    this.#newestOf.set(client, below);
  }

  /** Sequence up to which a client has everything when it first comes. */
  initialSequence(client: number): number {
    return client < this.#scenario.workload.connections ? 0 : (this.#givenSequence(client) ?? 0);
  }

  /** Somebody else takes the place of a client, who has nothing and asks for nothing. */
  replaced(client: number): void {
    this.#newestOf.delete(client);
  }

  /** Sequence after which a client that subscribes asks for messages; null for all that ask for nothing. */
  sinceOf(client: number): number | null {
    const newest = this.#newestOf.get(client);
    if (newest !== undefined || client < this.#scenario.workload.connections) return newest ?? null;
    return this.#givenSequence(client);
  }

  /** What the fault that brings a client says of it. */
  #givenSequence(client: number): number | null {
    const { faults } = this.#scenario;
    for (let index = 0; index < faults.length; index += 1) {
      const fault = faults[index];
      const number = client - this.#firstOf[index];
      if (fault.kind !== 'clients-join' || fault.sinceSequence === null || number >= fault.connections) continue;
      return Math.floor((number + 1) * fault.sinceSequence) - Math.floor(number * fault.sinceSequence);
    }
    return null;
  }

  /** Recovery as the server offers it: all that the history holds since, or nothing and the word that it is not all. */
  recover(
    client: number,
    { shard }: ShardHost,
    connection: number,
    sinceSequence: number,
    channelNames: readonly string[],
    subscriptions: number,
  ): void {
    const { newestSequence } = shard.history;
    let complete = true;
    for (let offset = 0; offset < subscriptions; offset += 1) {
      const channel = this.#channels.subscribed(client, offset, subscriptions);
      const missed =
        sinceSequence < newestSequence ? this.#channels.publishedBetween(channel, sinceSequence, newestSequence) : 0;
      if (shard.recover(connection, channelNames[channel], sinceSequence)) this.#owedAgain += missed;
      else {
        complete = false;
        this.#missed += missed;
      }
    }
    if (complete) this.#recovered += 1;
    else this.#unrecovered += 1;
  }

  /** Clients, in the model, that got all that they asked for. */
  get recovered(): number {
    return this.#recovered;
  }

  /** Messages, in the model, that were to be given again. */
  get owedAgain(): number {
    return this.#owedAgain;
  }

  /** Messages, in the model, that they had to do without. */
  get missed(): number {
    return this.#missed;
  }

  /** What they noticed; null where nobody asked. @param whole a count of the model as the count that it stands for */
  report(whole: (count: number) => number): RunReport['summary']['clients'] {
    if (this.#recovered + this.#unrecovered === 0) return null;
    return {
      duplicates: 0,
      missingSequences: whole(this.#missed),
      gapNotices: 0,
      gapMessages: 0,
      reconnected: whole(this.#recovered + this.#unrecovered),
      recovered: whole(this.#recovered),
      unrecovered: whole(this.#recovered + this.#unrecovered) - whole(this.#recovered),
    };
  }
}
