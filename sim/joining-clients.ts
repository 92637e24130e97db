import type { RunReport, Scenario } from '#core';
import type { ShardHost } from './shard-host.ts';

/** Clients that come from another server during the load (`clients-join`), and what they get of what they missed. */
export class JoiningClients {
  #scenario: Scenario;
  /** First client of each such fault, by the fault's index. */
  #firstOf: number[] = [];
  #recovered = 0;
  #unrecovered = 0;
  #missed = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
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

  /** Sequence after which a client asks for messages; null for all that ask for nothing. */
  sinceOf(client: number): number | null {
    const { faults, workload } = this.#scenario;
    if (client < workload.connections) return null;
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
  ): void {
    const { channels, subscriptionsPerClient } = this.#scenario.workload;
    const { newestSequence } = shard.history;
    let complete = true;
    for (let offset = 0; offset < subscriptionsPerClient; offset += 1) {
      const channel = (client + offset) % channels;
      if (shard.recover(connection, channelNames[channel], sinceSequence)) continue;
      complete = false;
      this.#missed += messagesOf(channel, channels, newestSequence) - messagesOf(channel, channels, sinceSequence);
    }
    if (complete) this.#recovered += 1;
    else this.#unrecovered += 1;
  }

  /** What they noticed; null where nobody asked. @param scale real clients for each of them */
  report(scale: number): RunReport['summary']['clients'] {
    if (this.#recovered + this.#unrecovered === 0) return null;
    return {
      duplicates: 0,
      missingSequences: this.#missed * scale,
      gapNotices: 0,
      gapMessages: 0,
      reconnected: (this.#recovered + this.#unrecovered) * scale,
      recovered: this.#recovered * scale,
      unrecovered: this.#unrecovered * scale,
    };
  }
}

/** Messages of a channel among the first `sequence` of the stream: the publisher takes the channels in turn. */
function messagesOf(channel: number, channels: number, sequence: number): number {
  return Math.floor((sequence - 1 - channel) / channels) + 1;
}
