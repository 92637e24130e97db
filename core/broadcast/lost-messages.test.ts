import { describe, expect, it } from 'vitest';
import type { Frame, ShardEffects } from './effects.ts';
import { DropReason, LossReason } from '../base/outcomes.ts';
import { Shard } from './shard.ts';

/** Sockets that keep what they are given, in order: sequences of messages, text of control frames. */
class Sockets implements ShardEffects<Frame & { readonly json?: string }> {
  readonly received = new Map<number, (number | string)[]>();
  readonly full = new Set<number>();

  write(connection: number, frames: readonly (Frame & { readonly json?: string })[], count: number): boolean {
    const received = this.received.get(connection) ?? [];
    this.received.set(connection, received);
    for (const frame of frames.slice(0, count)) received.push(frame.json ?? frame.sequence);
    return !this.full.has(connection);
  }
  close(): void {}
  controlFrame(json: string): Frame & { readonly json: string } {
    return { json, sizeBytes: json.length, sequence: 0, channel: '', publishedAtNs: 0 };
  }
}

function create() {
  const sockets = new Sockets();
  const shard = new Shard<Frame>(
    {
      connectionsMax: 8,
      sendBufferSlots: 4,
      sendBufferBytesMax: 10_000,
      slowClientPolicy: 'drop-oldest',
      workerPoolSize: 4,
      workerQueueSize: 16,
      jobSliceSize: 2,
      shardInboxMessages: 8,
      flushIntervalNs: 0,
      historyAgeNs: 10_000,
      historyBytesMax: 5_000,
      writeBytesMax: 1_000,
      writesPerTurn: 8,
      slowClientStrikes: 3,
      subscriptionLookup: 'index',
      channelsPerClientMax: 5,
    },
    sockets,
  );
  const connect = (...channels: string[]): number => {
    const connection = shard.connectionOpened();
    for (const channel of channels) shard.subscribe(connection, channel);
    return connection;
  };
  const settle = (): void => {
    while (shard.hasWork) shard.turn(0);
  };
  const heard = (connection: number): (number | string)[] => sockets.received.get(connection) ?? [];
  return { shard, sockets, connect, settle, heard };
}

const message = (sequence: number, channel = 'a'): Frame => ({ sizeBytes: 100, sequence, channel, publishedAtNs: 0 });
const loss = (fromSequence: number, toSequence: number, channel: string | null = null) => ({
  fromSequence,
  toSequence,
  channel,
  reason: LossReason.discarded,
});
const notice = (missed: number, fromSeq: number, toSeq: number): string =>
  JSON.stringify({ type: 'gap', missed, fromSeq, toSeq, scope: 'stream' });

describe('messages lost to the stream', () => {
  it('of unknown channels are told to every client with a subscription, before what comes after', () => {
    const { shard, connect, settle, heard } = create();
    const [one, other, without] = [connect('a'), connect('b.*'), connect()];
    shard.messagesLost(loss(6, 25), 0);
    shard.messageDelivered(message(26));
    settle();
    expect([heard(one), heard(other), heard(without)]).toEqual([[notice(20, 6, 25), 26], [notice(20, 6, 25)], []]);
    expect([shard.recover(one, 'a', 5), shard.recover(one, 'a', 25)]).toEqual([false, true]);
  });

  it('of a known channel are told to its subscribers, by name or pattern', () => {
    const { shard, connect, settle, heard } = create();
    const [name, pattern, other] = [connect('a.x'), connect('a.>'), connect('b')];
    shard.messagesLost(loss(3, 3, 'a.x'), 0);
    settle();
    expect([heard(name), heard(pattern), heard(other)]).toEqual([[notice(1, 3, 3)], [notice(1, 3, 3)], []]);
    expect([shard.recover(pattern, 'a.>', 2), shard.recover(other, 'b', 0)]).toEqual([false, true]);
  });

  it('are told in one notice to a client whose socket is full, once it reads again', () => {
    const { shard, sockets, connect, settle, heard } = create();
    const client = connect('a');
    sockets.full.add(client);
    shard.messageDelivered(message(1));
    settle();
    for (let sequence = 2; sequence <= 200; sequence += 2) shard.messagesLost(loss(sequence, sequence), 0);
    settle();
    expect(heard(client)).toEqual([1]);
    sockets.full.clear();
    shard.socketDrained(client);
    settle();
    expect(heard(client)).toEqual([1, notice(100, 2, 200)]);
  });
});

describe('a stream that is replaced', () => {
  it('gives clients what it took in of the old one before the new one is told, and forgets the old history', () => {
    const { shard, connect, settle, heard } = create();
    const client = connect('a');
    for (let sequence = 501; sequence <= 506; sequence += 1) shard.messageDelivered(message(sequence));
    shard.streamReplaced(0);
    shard.sendControl(client, 'welcome');
    shard.messageDelivered(message(1));
    settle();
    const told = JSON.stringify({ type: 'gap', missed: 2, fromSeq: 501, toSeq: 502 });
    // Its buffer holds four: what that policy dropped it is told, as always.
    expect(heard(client)).toEqual([told, 503, 504, 505, 506, 'welcome', 1]);
    expect([shard.history.newestSequence, shard.recover(client, 'a', 506)]).toEqual([1, false]);
    expect(shard.takeCredits()).toBe(7);
  });

  it('drops and counts what still waits for a full socket: those sequences mean something else now', () => {
    const { shard, sockets, connect, settle, heard } = create();
    const client = connect('a');
    sockets.full.add(client);
    for (let sequence = 501; sequence <= 503; sequence += 1) {
      shard.messageDelivered(message(sequence));
      settle();
    }
    shard.streamReplaced(0);
    sockets.full.clear();
    shard.socketDrained(client);
    shard.messageDelivered(message(1));
    settle();
    expect(heard(client).filter((frame) => typeof frame === 'number')).toEqual([501, 1]);
    expect(shard.ledger.droppedByReason[DropReason.streamReplaced]).toBe(2);
    shard.ledger.assertBalanced(shard.queued);
  });
});

it('tells of a loss in the order of the stream: whoever subscribes after it is owed neither it nor what was before', () => {
  const { shard, connect, settle, heard } = create();
  const before = connect('a');
  for (const sequence of [1, 2]) shard.messageDelivered(message(sequence));
  shard.messagesLost(loss(3, 9), 0);
  const after = connect('a');
  expect(shard.history.newestSequence).toBe(9);
  shard.messageDelivered(message(10));
  settle();
  expect(heard(before).filter((frame) => typeof frame === 'number')).toEqual([1, 2, 10]);
  expect(heard(after)).toEqual([10]);
});
