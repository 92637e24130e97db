import { channelName, Channels, type Frame, parseSettings, Shard, type ShardEffects } from '#core';

export interface VisitsAsked {
  readonly connections: number;
  readonly channels: number;
  readonly channelsPerClient: number;
  readonly broadcasts: number;
  readonly lookup: 'scan' | 'index';
}

export interface Visits {
  /** Connections that core looked at while it matched. */
  readonly visits: number;
  /** Deliveries that came of it. */
  readonly deliveries: number;
}

/** Sockets that take everything. */
const sockets: ShardEffects<Frame> = {
  write: () => true,
  close: () => {},
  controlFrame: (json) => ({ sizeBytes: json.length, sequence: 0, channel: '', publishedAtNs: 0 }),
};

/** Runs broadcasts through core's own shard and reads its counters: nothing is estimated. */
export function countVisits({ connections, channels, channelsPerClient, broadcasts, lookup }: VisitsAsked): Visits {
  const parsed = parseSettings({
    WS_MAX_CONNECTIONS: connections,
    WS_SUBSCRIPTION_LOOKUP: lookup,
    // No write disturbs the count: what is matched stays queued.
    WS_FLUSH_INTERVAL: '10s',
  });
  if (!parsed.ok) throw new Error(parsed.issues.map(({ message }) => message).join('; '));
  const shard = new Shard<Frame>(parsed.settings, sockets);
  const plan = new Channels({ channels });
  for (let client = 0; client < connections; client += 1) {
    const connection = shard.connectionOpened();
    for (const name of plan.subscribedNames(client, channelsPerClient)) shard.subscribe(connection, name);
  }
  for (let sequence = 1; sequence <= broadcasts; sequence += 1) {
    shard.messageDelivered({
      sizeBytes: 500,
      sequence,
      channel: channelName(plan.published(sequence)),
      publishedAtNs: 0,
    });
    do shard.turn(1);
    while (shard.hasWork);
  }
  return { visits: shard.visits, deliveries: shard.ledger.offered };
}
