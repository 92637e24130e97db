import { describe, expect, it } from 'vitest';
import { Progress } from './progress.ts';

const at = (isTTY: boolean) => {
  const written: string[] = [];
  let nowMs = 1_000;
  const progress = new Progress(
    { isTTY, write: (text: string) => written.push(text) },
    { total: 1_000, done: 200, weightLeft: 1_600, now: () => nowMs },
  );
  const after = (milliseconds: number, weight = 2): void => {
    nowMs += milliseconds;
    progress.advanced(weight);
  };
  return { progress, written, after };
};

describe('Progress', () => {
  it('tells rate and time left by what the points weigh, without those that were there at the start', () => {
    const { after, progress, written } = at(false);
    for (let point = 0; point < 100; point += 1) after(100, point < 50 ? 1 : 3);
    // 100 points of weight 200 in 10 s, 1,400 left.
    progress.end();
    expect(written.at(-1)).toBe('300 of 1,000 points, 10.0/s, 1:10 left\n');
  });

  it('writes a line each five seconds where nobody watches, and over one line on a terminal', () => {
    const lines = at(false);
    for (let point = 0; point < 120; point += 1) lines.after(100);
    expect(lines.written).toHaveLength(3);
    const terminal = at(true);
    for (let point = 0; point < 12; point += 1) terminal.after(100);
    expect(terminal.written).toHaveLength(6);
    expect(terminal.written.every((text) => text.startsWith('\r') && !text.includes('\n'))).toBe(true);
    terminal.progress.end();
    expect(terminal.written.at(-1)).toBe('\n');
  });

  it('tells minutes and hours', () => {
    const { after, written } = at(false);
    after(10_000, 1);
    expect(written.at(-1)).toContain('4:26:30 left');
  });
});
