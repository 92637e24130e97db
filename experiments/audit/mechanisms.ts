import { LinearScan, type ResolvedScenario, StreamModel, SubscriptionIndex, type Subscriptions } from '#core';
import { inputs, settings } from './inputs.ts';
import type { Lab } from './lab.ts';

export const clientCount = inputs.connections.value;
export const broadcasts = inputs.broadcastsPerSecond.value;

/** Scenario fields of a load of 100 messages/s on empty buffers, every message written by itself as the original does. */
export function burst(seconds: number): string[] {
  return [
    'workload.ratePerSecond=100',
    'settings.WS_WRITE_BYTES=500',
    `workload.durationSeconds=${seconds}`,
    'workload.warmUpSeconds=0',
  ];
}

/** A card that counts no headers, and sockets that hold one message. */
export function payloadAlone(resolved: ResolvedScenario): ResolvedScenario {
  const { machine, profile } = resolved;
  const headers = inputs.wireBytes.value / inputs.messageBytes.value;
  return {
    ...resolved,
    machine: { ...machine, networkBitsPerSecond: Number(machine.networkBitsPerSecond) * headers },
    profile: { ...profile, memory: { ...profile.memory, socketBufferBytes: inputs.messageBytes.value } },
  };
}

/** The shortest load of 100 messages/s with a drop, to a twentieth of a second, from empty buffers. */
export function firstDropSeconds(
  lab: Lab,
  name?: string,
  change?: (resolved: ResolvedScenario) => ResolvedScenario,
): number {
  const drops = (seconds: number): number =>
    lab.simulated('e2-standard-2-12k', burst(seconds), { name, change }).summary.drops;
  let [without, withDrops] = [140, 200];
  while (withDrops - without > 1) {
    const middle = Math.floor((without + withDrops) / 2);
    if (drops(middle / 20) === 0) without = middle;
    else withDrops = middle;
  }
  return withDrops / 20;
}

/** Publishes one message, never answers it, and counts how often it comes again before the stream drops it. */
export function redeliveriesUnanswered(ackWaitNs: number): number {
  const stream = new StreamModel<string>({
    epoch: 'audit',
    streamMaxAgeNs: settings.streamMaxAgeNs,
    streamMaxMessages: settings.streamMaxMessages,
    streamMaxBytes: settings.streamMaxBytes,
    ackWaitNs,
    maxAckPending: settings.maxAckPending,
  });
  stream.publish('message', 'token.BTC', inputs.messageBytes.value, 0);
  let nowNs = 0;
  while (nowNs !== Infinity) {
    stream.fetch(nowNs);
    nowNs = stream.nextEventNs(nowNs);
  }
  return stream.counters.redeliveries;
}

/** Connections that one broadcast visits, clients spread evenly over channels. */
export function visitsOf(subscriptions: Subscriptions, channels: number, channelsPerClient: number): number {
  for (let client = 0; client < clientCount; client += 1) {
    subscriptions.addConnection(client);
    for (let offset = 0; offset < channelsPerClient; offset += 1) {
      subscriptions.subscribe(client, `channel.${(client + offset) % channels}`);
    }
  }
  const matched = new Int32Array(clientCount);
  subscriptions.startMatch('channel.0');
  while (subscriptions.nextMatches(matched) >= 0);
  return subscriptions.visits;
}

export const visitsSavedPercent = (channels: number, channelsPerClient: number): number =>
  (1 -
    visitsOf(new SubscriptionIndex(clientCount), channels, channelsPerClient) /
      visitsOf(new LinearScan(clientCount), channels, channelsPerClient)) *
  100;
