import type { Scenario, Workload } from './scenario.ts';

/**
 * The shape of a workload: which client takes which channels, and which message goes where. The simulator, a live run's
 * clients and publisher, and the closed forms all read it here, so that one scenario is one load everywhere.
 */

/** Name of a channel by its number, as clients subscribe to it. */
export const channelName = (channel: number): string => `token.${channel}`;

/** Whether member `index` of a row belongs to an evenly spread `share` (0 to 1) of it: exactly floor(n x share) of the first n do. */
export function isChosen(index: number, share: number): boolean {
  return Math.floor((index + 1) * share) > Math.floor(index * share);
}

/** What decides who takes what; a whole workload is one. */
export type ChannelPlan = Pick<Workload, 'channels' | 'subscriptionsPerClient'>;

/** Channel of a client's subscription number `offset`, from 0: its own number and those that follow, around. */
export function subscribedChannel({ channels }: ChannelPlan, client: number, offset: number): number {
  return (client + offset) % channels;
}

/** Names of all channels that a client subscribes to. */
export function subscribedNames(plan: ChannelPlan, client: number): string[] {
  return Array.from({ length: plan.subscriptionsPerClient }, (_, offset) =>
    channelName(subscribedChannel(plan, client, offset)),
  );
}

/** Channel of message number `message` of the stream, from 0: the publisher takes the channels in turn. */
export function publishedChannel({ channels }: Pick<ChannelPlan, 'channels'>, message: number): number {
  return message % channels;
}

/** Messages of a channel among the first `count` of the stream. */
export function messagesOfChannel({ channels }: Pick<ChannelPlan, 'channels'>, channel: number, count: number): number {
  return Math.floor((count - 1 - channel) / channels) + 1;
}

/** Payload bytes on the wire of message number `message` of the stream, from 0. */
export function messageBytesOf({ messageBytes }: Pick<Workload, 'messageBytes'>, _message: number): number {
  return messageBytes;
}

/** What a workload asks for, on average over its load, if nothing is refused, dropped or late. */
export interface OfferedRates {
  readonly publishedPerSecond: number;
  /** Messages per second that a client is to get, averaged over the clients. */
  readonly deliveriesPerClientPerSecond: number;
  readonly deliveriesPerSecond: number;
  /** Clients that a message goes to. */
  readonly fanOut: number;
  /** Mean payload of a message. */
  readonly messageBytes: number;
  readonly payloadBytesPerSecond: number;
  readonly subscriptions: number;
}

/** The load to judge instead of the workload's own. */
export interface LoadVariation {
  readonly connections?: number;
  readonly ratePerSecond?: number;
}

export function offeredRates(workload: Workload, variation: LoadVariation = {}): OfferedRates {
  const { channels, subscriptionsPerClient, messageBytes } = workload;
  const connections = variation.connections ?? workload.connections;
  const publishedPerSecond = variation.ratePerSecond ?? workload.ratePerSecond;
  const deliveriesPerClientPerSecond = (publishedPerSecond * subscriptionsPerClient) / channels;
  const deliveriesPerSecond = connections * deliveriesPerClientPerSecond;
  return {
    publishedPerSecond,
    deliveriesPerClientPerSecond,
    deliveriesPerSecond,
    fanOut: (connections * subscriptionsPerClient) / channels,
    messageBytes,
    payloadBytesPerSecond: deliveriesPerSecond * messageBytes,
    subscriptions: connections * subscriptionsPerClient,
  };
}

/** Messages per second to publish, all channels together, so that each client gets `deliveriesPerSecond` on average. */
export function publishRateFor(workload: Workload, deliveriesPerSecond: number): number {
  return (deliveriesPerSecond * workload.channels) / workload.subscriptionsPerClient;
}

/** Clients that a scenario brings to the server in all: those of the ramp, and those that join later. */
export function connectionsAsked({ workload, faults }: Pick<Scenario, 'workload' | 'faults'>): number {
  return faults.reduce(
    (sum, fault) => sum + (fault.kind === 'clients-join' ? fault.connections : 0),
    workload.connections,
  );
}
