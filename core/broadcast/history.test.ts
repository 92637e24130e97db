import { describe, expect, it } from 'vitest';
import type { Frame } from './effects.ts';
import { History } from './history.ts';

const frame = (sequence: number, channel = 'a', sizeBytes = 10): Frame => ({
  sequence,
  channel,
  sizeBytes,
  publishedAtNs: 0,
});
const create = (historyAgeNs = 1_000, historyBytesMax = 1_000): History<Frame> =>
  new History({ historyAgeNs, historyBytesMax });
const after = (history: History<Frame>, sequence: number): (number | undefined)[] => {
  const found = [];
  for (let position = history.positionAfter(sequence); position < history.next; position += 1)
    found.push(history.at(position)?.sequence);
  return found;
};

describe('History', () => {
  it('finds what came after a sequence, in the order of broadcast', () => {
    const history = create();
    for (let sequence = 1; sequence <= 200; sequence += 1) history.record(frame(sequence, 'a', 1), 0);
    expect(after(history, 197)).toEqual([198, 199, 200]);
    expect(after(history, 200)).toEqual([]);
    expect(after(history, 0)).toHaveLength(200);
  });

  it('finds a message that was broadcast late, although its sequence is lower', () => {
    const history = create();
    for (const sequence of [48, 49, 50, 45, 51]) history.record(frame(sequence), 0);
    expect(after(history, 50)).toEqual([45, 51]);
    // A client whose newest message is the late one may see one again, and misses none.
    expect(after(history, 45)).toEqual([51]);
  });

  it('begins early rather than late where the message itself is not there', () => {
    const history = create();
    for (const sequence of [10, 20, 30]) history.record(frame(sequence), 0);
    expect(after(history, 15)).toEqual([20, 30]);
    expect(after(history, 5)).toEqual([10, 20, 30]);
  });

  it('forgets by age and by bytes, and says so', () => {
    const history = create(100, 35);
    for (let sequence = 1; sequence <= 4; sequence += 1) history.record(frame(sequence), sequence);
    expect([history.first, history.sizeBytes]).toEqual([1, 30]);
    expect([history.covers('a', 0), history.covers('a', 1)]).toEqual([false, true]);
    history.expire(102);
    expect([history.first, history.covers('>', 1), history.covers('>', 2)]).toEqual([2, false, true]);
    history.expire(103);
    expect([history.at(2), history.at(3)?.sequence]).toEqual([null, 4]);
  });

  it('tells a silent channel from one that lost messages', () => {
    const history = create(100);
    history.record(frame(1, 'rare'), 0);
    for (let sequence = 2; sequence <= 9; sequence += 1) history.record(frame(sequence, 'busy'), sequence);
    history.expire(105);
    expect([history.covers('rare', 1), history.covers('rare', 0), history.covers('busy', 1)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('knows nothing of what was before it began', () => {
    const history = create();
    history.beginsAfter(40);
    history.record(frame(41), 0);
    expect([history.covers('a', 39), history.covers('a', 40), history.newestSequence]).toEqual([false, true, 41]);
  });

  it('lets nobody recover over what was lost, whatever the channel: not even one that was silent before', () => {
    const history = create();
    history.record(frame(1, 'rare'), 0);
    history.record(frame(5), 0);
    history.lost(25, null);
    history.record(frame(26), 0);
    expect(['rare', 'a', '>'].map((channel) => history.covers(channel, 5))).toEqual([false, false, false]);
    expect(history.covers('a', 25)).toBe(true);
  });

  it('keeps the hole of a known channel to those that the channel concerns', () => {
    const history = create();
    for (const sequence of [1, 3, 4]) history.record(frame(sequence, 'b'), 0);
    history.lost(5, 'a.x');
    expect(['a.x', 'a.*', '>', 'b', 'b.*'].map((channel) => history.covers(channel, 4))).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
    expect(history.holeThrough).toBe(5);
  });

  it('trusts no sequence of a client when a late message was lost after newer ones were broadcast', () => {
    const history = create();
    for (const sequence of [18, 19, 21, 22]) history.record(frame(sequence), 0);
    history.lost(20, 'a');
    expect([history.covers('a', 19), history.covers('a', 22)]).toEqual([false, false]);
    history.record(frame(23), 0);
    expect(history.covers('a', 23)).toBe(true);
  });

  it('does not cover a sequence from the future, unless the stream is known to hold it', () => {
    const history = create();
    history.record(frame(10), 0);
    expect([history.covers('a', 10), history.covers('a', 11)]).toEqual([true, false]);
    history.streamReached(11);
    expect([history.covers('a', 11), history.covers('a', 12)]).toEqual([true, false]);
  });
});
