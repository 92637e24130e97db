import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Frame } from './effects.ts';
import { FrameTable } from './frame-table.ts';
import { DropReason } from '../base/outcomes.ts';
import type { SlowClientPolicy } from '../experiment/settings-table.ts';
import { SendBuffers } from './send-buffer.ts';

interface Numbered extends Frame {
  readonly sequence: number;
}

function create(policy: SlowClientPolicy, slots = 4, bytesMax = 10_000) {
  const table = new FrameTable<Numbered>();
  const dropped: { sequence: number; reason: DropReason }[] = [];
  const buffers = new SendBuffers<Numbered>(
    { connectionsMax: 3, sendBufferSlots: slots, sendBufferBytesMax: bytesMax, slowClientPolicy: policy },
    table,
    { frameDropped: (_connection, handle, reason) => dropped.push({ sequence: table.get(handle).sequence, reason }) },
  );
  const push = (connection: number, sequence: number, channel = 'a', sizeBytes = 100): boolean => {
    const handle = table.add({ sizeBytes, sequence, channel, publishedAtNs: 0 });
    const accepted = buffers.push(connection, handle);
    table.release(handle);
    return accepted;
  };
  const takeAll = (connection: number): number[] => {
    const out = new Int32Array(64);
    const count = buffers.take(connection, out, Infinity);
    return [...out.subarray(0, count)].map((handle) => {
      const { sequence } = table.get(handle);
      table.release(handle);
      return sequence;
    });
  };
  return { table, buffers, dropped, push, takeAll };
}

describe('SendBuffers', () => {
  it('holds exactly as many messages as it has slots', () => {
    const { push, dropped, buffers } = create('drop-newest', 4);
    for (let sequence = 1; sequence <= 4; sequence += 1) expect(push(0, sequence)).toBe(true);
    expect(push(0, 5)).toBe(false);
    expect(buffers.count(0)).toBe(4);
    expect(dropped).toEqual([{ sequence: 5, reason: DropReason.bufferFullNewest }]);
  });

  it('drops the oldest frame when full under drop-oldest', () => {
    const { push, dropped, takeAll } = create('drop-oldest', 3);
    for (let sequence = 1; sequence <= 5; sequence += 1) expect(push(0, sequence)).toBe(true);
    expect(dropped.map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect(takeAll(0)).toEqual([3, 4, 5]);
  });

  it('counts a strike when full under disconnect', () => {
    const { push, dropped } = create('disconnect', 1);
    push(0, 1);
    expect(push(0, 2)).toBe(false);
    expect(dropped).toEqual([{ sequence: 2, reason: DropReason.bufferFullStrike }]);
  });

  it('keeps the newest of each channel in order when full under conflate', () => {
    const { push, dropped, takeAll, table } = create('conflate', 4);
    push(0, 1, 'a');
    push(0, 2, 'b');
    push(0, 3, 'a');
    push(0, 4, 'c');
    expect(push(0, 5, 'c')).toBe(true);
    expect(dropped.map(({ sequence }) => sequence).sort()).toEqual([1, 4]);
    expect(dropped.every(({ reason }) => reason === DropReason.conflated)).toBe(true);
    expect(table.size).toBe(3);
    expect(takeAll(0)).toEqual([2, 3, 5]);
  });

  it('drops the oldest when conflation frees nothing', () => {
    const { push, dropped, takeAll } = create('conflate', 2);
    push(0, 1, 'a');
    push(0, 2, 'b');
    push(0, 3, 'c');
    expect(dropped).toEqual([{ sequence: 1, reason: DropReason.bufferFullOldest }]);
    expect(takeAll(0)).toEqual([2, 3]);
  });

  it('is bounded by bytes as well as by slots', () => {
    const { push, buffers } = create('drop-oldest', 100, 250);
    push(0, 1);
    push(0, 2);
    push(0, 3);
    expect(buffers.count(0)).toBe(2);
    expect(buffers.bytes(0)).toBe(200);
  });

  it('queues one frame larger than the whole buffer beside the others, and drops a second one', () => {
    const { push, buffers, dropped, takeAll } = create('disconnect', 4, 250);
    push(0, 1);
    expect([push(0, 2, 'a', 251), push(0, 3, 'a', 300), push(0, 4)]).toEqual([true, false, true]);
    expect(dropped).toEqual([{ sequence: 3, reason: DropReason.bufferFullNewest }]);
    expect(buffers.bytes(0)).toBe(200);
    expect(takeAll(0)).toEqual([1, 2, 4]);
    expect([push(0, 5, 'a', 300), buffers.bytes(0)]).toEqual([true, 0]);
    buffers.clear(0, DropReason.connectionClosed);
    expect([push(0, 6, 'a', 300), push(0, 7, 'a', 250), push(0, 8, 'a', 1)]).toEqual([true, true, false]);
  });

  it('counts what is queued as dropped with its connection when cleared, and frees every frame', () => {
    const { push, buffers, dropped, table } = create('drop-oldest', 20);
    for (let sequence = 1; sequence <= 20; sequence += 1) push(0, sequence);
    buffers.clear(0, DropReason.connectionClosed);
    expect(dropped).toHaveLength(20);
    expect(buffers.queued).toBe(0);
    expect(table.size).toBe(0);
  });

  it('takes at least one frame and stays within the byte limit of a write', () => {
    const { push, buffers } = create('drop-oldest', 20);
    for (let sequence = 1; sequence <= 5; sequence += 1) push(0, sequence);
    const out = new Int32Array(8);
    expect(buffers.take(0, out, 250)).toBe(2);
    expect(buffers.take(0, out, 1)).toBe(1);
  });

  it('behaves as a naive bounded queue under any sequence of pushes, takes and clears', () => {
    const operation = fc.record({
      kind: fc.constantFrom('push', 'push', 'push', 'take', 'clear'),
      connection: fc.integer({ min: 0, max: 2 }),
      amount: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom<SlowClientPolicy>('drop-oldest', 'drop-newest'),
        fc.array(operation, { size: 'max', minLength: 30, maxLength: 150 }),
        (policy, operations) => {
          const slots = 17;
          const { push, buffers, table } = create(policy, slots, 1_000_000);
          const model: number[][] = [[], [], []];
          let sequence = 0;
          for (const { kind, connection, amount } of operations) {
            const queue = model[connection];
            if (kind === 'push') {
              for (let count = 0; count < amount; count += 1) {
                sequence += 1;
                push(connection, sequence);
                if (queue.length < slots) queue.push(sequence);
                else if (policy === 'drop-oldest') {
                  queue.shift();
                  queue.push(sequence);
                }
              }
            } else if (kind === 'take') {
              const out = new Int32Array(amount);
              const count = buffers.take(connection, out, Infinity);
              const taken = [...out.subarray(0, count)].map((handle) => table.get(handle).sequence);
              for (const handle of out.subarray(0, count)) table.release(handle);
              expect(taken).toEqual(queue.splice(0, amount));
            } else {
              buffers.clear(connection, DropReason.connectionClosed);
              queue.length = 0;
            }
            expect(buffers.queued).toBe(model.reduce((total, { length }) => total + length, 0));
          }
        },
      ),
    );
  });
});
