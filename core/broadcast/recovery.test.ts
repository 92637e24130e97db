import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Frame, ShardEffects } from './effects.ts';
import { CloseReason } from '../base/outcomes.ts';
import { Shard, type ShardOptions } from './shard.ts';
import { matchesPattern } from './subscriptions.ts';

const options: ShardOptions = {
  connectionsMax: 128,
  sendBufferSlots: 1_000,
  sendBufferBytesMax: 1_000_000,
  slowClientPolicy: 'drop-oldest',
  workerPoolSize: 1,
  workerQueueSize: 64,
  jobSliceSize: 2,
  shardInboxMessages: 64,
  flushIntervalNs: 100,
  historyAgeNs: 10_000,
  historyBytesMax: 1_000_000,
  writeBytesMax: 350,
  writesPerTurn: 2,
  slowClientStrikes: 3,
  subscriptionLookup: 'index',
  channelsPerClientMax: 5,
};

class Sockets implements ShardEffects<Frame> {
  readonly received: number[][] = [];
  readonly control: string[] = [];
  readonly full = new Set<number>();
  write(connection: number, frames: readonly Frame[], count: number): boolean {
    this.received[connection] ??= [];
    for (const { sequence } of frames.slice(0, count)) if (sequence > 0) this.received[connection].push(sequence);
    return !this.full.has(connection);
  }
  close(): void {}
  controlFrame(json: string): Frame {
    this.control.push(json);
    return { sizeBytes: json.length, sequence: 0, channel: '', publishedAtNs: 0 };
  }
}

function create(overrides: Partial<ShardOptions> = {}) {
  const sockets = new Sockets();
  const shard = new Shard({ ...options, ...overrides }, sockets);
  let nowNs = 0;
  const settle = (): void => {
    for (let turns = 0; turns < 10_000; turns += 1) {
      shard.turn(nowNs);
      if (shard.hasWork) continue;
      if (shard.nextDueNs === Infinity) return;
      nowNs = Math.max(nowNs, shard.nextDueNs);
    }
    throw new Error('the shard never came to rest');
  };
  let sequence = 0;
  const publish = (channel = 'a'): number => {
    sequence += 1;
    shard.messageDelivered({ sizeBytes: 100, sequence, channel, publishedAtNs: 0 });
    return sequence;
  };
  const connect = (channel: string, since: number): { connection: number; recovered: boolean } => {
    const connection = shard.connectionOpened();
    sockets.received[connection] = [];
    shard.settleBroadcast();
    shard.subscribe(connection, channel);
    return { connection, recovered: shard.recover(connection, channel, since) };
  };
  return { shard, sockets, settle, publish, connect, advance: (ns: number) => (nowNs += ns) };
}

describe('recovery with since', () => {
  it('replays what was missed ahead of what comes now, in writes of bounded size', () => {
    const { shard, sockets, settle, publish, connect } = create();
    for (let count = 0; count < 20; count += 1) publish(count % 2 === 0 ? 'a' : 'b');
    settle();
    const { connection, recovered } = connect('a', 5);
    publish('a');
    settle();
    expect(recovered).toBe(true);
    expect(sockets.received[connection]).toEqual([7, 9, 11, 13, 15, 17, 19, 21]);
    expect([shard.ledger.replayed, shard.ledger.sent, shard.recovering]).toEqual([7, 1, 0]);
    shard.ledger.assertBalanced(shard.queued);
  });

  it('serves patterns like names', () => {
    const { sockets, settle, publish, connect } = create();
    for (const channel of ['t.a', 'u.a', 't.b.c', 't.b']) publish(channel);
    settle();
    const { connection } = connect('t.>', 1);
    settle();
    expect(sockets.received[connection]).toEqual([3, 4]);
  });

  it('replays once, in order, what a name and patterns ask for from different places', () => {
    const channels = ['a', 'a.x', 'b'] as const;
    const names = ['a', 'a.x', 'b', '>', 'a.*', '*'] as const;
    let repeated = 0;
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...channels), { size: 'max', maxLength: 40 }),
        fc.array(fc.tuple(fc.constantFrom(...names), fc.nat(40)), { size: 'max', minLength: 1, maxLength: 5 }),
        (published, asked) => {
          const { shard, sockets, settle, publish } = create();
          for (const channel of published) publish(channel);
          settle();
          const connection = shard.connectionOpened();
          sockets.received[connection] = [];
          const wanted = new Set<number>();
          for (const [name, since] of asked) {
            shard.subscribe(connection, name);
            shard.recover(connection, name, since);
            for (const [index, channel] of published.entries()) {
              if (index + 1 <= since || !matchesPattern(name, channel)) continue;
              if (wanted.has(index + 1)) repeated += 1;
              wanted.add(index + 1);
            }
          }
          settle();
          expect(sockets.received[connection]).toEqual([...wanted].sort((left, right) => left - right));
          shard.ledger.assertBalanced(shard.queued);
        },
      ),
      { numRuns: 300 },
    );
    expect(repeated).toBeGreaterThan(100);
  });

  it('goes back for a channel that is asked for in the middle of a replay, and repeats nothing of the others', () => {
    const { shard, sockets, settle, publish, connect } = create();
    for (let count = 0; count < 20; count += 1) publish(count % 2 === 0 ? 'a' : 'b');
    settle();
    const { connection } = connect('a', 0);
    sockets.full.add(connection);
    settle();
    expect(sockets.received[connection]).toEqual([1, 3, 5]);
    shard.subscribe(connection, 'b');
    expect(shard.recover(connection, 'b', 0)).toBe(true);
    sockets.full.delete(connection);
    shard.socketDrained(connection);
    settle();
    expect(sockets.received[connection]).toEqual([1, 3, 5, 2, 4, 6, ...Array.from({ length: 14 }, (_, at) => at + 7)]);
  });

  it('says honestly that it cannot, and then replays nothing', () => {
    const { sockets, settle, publish, connect, advance } = create({ historyAgeNs: 50 });
    publish();
    settle();
    advance(60);
    publish();
    settle();
    const { connection, recovered } = connect('a', 0);
    settle();
    expect([recovered, sockets.received[connection]]).toEqual([false, []]);
    expect(connect('a', 1).recovered).toBe(true);
  });

  it('waits for a full socket without memory of its own, and tells a gap when history moves on', () => {
    const { shard, sockets, settle, publish, connect, advance } = create({ historyAgeNs: 500 });
    for (let count = 0; count < 10; count += 1) publish();
    settle();
    const { connection } = connect('a', 0);
    sockets.full.add(connection);
    settle();
    expect([sockets.received[connection], shard.bufferedMessages(connection)]).toEqual([[1, 2, 3], 0]);
    advance(600);
    settle();
    sockets.full.delete(connection);
    shard.socketDrained(connection);
    publish();
    settle();
    expect(sockets.received[connection]).toEqual([1, 2, 3, 11]);
    expect(sockets.control.at(-1)).toBe('{"type":"gap","missed":1,"fromSeq":3,"toSeq":10}');
  });

  it('forgets a client that left in the middle', () => {
    const { shard, sockets, settle, publish, connect } = create();
    for (let count = 0; count < 10; count += 1) publish();
    settle();
    const { connection } = connect('a', 0);
    sockets.full.add(connection);
    settle();
    shard.connectionClosed(connection, CloseReason.clientClosed);
    expect(shard.recovering).toBe(0);
    settle();
  });

  it('loses nothing and repeats nothing for a client that comes and goes at any moment', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('publish' as const), channel: fc.constantFrom('a', 'a.x', 'b') }),
      fc.record({ kind: fc.constantFrom('leave' as const, 'turn' as const, 'settle' as const) }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom('a', 'a.x', '>'),
        fc.array(step, { size: 'max', minLength: 20, maxLength: 60 }),
        (pattern, steps) => {
          const { shard, sockets, settle, publish, connect } = create();
          const expected: number[] = [];
          const got: number[] = [];
          // Others, so that a broadcast takes several jobs.
          for (let other = 0; other < 5; other += 1) connect('>', 0);
          let { connection } = connect(pattern, 0);
          for (const action of steps) {
            if (action.kind === 'publish') {
              const sequence = publish(action.channel);
              if (matchesPattern(pattern, action.channel)) expected.push(sequence);
            } else if (action.kind === 'turn') shard.turn(0);
            else if (action.kind === 'settle') settle();
            else {
              got.push(...sockets.received[connection].splice(0));
              shard.connectionClosed(connection, CloseReason.clientClosed);
              const back = connect(pattern, got.at(-1) ?? 0);
              expect(back.recovered).toBe(true);
              ({ connection } = back);
            }
          }
          settle();
          got.push(...sockets.received[connection]);
          expect(got).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});
