const terminalEveryMs = 200;
const lineEveryMs = 5_000;
/** The first points, on code that is still cold, say little of the others. */
const estimateAfterSeconds = 3;

export interface ProgressTarget {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/**
 * Tells how far a long work is: done of all, rate, and time left. On a terminal one line that is written over, else a line
 * every five seconds. Time left follows the weights, so that points that cost more than others do not mislead.
 */
export class Progress {
  #target: ProgressTarget;
  #now: () => number;
  #total: number;
  #done: number;
  #doneAtStart: number;
  #weight = 0;
  #weightLeft: number;
  #startMs: number;
  #toldMs = -Infinity;

  /**
   * @param weightLeft of all that is still to be done
   * @param now milliseconds of a clock that never goes back
   */
  constructor(
    target: ProgressTarget,
    {
      total,
      done,
      weightLeft,
      now = (): number => performance.now(),
    }: { total: number; done: number; weightLeft: number; now?: () => number },
  ) {
    this.#target = target;
    this.#now = now;
    this.#total = total;
    this.#done = done;
    this.#doneAtStart = done;
    this.#weightLeft = weightLeft;
    this.#startMs = now();
  }

  advanced(weight: number): void {
    this.#done += 1;
    this.#weight += weight;
    this.#weightLeft -= weight;
    const everyMs = this.#target.isTTY === true ? terminalEveryMs : lineEveryMs;
    const nowMs = this.#now();
    if (nowMs - this.#toldMs < everyMs) return;
    this.#toldMs = nowMs;
    this.#tell(nowMs);
  }

  /** Says something between two lines of progress. */
  note(message: string): void {
    this.#target.write(this.#target.isTTY === true ? `\r\u001B[K${message}\n` : `${message}\n`);
  }

  end(): void {
    this.#tell(this.#now());
    if (this.#target.isTTY === true) this.#target.write('\n');
  }

  #tell(nowMs: number): void {
    const seconds = (nowMs - this.#startMs) / 1_000;
    const count = (value: number): string => value.toLocaleString('en-US');
    const parts = [`${count(this.#done)} of ${count(this.#total)} points`];
    if (this.#weight > 0 && seconds > 0) {
      parts.push(`${((this.#done - this.#doneAtStart) / seconds).toFixed(1)}/s`);
      if (seconds >= estimateAfterSeconds || this.#done === this.#total)
        parts.push(
          this.#done < this.#total
            ? `${clockOf((this.#weightLeft * seconds) / this.#weight)} left`
            : `${clockOf(seconds)} in all`,
        );
    }
    const line = parts.join(', ');
    this.#target.write(this.#target.isTTY === true ? `\r\u001B[K${line}` : `${line}\n`);
  }
}

/** 4:05, or 1:02:03 from an hour on. */
function clockOf(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}
