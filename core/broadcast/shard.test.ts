import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Frame, ShardEffects } from './effects.ts';
import { CloseReason, DropReason } from '../base/outcomes.ts';
import { slowClientPolicies } from '../experiment/settings-table.ts';
import { Shard, type ShardOptions } from './shard.ts';
import { matchesPattern } from './subscriptions.ts';

const options: ShardOptions = {
  connectionsMax: 8,
  sendBufferSlots: 4,
  sendBufferBytesMax: 10_000,
  slowClientPolicy: 'drop-oldest',
  workerPoolSize: 4,
  workerQueueSize: 16,
  jobSliceSize: 2,
  shardInboxMessages: 8,
  flushIntervalNs: 100,
  historyAgeNs: 10_000,
  historyBytesMax: 5_000,
  writeBytesMax: 1_000,
  writesPerTurn: 3,
  slowClientStrikes: 3,
  subscriptionLookup: 'index',
  channelsPerClientMax: 5,
};

/** Sockets that record what they are given and can be full. */
class RecordingSockets implements ShardEffects<Frame> {
  readonly received = new Map<number, number[]>();
  readonly control: string[] = [];
  readonly full = new Set<number>();
  readonly closed: { connection: number; reason: CloseReason }[] = [];
  writes = 0;

  write(connection: number, frames: readonly Frame[], count: number): boolean {
    this.writes += 1;
    const received = this.received.get(connection) ?? [];
    this.received.set(connection, received);
    for (const frame of frames.slice(0, count)) if (frame.sequence > 0) received.push(frame.sequence);
    return !this.full.has(connection);
  }
  close(connection: number, reason: CloseReason): void {
    this.closed.push({ connection, reason });
  }
  controlFrame(json: string): Frame {
    this.control.push(json);
    return { sizeBytes: json.length, sequence: 0, channel: '', publishedAtNs: 0 };
  }
}

const message = (sequence: number, channel = 'a', sizeBytes = 100): Frame => ({
  sizeBytes,
  sequence,
  channel,
  publishedAtNs: 0,
});

function create(overrides: Partial<ShardOptions> = {}) {
  const sockets = new RecordingSockets();
  const shard = new Shard({ ...options, ...overrides }, sockets);
  let nowNs = 0;
  const settle = (): void => {
    for (let turns = 0; turns < 1_000; turns += 1) {
      shard.turn(nowNs);
      if (shard.hasWork) continue;
      if (shard.nextDueNs === Infinity) return;
      nowNs = Math.max(nowNs, shard.nextDueNs);
    }
    throw new Error('the shard never came to rest');
  };
  const connect = (channel = 'a'): number => {
    const connection = shard.connectionOpened();
    shard.subscribe(connection, channel);
    return connection;
  };
  return { shard, sockets, settle, connect, turn: (atNs: number) => shard.turn(atNs) };
}

describe('Shard', () => {
  it('writes the first message at once, then what comes within an interval of a queued one in one write', () => {
    const { shard, sockets, connect, turn } = create();
    const connection = connect();
    shard.messageDelivered(message(1));
    turn(0);
    expect(sockets.received.get(connection)).toEqual([1]);
    shard.messageDelivered(message(2));
    shard.messageDelivered(message(3));
    turn(50);
    expect(sockets.writes).toBe(1);
    expect(shard.nextDueNs).toBe(150);
    turn(149);
    expect(sockets.writes).toBe(1);
    turn(150);
    expect(sockets.writes).toBe(2);
    expect(sockets.received.get(connection)).toEqual([1, 2, 3]);
  });

  it('runs at most as many jobs a turn as it has workers, however large the broadcast', () => {
    const { shard, connect, turn } = create({ workerPoolSize: 2, jobSliceSize: 2, connectionsMax: 20 });
    for (let client = 0; client < 20; client += 1) connect();
    shard.messageDelivered(message(1));
    turn(0);
    expect(shard.ledger.offered).toBe(4);
    turn(0);
    expect(shard.ledger.offered).toBe(8);
  });

  it('makes at most the stated number of writes a turn', () => {
    const { shard, sockets, connect, turn } = create({ workerPoolSize: 100, writesPerTurn: 3 });
    for (let client = 0; client < 8; client += 1) connect();
    shard.messageDelivered(message(1));
    turn(0);
    expect(sockets.writes).toBe(3);
    expect(shard.hasWork).toBe(true);
  });

  it('never blames a client for messages larger than its buffer: one is sent, the next is dropped and told', () => {
    const { shard, sockets, connect, settle, turn } = create({
      slowClientPolicy: 'disconnect',
      sendBufferBytesMax: 500,
    });
    const connection = connect();
    for (let sequence = 1; sequence <= 4; sequence += 1) {
      shard.messageDelivered(message(sequence, 'a', 501));
      settle();
    }
    sockets.full.add(connection);
    for (let sequence = 5; sequence <= 12; sequence += 1) {
      shard.messageDelivered(message(sequence, 'a', 501));
      turn(10_000);
    }
    sockets.full.delete(connection);
    shard.socketDrained(connection);
    settle();
    expect(sockets.closed).toEqual([]);
    expect(sockets.received.get(connection)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(sockets.control.at(-1)).toBe('{"type":"gap","missed":6,"fromSeq":7,"toSeq":12}');
    shard.ledger.assertBalanced(shard.queued);
  });

  it('writes nothing after the driver asked it to close, whatever was queued or comes', () => {
    const { shard, sockets, connect, settle, turn } = create();
    const connection = connect();
    shard.messageDelivered(message(1));
    turn(0);
    shard.messageDelivered(message(2));
    turn(1);
    expect(shard.hasUnsent(connection)).toBe(true);
    shard.disconnect(connection, CloseReason.tokenExpired);
    shard.disconnect(connection, CloseReason.goingAway);
    shard.sendControl(connection, '{}');
    shard.messageDelivered(message(3));
    settle();
    expect(sockets.closed).toEqual([{ connection, reason: CloseReason.tokenExpired }]);
    expect(sockets.received.get(connection)).toEqual([1]);
    expect([shard.hasUnsent(connection), sockets.control]).toEqual([false, []]);
    expect(shard.ledger.droppedByReason[DropReason.connectionClosed]).toBe(1);
    shard.connectionClosed(connection, CloseReason.tokenExpired);
    shard.ledger.assertBalanced(shard.queued);
  });

  it('lets a client that has all its channels ask for them again', () => {
    const { shard, connect } = create({ channelsPerClientMax: 2 });
    const connection = connect('a');
    const outcomes = ['b', 'a', 'c', 'b'].map((channel) => shard.subscribe(connection, channel));
    expect(outcomes).toEqual(['subscribed', 'already-subscribed', 'too-many-channels', 'already-subscribed']);
  });

  it('knows when the oldest of what is queued was published', () => {
    const { shard, sockets, connect, settle } = create();
    expect(shard.oldestQueuedNs).toBe(Infinity);
    const connection = connect();
    sockets.full.add(connection);
    for (const [sequence, publishedAtNs] of [
      [1, 5],
      [2, 70],
      [3, 60],
    ]) {
      shard.messageDelivered({ ...message(sequence), publishedAtNs });
      settle();
    }
    expect(shard.oldestQueuedNs).toBe(70);
  });

  it('writes nothing to a full socket until it has drained', () => {
    const { shard, sockets, connect, settle } = create();
    const connection = connect();
    sockets.full.add(connection);
    shard.messageDelivered(message(1));
    settle();
    shard.messageDelivered(message(2));
    settle();
    expect(sockets.received.get(connection)).toEqual([1]);
    sockets.full.delete(connection);
    shard.socketDrained(connection);
    settle();
    expect(sockets.received.get(connection)).toEqual([1, 2]);
  });

  it('tells a client of the messages that its full buffer gave up', () => {
    const { shard, sockets, connect, settle } = create({ sendBufferSlots: 2 });
    const connection = connect();
    sockets.full.add(connection);
    for (let sequence = 1; sequence <= 5; sequence += 1) {
      shard.messageDelivered(message(sequence));
      settle();
    }
    sockets.full.delete(connection);
    shard.socketDrained(connection);
    settle();
    expect(sockets.received.get(connection)).toEqual([1, 4, 5]);
    expect(sockets.control).toEqual(['{"type":"gap","missed":2,"fromSeq":2,"toSeq":3}']);
  });

  it('closes a client after the stated number of strikes in a row under disconnect', () => {
    const { shard, sockets, connect, settle } = create({ slowClientPolicy: 'disconnect', sendBufferSlots: 1 });
    const connection = connect();
    sockets.full.add(connection);
    for (let sequence = 1; sequence <= 4; sequence += 1) {
      shard.messageDelivered(message(sequence));
      settle();
    }
    expect(sockets.closed).toEqual([]);
    shard.messageDelivered(message(5));
    settle();
    expect(sockets.closed).toEqual([{ connection, reason: CloseReason.slowClient }]);
    expect(shard.ledger.droppedByReason[DropReason.bufferFullStrike]).toBe(3);
    expect(shard.ledger.droppedByReason[DropReason.connectionClosed]).toBe(1);
    shard.connectionClosed(connection, CloseReason.slowClient);
    expect(shard.connections).toBe(0);
  });

  it('forgets the strikes of a client that has room again', () => {
    const { shard, sockets, connect, settle } = create({ slowClientPolicy: 'disconnect', sendBufferSlots: 1 });
    const connection = connect();
    let sequence = 0;
    for (let round = 0; round < 5; round += 1) {
      sockets.full.add(connection);
      for (let count = 0; count < 4; count += 1) {
        sequence += 1;
        shard.messageDelivered(message(sequence));
        settle();
      }
      sockets.full.delete(connection);
      shard.socketDrained(connection);
      settle();
    }
    expect([shard.ledger.droppedByReason[DropReason.bufferFullStrike], sockets.closed]).toEqual([10, []]);
  });

  it('counts and tells what its subscribers missed when its inbox was full', () => {
    const { shard, sockets, connect, settle } = create();
    connect();
    connect();
    connect('b');
    shard.messageMissed(message(7));
    settle();
    expect(shard.ledger.droppedByReason[DropReason.inboxFull]).toBe(2);
    expect(sockets.control).toHaveLength(2);
    shard.ledger.assertBalanced(shard.queued);
  });

  it('returns a credit for each message that left the inbox', () => {
    const { shard, connect, settle } = create();
    connect();
    for (let sequence = 1; sequence <= 5; sequence += 1) shard.messageDelivered(message(sequence));
    settle();
    expect(shard.takeCredits()).toBe(5);
    expect(shard.takeCredits()).toBe(0);
  });

  it('refuses an effect that calls back', () => {
    const { shard, sockets, connect } = create();
    const connection = connect();
    sockets.write = () => {
      shard.socketDrained(connection);
      return true;
    };
    shard.messageDelivered(message(1));
    expect(() => shard.turn(0)).toThrow('called back');
  });

  it('gives the numbers of clients that left while they waited for a write to those that come', () => {
    const connectionsMax = 20;
    const { shard, connect } = create({
      connectionsMax,
      flushIntervalNs: 1_000_000,
      writesPerTurn: 100,
      workerPoolSize: 100,
    });
    const numbers = Array.from({ length: connectionsMax }, () => connect());
    for (const sequence of [1, 2]) {
      shard.messageDelivered(message(sequence));
      shard.turn(sequence);
    }
    expect(connect()).toBe(-1);
    for (const number of numbers.slice(0, 7)) shard.connectionClosed(number, CloseReason.clientClosed);
    const again = Array.from({ length: 7 }, () => connect());
    expect(again.toSorted((left, right) => left - right)).toEqual(numbers.slice(0, 7));
    expect(connect()).toBe(-1);
    shard.turn(2_000_000);
    expect([shard.work.writes, shard.queued]).toEqual([connectionsMax + 13, 0]);
    shard.ledger.assertBalanced(shard.queued);
  });

  it('limits the channels of one client', () => {
    const { shard, connect } = create({ channelsPerClientMax: 2 });
    const connection = connect('a');
    expect(shard.subscribe(connection, 'b')).toBe('subscribed');
    expect(shard.subscribe(connection, 'c')).toBe('too-many-channels');
  });

  it('keeps index, buffers and ledger in step with a naive model under any sequence of events', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('open' as const) }),
      fc.record({ kind: fc.constant('close' as const), pick: fc.nat(20) }),
      fc.record({
        kind: fc.constantFrom('subscribe' as const, 'unsubscribe' as const),
        pick: fc.nat(20),
        channel: fc.constantFrom('a', 'b', 'a.x', 'a.*', '>'),
      }),
      fc.record({ kind: fc.constant('publish' as const), channel: fc.constantFrom('a', 'b', 'a.x') }),
      fc.record({ kind: fc.constant('miss' as const), channel: fc.constantFrom('a', 'b', 'a.x') }),
      fc.record({ kind: fc.constantFrom('fill' as const, 'drain' as const), pick: fc.nat(20) }),
    );
    const policies = fc.constantFrom(...slowClientPolicies);
    const lookups = fc.constantFrom<'index' | 'scan'>('index', 'scan');
    fc.assert(
      fc.property(
        policies,
        lookups,
        fc.array(step, { size: 'max', minLength: 30, maxLength: 80 }),
        (slowClientPolicy, subscriptionLookup, steps) => {
          const { shard, sockets, settle } = create({ slowClientPolicy, subscriptionLookup });
          const open = new Map<number, Set<string>>();
          let sequence = 0;
          let expectedOffered = 0;
          const expectedReceived = new Map<number, number[]>();
          const everFull = new Set<number>();
          const matching = (channel: string): number[] =>
            [...open]
              .filter(([, names]) => [...names].some((name) => matchesPattern(name, channel)))
              .map(([number]) => number);
          for (const action of steps) {
            const connections = [...open.keys()];
            const picked =
              'pick' in action && connections.length > 0 ? connections[action.pick % connections.length] : -1;
            if (action.kind === 'open' && open.size < options.connectionsMax) {
              const connection = shard.connectionOpened();
              if (connection >= 0) {
                open.set(connection, new Set());
                sockets.received.set(connection, []);
                expectedReceived.set(connection, []);
                everFull.delete(connection);
              }
            } else if (action.kind === 'close' && picked >= 0) {
              shard.connectionClosed(picked, CloseReason.clientClosed);
              open.delete(picked);
              sockets.full.delete(picked);
            } else if (action.kind === 'subscribe' && picked >= 0) {
              shard.subscribe(picked, action.channel);
              open.get(picked)?.add(action.channel);
            } else if (action.kind === 'unsubscribe' && picked >= 0) {
              shard.unsubscribe(picked, action.channel);
              open.get(picked)?.delete(action.channel);
            } else if (action.kind === 'publish' || action.kind === 'miss') {
              sequence += 1;
              const targets = matching(action.channel);
              expectedOffered += targets.length;
              if (action.kind === 'publish') {
                for (const target of targets) expectedReceived.get(target)?.push(sequence);
                shard.messageDelivered(message(sequence, action.channel));
              } else {
                shard.messageMissed(message(sequence, action.channel));
              }
            } else if (action.kind === 'fill' && picked >= 0) {
              sockets.full.add(picked);
              everFull.add(picked);
            } else if (action.kind === 'drain' && picked >= 0) {
              sockets.full.delete(picked);
              shard.socketDrained(picked);
            }
            settle();
            for (const { connection, reason } of sockets.closed.splice(0)) {
              shard.connectionClosed(connection, reason);
              open.delete(connection);
              sockets.full.delete(connection);
            }
            shard.ledger.assertBalanced(shard.queued);
            expect(shard.ledger.offered).toBe(expectedOffered);
            expect(shard.connections).toBe(open.size);
            let queued = 0;
            for (const connection of open.keys()) {
              queued += shard.bufferedMessages(connection);
              expect(shard.bufferedMessages(connection)).toBeLessThanOrEqual(options.sendBufferSlots);
              expect(shard.bufferedBytes(connection)).toBe(shard.bufferedMessages(connection) * 100);
            }
            expect(shard.queued).toBe(queued);
          }
          for (const connection of open.keys()) {
            const received = sockets.received.get(connection) ?? [];
            expect(received).toEqual([...received].sort((left, right) => left - right));
            // Whoever always read got everything, in order, once.
            if (!everFull.has(connection)) expect(received).toEqual(expectedReceived.get(connection));
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
