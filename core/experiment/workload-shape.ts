import { ChannelPopularity, firstAbove, goldenStep, plasticSquareStep, spread } from './channel-popularity.ts';
import { RateCurve } from './rate-curve.ts';
import type { Fault, Scenario, Workload } from './scenario.ts';

/**
 * The shape of a workload: which client belongs to which group and takes which channels, where each message goes and how
 * large it is. The simulator, a live run's clients and publisher, and the closed forms all read it here, so that one scenario
 * is one load everywhere. Nothing in it is drawn: it is the same for every seed and replication.
 */

/** Name of a channel by its number, as clients subscribe to it. */
export const channelName = (channel: number): string => `token.${channel}`;

/** Whether member `index` of a row belongs to an evenly spread `share` (0 to 1) of it: exactly floor(n x share) of the first n do. */
export function isChosen(index: number, share: number): boolean {
  return Math.floor((index + 1) * share) > Math.floor(index * share);
}

/** A kind of client with everything filled in. */
export interface ClientGroup {
  readonly name: string;
  /** Share of all clients, 0 to 1. */
  readonly share: number;
  /** null: unlimited. */
  readonly linkBitsPerSecond: number | null;
  readonly roundTripMs: number;
  /** Share of the group that never reads after subscribing. */
  readonly stalledShare: number;
  readonly subscriptionsPerClient: number;
}

/** The groups of a workload; without `clientGroups` one, of all. */
export function clientGroupsOf(
  workload: Pick<Workload, 'client' | 'clientGroups' | 'subscriptionsPerClient'>,
): ClientGroup[] {
  const { client, clientGroups, subscriptionsPerClient } = workload;
  return (clientGroups ?? [{ name: 'all', share: 1 }]).map((group) => ({
    name: group.name,
    share: group.share,
    linkBitsPerSecond: group.linkBitsPerSecond === undefined ? client.linkBitsPerSecond : group.linkBitsPerSecond,
    roundTripMs: group.roundTripMs ?? client.roundTripMs,
    stalledShare: group.stalledShare ?? client.stalledShare,
    subscriptionsPerClient: group.subscriptionsPerClient ?? subscriptionsPerClient,
  }));
}

/** Which channels clients take and messages go to. */
export class Channels {
  #channels: number;
  /** null: in turn. */
  #ofMessages: ChannelPopularity | null;
  #ofSubscriptions: ChannelPopularity | null;

  constructor({ channels, popularity }: Pick<Workload, 'channels' | 'popularity'>) {
    this.#channels = channels;
    const exponents = zipfExponents(popularity);
    this.#ofMessages = exponents.messages === null ? null : new ChannelPopularity(channels, exponents.messages);
    this.#ofSubscriptions =
      exponents.subscriptions === null ? null : new ChannelPopularity(channels, exponents.subscriptions);
  }

  /**
   * Channel of a client's subscription number `offset`, from 0, of `count`: its own number and those that follow, around; or
   * as popularity has it.
   */
  subscribed(client: number, offset: number, count: number): number {
    if (this.#ofSubscriptions !== null) return this.#ofSubscriptions.chosenChannel(client, offset, count);
    return (client + offset) % this.#channels;
  }

  /** Names of all channels that a client with `count` subscriptions takes. */
  subscribedNames(client: number, count: number): string[] {
    return Array.from({ length: count }, (_, offset) => channelName(this.subscribed(client, offset, count)));
  }

  /** Channel of message number `message` of the stream, from 0: the publisher takes the channels in turn, or by popularity. */
  published(message: number): number {
    return this.#ofMessages === null ? message % this.#channels : this.#ofMessages.channelOf(message);
  }

  /** Messages of a channel among those of the stream with a sequence above `since` and up to `newest`. */
  publishedBetween(channel: number, since: number, newest: number): number {
    if (this.#ofMessages === null) return this.#firstInTurn(channel, newest) - this.#firstInTurn(channel, since);
    let found = 0;
    for (let message = since; message < newest; message += 1) if (this.published(message) === channel) found += 1;
    return found;
  }

  /** Share of all messages that a client with `count` subscriptions gets, averaged over such clients. */
  meanShare(count: number): number {
    if (this.#ofMessages === null || this.#ofSubscriptions === null) return count / this.#channels;
    let share = 0;
    for (let channel = 0; channel < this.#channels; channel += 1) {
      share += this.#ofMessages.shareOf(channel) * this.#ofSubscriptions.inclusionOf(channel, count);
    }
    return share;
  }

  /** Whether clients with equally many subscriptions get equally many messages. */
  get isEven(): boolean {
    return this.#ofMessages === null;
  }

  /** Share of all messages that one client gets. */
  shareOf(client: number, count: number): number {
    if (this.#ofMessages === null) return count / this.#channels;
    let share = 0;
    for (let offset = 0; offset < count; offset += 1) {
      share += this.#ofMessages.shareOf(this.subscribed(client, offset, count));
    }
    return share;
  }

  #firstInTurn(channel: number, count: number): number {
    return Math.floor((count - 1 - channel) / this.#channels) + 1;
  }
}

function zipfExponents(popularity: Workload['popularity']): {
  readonly messages: number | null;
  readonly subscriptions: number | null;
} {
  if (popularity === undefined || popularity === 'uniform') return { messages: null, subscriptions: null };
  if ('zipf' in popularity) return { messages: popularity.zipf, subscriptions: null };
  const exponent = (one: typeof popularity.messages): number | null =>
    one === undefined || one === 'uniform' ? null : one.zipf;
  return { messages: exponent(popularity.messages), subscriptions: exponent(popularity.subscriptions) };
}

/** Payload bytes of each message of a stream. */
export class MessageSizes {
  #bytes: number;
  #sizes: readonly number[] = [];
  #cumulative = new Float64Array(0);

  constructor({ messageBytes, messageSizes }: Pick<Workload, 'messageBytes' | 'messageSizes'>) {
    this.#bytes = messageBytes;
    if (messageSizes === undefined) return;
    let sum = 0;
    this.#sizes = messageSizes.map(({ bytes }) => bytes);
    this.#cumulative = Float64Array.from(messageSizes, ({ share }) => (sum += share));
  }

  /** @param message number in the stream, from 0 */
  of(message: number): number {
    if (this.#sizes.length === 0) return this.#bytes;
    return this.#sizes[firstAbove(this.#cumulative, spread(message, plasticSquareStep))];
  }
}

/** Which group each client belongs to, and who of them stalls. */
export class ClientPlan {
  readonly groups: readonly ClientGroup[];
  /** null: all belong to the one group. */
  #groupOf: Uint8Array | null = null;
  #stalls: Uint8Array | null = null;

  constructor(workload: Pick<Workload, 'client' | 'clientGroups' | 'subscriptionsPerClient'>, clients: number) {
    this.groups = clientGroupsOf(workload);
    if (this.groups.length === 1) return;
    let sum = 0;
    const cumulative = Float64Array.from(this.groups, ({ share }) => (sum += share));
    const members = new Int32Array(this.groups.length);
    this.#groupOf = new Uint8Array(clients);
    this.#stalls = new Uint8Array(clients);
    for (let client = 0; client < clients; client += 1) {
      const group = firstAbove(cumulative, spread(client, goldenStep));
      this.#groupOf[client] = group;
      this.#stalls[client] = isChosen(members[group], this.groups[group].stalledShare) ? 1 : 0;
      members[group] += 1;
    }
  }

  groupOf(client: number): number {
    return this.#groupOf === null ? 0 : this.#groupOf[client];
  }

  /** Whether the client never reads after subscribing. */
  stalls(client: number): boolean {
    return this.#stalls === null ? isChosen(client, this.groups[0].stalledShare) : this.#stalls[client] === 1;
  }

  subscriptionsOf(client: number): number {
    return this.groups[this.groupOf(client)].subscriptionsPerClient;
  }
}

/** Clients that get equally many messages. */
export interface ClientClass {
  /** Share of all clients, 0 to 1. */
  readonly share: number;
  readonly deliveriesPerSecond: number;
}

/** What a workload asks for, on average over its load, if nothing is refused, dropped or late. */
export interface OfferedRates {
  readonly publishedPerSecond: number;
  /** Messages per second that a client is to get, averaged over the clients. */
  readonly deliveriesPerClientPerSecond: number;
  readonly deliveriesPerSecond: number;
  /** Clients that a message goes to, averaged over the messages. */
  readonly fanOut: number;
  /** Mean payload of a message. */
  readonly messageBytes: number;
  readonly payloadBytesPerSecond: number;
  readonly subscriptions: number;
  /** Clients that leave and are replaced. */
  readonly replacementsPerSecond: number;
  /** The highest rate of the day curve over its mean; every rate here is that much higher then. 1 without a curve. */
  readonly peakFactor: number;
  /** Shares add up to 1, and the mean over them is `deliveriesPerClientPerSecond`: for what is not linear in the rate. */
  readonly clientClasses: readonly ClientClass[];
}

/** The load to judge instead of the workload's own. */
export interface LoadVariation {
  readonly connections?: number;
  readonly ratePerSecond?: number;
}

/** @param window seconds of the load to average over; all of it by default */
export function offeredRates(
  workload: Workload,
  variation: LoadVariation = {},
  window: { readonly fromSeconds: number; readonly untilSeconds: number } = {
    fromSeconds: 0,
    untilSeconds: workload.durationSeconds,
  },
): OfferedRates {
  const { channels, messageBytes, rateCurve, churnPerHour = 0 } = workload;
  const connections = variation.connections ?? workload.connections;
  const { classes, subscriptionsPerClient, isPlain } = proportionsOf(workload);
  const curve = rateCurve === undefined ? null : new RateCurve(rateCurve);
  const meanFactor = curve?.mean(window.fromSeconds, window.untilSeconds) ?? 1;
  const publishedPerSecond = (variation.ratePerSecond ?? workload.ratePerSecond) * meanFactor;
  const deliveriesPerClientPerSecond = isPlain
    ? (publishedPerSecond * subscriptionsPerClient) / channels
    : publishedPerSecond * classes.reduce((sum, { share, ofMessages }) => sum + share * ofMessages, 0);
  const deliveriesPerSecond = connections * deliveriesPerClientPerSecond;
  return {
    publishedPerSecond,
    deliveriesPerClientPerSecond,
    deliveriesPerSecond,
    fanOut: publishedPerSecond === 0 ? 0 : deliveriesPerSecond / publishedPerSecond,
    messageBytes,
    payloadBytesPerSecond: deliveriesPerSecond * messageBytes,
    subscriptions: connections * subscriptionsPerClient,
    replacementsPerSecond: (connections * churnPerHour) / 3_600,
    peakFactor:
      curve === null || meanFactor === 0 ? 1 : curve.peak(window.fromSeconds, window.untilSeconds) / meanFactor,
    clientClasses: isPlain
      ? [{ share: 1, deliveriesPerSecond: deliveriesPerClientPerSecond }]
      : classes.map(({ share, ofMessages }) => ({ share, deliveriesPerSecond: publishedPerSecond * ofMessages })),
  };
}

/** `ratePerSecond` of a workload whose clients get `deliveriesPerSecond` each on average: the inverse of `offeredRates`. */
export function publishRateFor(workload: Workload, deliveriesPerSecond: number): number {
  const { isPlain, subscriptionsPerClient } = proportionsOf(workload);
  if (isPlain && workload.rateCurve === undefined) {
    return (deliveriesPerSecond * workload.channels) / subscriptionsPerClient;
  }
  return deliveriesPerSecond / offeredRates(workload, { ratePerSecond: 1 }).deliveriesPerClientPerSecond;
}

/** Clients that a scenario brings to the server in all: those of the ramp, and those that join later. */
export function connectionsAsked({ workload, faults }: Pick<Scenario, 'workload' | 'faults'>): number {
  return faults.reduce(
    (sum, fault) => sum + (fault.kind === 'clients-join' ? fault.connections : 0),
    workload.connections,
  );
}

/** What of a workload does not depend on its connections and its rate. */
interface Proportions {
  readonly classes: readonly { readonly share: number; readonly ofMessages: number }[];
  /** Mean over the clients. */
  readonly subscriptionsPerClient: number;
  /** One group, channels in turn. */
  readonly isPlain: boolean;
}

/** Clients of a group that are looked at where each gets messages of its own; they are spread over all there are. */
const clientsLookedAt = 256;
const proportionsFound = new WeakMap<Workload, Proportions>();

/** Found once for a workload: searches ask thousands of times. */
function proportionsOf(workload: Workload): Proportions {
  const known = proportionsFound.get(workload);
  if (known !== undefined) return known;
  const channels = new Channels(workload);
  const groups = clientGroupsOf(workload);
  const classes = groups.flatMap(({ share, subscriptionsPerClient: count }) => {
    if (channels.isEven) return [{ share, ofMessages: channels.meanShare(count) }];
    // Over all channels, also where these are more than the clients looked at.
    const apart = Math.max(1, workload.channels / clientsLookedAt);
    const ofMessages = Array.from({ length: clientsLookedAt }, (_, one) =>
      channels.shareOf(Math.floor(one * apart), count),
    );
    // Those looked at are a part: their mean is brought to the exact one.
    const mean = ofMessages.reduce((sum, one) => sum + one, 0) / clientsLookedAt;
    const exact = channels.meanShare(count);
    return ofMessages.map((one) => ({ share: share / clientsLookedAt, ofMessages: (one * exact) / mean }));
  });
  const found = {
    classes,
    subscriptionsPerClient: groups.reduce((sum, { share, subscriptionsPerClient: count }) => sum + share * count, 0),
    isPlain: groups.length === 1 && channels.isEven,
  };
  proportionsFound.set(workload, found);
  return found;
}

/** Seconds of the load at which a fault begins: once, or again and again. */
export function faultBeginnings(fault: Fault, durationSeconds: number): number[] {
  const { atSeconds } = fault;
  if (fault.kind !== 'rate-burst' || fault.everySeconds === undefined) return [atSeconds];
  const { everySeconds } = fault;
  const most = Math.max(1, Math.ceil((durationSeconds - atSeconds) / everySeconds));
  return Array.from({ length: Math.min(most, fault.times ?? most) }, (_, burst) => atSeconds + burst * everySeconds);
}

/** How long a fault lasts that has an end. */
export function faultSeconds(fault: Exclude<Fault, { kind: 'server-lost' | 'clients-join' }>): number {
  if (fault.kind === 'reconnect-storm') return fault.reconnectAfterSeconds;
  return fault.kind === 'server-restart' ? fault.drainSeconds + fault.downSeconds : fault.durationSeconds;
}
