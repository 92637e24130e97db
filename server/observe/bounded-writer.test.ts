import { describe, expect, it, vi } from 'vitest';
import { BoundedWriter, type Sink } from './bounded-writer.ts';

/** A sink that answers when the test says so. */
function create() {
  let text = '';
  let answer: ((error: NodeJS.ErrnoException | null, most?: number) => void) | null = null;
  const sink: Sink = (bytes, done) => {
    answer = (error, most = bytes.length) => {
      answer = null;
      const written = error === null ? Math.min(most, bytes.length) : 0;
      text += bytes.subarray(0, written).toString();
      done(error, written);
    };
  };
  const writer = new BoundedWriter(sink, (lines) => `${lines} dropped\n`);
  return { writer, text: () => text, answer: (code: string | null, most?: number) => answer?.(errorOf(code), most) };
}

const errorOf = (code: string | null): NodeJS.ErrnoException | null =>
  code === null ? null : Object.assign(new Error(code), { code });

describe('BoundedWriter', () => {
  it('writes lines in order, also in pieces, and tries again what did not fit', () => {
    vi.useFakeTimers();
    const { writer, text, answer } = create();
    writer.write('first\n');
    writer.write('second\n');
    answer('EAGAIN');
    expect(text()).toBe('');
    vi.advanceTimersByTime(50);
    answer(null, 2);
    answer(null);
    answer(null);
    expect([text(), writer.failed, writer.dropped]).toEqual(['first\nsecond\n', 0, 0]);
    vi.useRealTimers();
  });

  it('keeps a bounded amount for a reader that sleeps, and says what is missing when it wakes', () => {
    const { writer, text, answer } = create();
    const line = `${'x'.repeat(1_023)}\n`;
    for (let count = 0; count < 1_024 + 7; count += 1) writer.write(line);
    expect(writer.dropped).toBe(7);
    for (let count = 0; count < 1_025; count += 1) answer(null);
    expect(text()).toBe(`${line.repeat(1_024)}7 dropped\n`);
  });

  it('counts what a full disk does not take, says so until it does again, and goes on', () => {
    const { writer, text, answer } = create();
    writer.write('lost\n');
    answer('ENOSPC');
    expect([writer.failed, writer.fault]).toEqual([1, 'ENOSPC']);
    writer.write('kept\n');
    answer(null);
    expect([text(), writer.failed, writer.fault]).toEqual(['kept\n', 1, null]);
  });

  it('waits for what is on its way, but not beyond the deadline', async () => {
    const { writer, answer } = create();
    await writer.flush(60_000);
    writer.write('line\n');
    const flushed = writer.flush(60_000);
    answer(null);
    await flushed;
    writer.write('stuck\n');
    await writer.flush(5);
  });
});
