import { describe, expect, it } from 'vitest';
import { FlushPolicy, FlushState } from './flush-policy.ts';

const interval = 100;

function create(intervalNs = interval) {
  const policy = new FlushPolicy(4, intervalNs);
  const freed: number[] = [];
  const free = (connection: number): void => void freed.push(connection);
  const ready = (nowNs: number): number[] => {
    policy.release(nowNs, free);
    const connections: number[] = [];
    for (let next = policy.nextReady(free); next >= 0; next = policy.nextReady(free)) connections.push(next);
    return connections;
  };
  return { policy, freed, free, ready };
}
/** Brings connection 0 into each state. */
const ways: Record<keyof typeof FlushState, (policy: FlushPolicy) => void> = {
  absent: () => {},
  idle: (policy) => policy.opened(0),
  ready: (policy) => {
    policy.opened(0);
    policy.messageQueued(0, 0);
  },
  waiting: (policy) => {
    policy.opened(0);
    policy.written(0, 0, true, true, false);
    policy.messageQueued(0, 1);
  },
  blocked: (policy) => {
    policy.opened(0);
    policy.written(0, 0, true, false, true);
  },
  leaving: (policy) => {
    ways.ready(policy);
    policy.closed(0);
  },
};

/** Every fact in every state: the state after it. */
const events = {
  messageQueued: (policy: FlushPolicy) => policy.messageQueued(0, 50),
  writeSoon: (policy: FlushPolicy) => policy.writeSoon(0),
  socketFilled: (policy: FlushPolicy) => policy.socketFilled(0),
  drainedQueued: (policy: FlushPolicy) => policy.socketDrained(0, true),
  drainedEmpty: (policy: FlushPolicy) => policy.socketDrained(0, false),
  closed: (policy: FlushPolicy) => void policy.closed(0),
};
const transitions: readonly (readonly [keyof typeof FlushState, keyof typeof events, keyof typeof FlushState])[] = [
  ['idle', 'messageQueued', 'ready'],
  ['idle', 'writeSoon', 'ready'],
  ['idle', 'socketFilled', 'blocked'],
  ['idle', 'drainedQueued', 'idle'],
  ['idle', 'closed', 'absent'],
  ['ready', 'messageQueued', 'ready'],
  ['ready', 'writeSoon', 'ready'],
  ['ready', 'socketFilled', 'ready'],
  ['ready', 'drainedQueued', 'ready'],
  ['ready', 'closed', 'leaving'],
  ['waiting', 'messageQueued', 'waiting'],
  ['waiting', 'writeSoon', 'waiting'],
  ['waiting', 'socketFilled', 'waiting'],
  ['waiting', 'closed', 'leaving'],
  ['blocked', 'messageQueued', 'blocked'],
  ['blocked', 'writeSoon', 'blocked'],
  ['blocked', 'drainedQueued', 'ready'],
  ['blocked', 'drainedEmpty', 'idle'],
  ['blocked', 'closed', 'absent'],
  ['leaving', 'messageQueued', 'leaving'],
  ['leaving', 'writeSoon', 'leaving'],
  ['leaving', 'drainedQueued', 'leaving'],
  ['absent', 'messageQueued', 'absent'],
  ['absent', 'writeSoon', 'absent'],
];

describe('FlushPolicy', () => {
  it.each(transitions)('%s, %s: %s', (before, event, after) => {
    const { policy } = create();
    ways[before](policy);
    expect(policy.state(0)).toBe(FlushState[before]);
    events[event](policy);
    expect(policy.state(0)).toBe(FlushState[after]);
  });

  it('writes the first message at once and what follows after one interval, together', () => {
    const { policy, ready } = create();
    policy.opened(0);
    policy.messageQueued(0, 1_000);
    expect(ready(1_000)).toEqual([0]);
    policy.written(0, 1_000, true, true, false);
    policy.messageQueued(0, 1_010);
    policy.messageQueued(0, 1_050);
    expect([policy.nextDueNs, ready(1_109), ready(1_110)]).toEqual([1_110, [], [0]]);
    policy.written(0, 1_110, true, true, false);
    policy.messageQueued(0, 1_210);
    expect(ready(1_210)).toEqual([0]);
  });

  it('counts no write where there was nothing to write', () => {
    const { policy, ready } = create();
    policy.opened(0);
    policy.messageQueued(0, 1_000);
    expect(ready(1_000)).toEqual([0]);
    policy.written(0, 1_000, false, true, false);
    policy.messageQueued(0, 1_001);
    expect(ready(1_001)).toEqual([0]);
  });

  it('takes a connection with more than one write may carry again at once', () => {
    const { policy, ready } = create();
    policy.opened(0);
    policy.written(0, 0, true, true, true);
    expect(ready(0)).toEqual([0]);
  });

  it('keeps its order when the interval gets shorter', () => {
    const { policy, ready } = create();
    for (const connection of [0, 1]) {
      policy.opened(connection);
      policy.written(connection, 0, true, true, false);
    }
    policy.messageQueued(0, 10);
    policy.intervalNs = 20;
    policy.messageQueued(1, 15);
    expect(policy.nextDueNs).toBe(110);
    expect(ready(109)).toEqual([]);
    policy.messageQueued(1, 109);
    expect(ready(110)).toEqual([0, 1]);
    policy.written(1, 110, true, true, false);
    policy.messageQueued(1, 120);
    expect(policy.nextDueNs).toBe(140);
  });

  it('makes nobody wait whose due time was taken before a shorter interval', () => {
    const { policy } = create();
    for (const connection of [0, 1]) {
      policy.opened(connection);
      policy.written(connection, 0, true, true, false);
    }
    policy.messageQueued(0, 10);
    policy.intervalNs = 20;
    policy.messageQueued(1, 15);
    policy.closed(0);
    policy.release(100, () => {});
    expect(policy.nextDueNs).toBe(110);
  });

  it.each(['ready', 'waiting'] as const)('gives the number of a client that left while %s back, once', (state) => {
    for (const how of ['in turn', 'now']) {
      const { policy, freed, free, ready } = create();
      ways[state](policy);
      expect(policy.closed(0)).toBe(false);
      if (how === 'now') policy.forgetLeft(free);
      expect(ready(1_000)).toEqual([]);
      expect([freed, policy.state(0)]).toEqual([[0], FlushState.absent]);
    }
  });

  it('forgets those that left and keeps the order of the others', () => {
    const { policy, freed, free, ready } = create(0);
    for (const connection of [0, 1, 2, 3]) {
      policy.opened(connection);
      policy.messageQueued(connection, 0);
    }
    policy.closed(1);
    policy.forgetLeft(free);
    expect([freed, ready(0)]).toEqual([[1], [0, 2, 3]]);
  });
});
