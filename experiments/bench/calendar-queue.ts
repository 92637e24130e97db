const none = -1;
const daysLeast = 4;
const firstCapacity = 1_024;
/** Events that are looked at to find a day's length after the calendar has grown or shrunk (Brown 1988). */
const samplesMost = 25;

/**
 * Calendar queue (Brown 1988), the contender that is fastest while its day has the right length: events hang by day in a
 * year of days, each day's in order, and the next event is looked for from today on. Ordered by (time, order of
 * scheduling) as `EventQueue` is.
 *
 * For benchmarks; the simulator does not use it, because its speed falls with an unlucky spread of times.
 */
export class CalendarQueue {
  timeNs = 0;
  kind = 0;
  /** First event of each day; their number is a power of two. */
  #days = new Int32Array(daysLeast).fill(none);
  #dayNs = 1_000;
  #today = 0;
  #todayEndNs = 1_000;
  #size = 0;
  #times = new Float64Array(firstCapacity);
  #kinds = new Int32Array(firstCapacity);
  /** Next event of the same day, or of the free list. */
  #next = Int32Array.from({ length: firstCapacity }, (_, index) => (index + 1 < firstCapacity ? index + 1 : none));
  #free = 0;

  get size(): number {
    return this.#size;
  }

  schedule(timeNs: number, kind: number): void {
    if (this.#free === none) this.#growPool();
    const event = this.#free;
    this.#free = this.#next[event];
    this.#times[event] = timeNs;
    this.#kinds[event] = kind;
    this.#insert(event);
    this.#size += 1;
    if (this.#size > 2 * this.#days.length) this.#rebuild(this.#days.length * 2);
  }

  pop(): boolean {
    if (this.#size === 0) return false;
    const days = this.#days;
    const times = this.#times;
    const mask = days.length - 1;
    let day = this.#today;
    let endNs = this.#todayEndNs;
    for (let looked = 0; looked <= mask; looked += 1) {
      const event = days[day];
      if (event !== none && times[event] < endNs) {
        this.#today = day;
        this.#todayEndNs = endNs;
        this.#take(day);
        return true;
      }
      day = (day + 1) & mask;
      endNs += this.#dayNs;
    }
    // Nothing in the year to come: the earliest of all. Equal times hang on one day.
    let best = none;
    for (let other = 0; other <= mask; other += 1) {
      if (days[other] !== none && (best === none || times[days[other]] < times[days[best]])) best = other;
    }
    this.#turnTo(times[days[best]]);
    this.#take(best);
    return true;
  }

  #take(day: number): void {
    const event = this.#days[day];
    this.timeNs = this.#times[event];
    this.kind = this.#kinds[event];
    this.#days[day] = this.#next[event];
    this.#next[event] = this.#free;
    this.#free = event;
    this.#size -= 1;
    if (this.#days.length > daysLeast && this.#size < this.#days.length / 2) this.#rebuild(this.#days.length / 2);
  }

  /** Behind the events of its time: it is the newest. */
  #insert(event: number): void {
    const timeNs = this.#times[event];
    const day = Math.floor(timeNs / this.#dayNs) % this.#days.length;
    let before = none;
    let after = this.#days[day];
    while (after !== none && this.#times[after] <= timeNs) {
      before = after;
      after = this.#next[after];
    }
    this.#next[event] = after;
    if (before === none) this.#days[day] = event;
    else this.#next[before] = event;
  }

  #turnTo(timeNs: number): void {
    const day = Math.floor(timeNs / this.#dayNs);
    this.#today = day % this.#days.length;
    this.#todayEndNs = (day + 1) * this.#dayNs;
  }

  #rebuild(days: number): void {
    const old = this.#days;
    this.#dayNs = this.#dayLength();
    this.#days = new Int32Array(days).fill(none);
    for (let day = 0; day < old.length; day += 1) {
      // In the day's order, so that events of one time keep theirs.
      for (let event = old[day]; event !== none; ) {
        const following = this.#next[event];
        this.#insert(event);
        event = following;
      }
    }
    this.#turnTo(this.timeNs);
  }

  /** Three times the mean gap among the next events, outliers apart (Brown's rule). */
  #dayLength(): number {
    const heads: number[] = [];
    for (let day = 0; day < this.#days.length && heads.length < samplesMost; day += 1) {
      const index = (this.#today + day) % this.#days.length;
      for (let event = this.#days[index]; event !== none; event = this.#next[event]) heads.push(this.#times[event]);
    }
    const next = heads.sort((left, right) => left - right).slice(0, samplesMost);
    const gaps = next.slice(1).map((time, index) => time - next[index]);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const usual = gaps.filter((gap) => gap <= 2 * mean);
    const width = (3 * usual.reduce((sum, gap) => sum + gap, 0)) / usual.length;
    // Whole nanoseconds, so that sums of days are exact.
    return width > 0 ? Math.max(1, Math.round(width)) : this.#dayNs;
  }

  #growPool(): void {
    const before = this.#times.length;
    const times = new Float64Array(before * 2);
    times.set(this.#times);
    this.#times = times;
    const kinds = new Int32Array(before * 2);
    kinds.set(this.#kinds);
    this.#kinds = kinds;
    const next = Int32Array.from({ length: before * 2 }, (_, index) => (index + 1 < before * 2 ? index + 1 : none));
    next.set(this.#next);
    this.#next = next;
    this.#free = before;
  }
}
