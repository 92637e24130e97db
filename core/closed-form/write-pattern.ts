import { naturalLogarithm } from '../base/exact-math.ts';
import { nanosecondsPerMillisecond, nanosecondsPerSecond } from '../base/units.ts';
import { wireBytes } from '../base/wire.ts';

/** What one client's messages come like, and how its writes are merged. */
export interface ArrivalPattern {
  readonly arrivals: 'regular' | 'poisson';
  /** Messages published per second, all channels together, which take turns. */
  readonly publishedPerSecond: number;
  readonly channels: number;
  /** Channels of the client, one after the other. */
  readonly subscriptions: number;
  /** Longest wait of a message (`FlushPolicy`); 0: every message is a write. */
  readonly flushIntervalNs: number;
  readonly messageBytes: number;
  /** Most bytes of one write; what is queued beyond that takes another. */
  readonly writeBytesMax: number;
  /** Time without a write after which half of `perColdWriteNs` is due (`coldWriteNs`). */
  readonly coldWriteHalfNs: number;
  /** Time that an event loop takes to write to all who got a message: a client's write waits for those before it. */
  readonly burstNs: number;
}

/** Means over a client's writes. */
export interface WritePattern {
  readonly messagesPerWrite: number;
  readonly wireBytesPerWrite: number;
  /** Share of the cost of a cold write, 0 to 1: the mean of gap / (gap + half). */
  readonly coldShare: number;
}

/** Beyond so many states a client's messages are taken to be spread evenly over the cycle of channels. */
const statesMax = 24;
const channelsMax = 4_096;

/**
 * The writes of one client under a steady load: the first message queued waits for the interval and takes along all that
 * come meanwhile; one that comes an interval or more after the write before goes out at once (`FlushPolicy`).
 *
 * At equal distances that is a walk through the cycle of channels, which repeats. At random (Poisson) it is a Markov chain:
 * the messages published within a wait are Poisson, those of the client among them follow from where in the cycle the wait
 * began, and the time to the next one is Erlang. Its stationary state gives exact means.
 */
export function writePattern(pattern: ArrivalPattern): WritePattern {
  const { arrivals, channels, subscriptions, publishedPerSecond } = pattern;
  const isTooLong = arrivals === 'poisson' ? subscriptions > statesMax : channels > channelsMax;
  const cycle =
    subscriptions >= channels || isTooLong
      ? { length: 1, taken: 1, rate: publishedPerSecond * Math.min(1, subscriptions / channels) }
      : { length: channels, taken: subscriptions, rate: publishedPerSecond };
  const means = new Means(pattern);
  const places = pattern.burstNs * publishedPerSecond < burstShareMin * nanosecondsPerSecond ? 1 : burstPlaces;
  for (let place = 0; place < places; place += 1) {
    const behindSeconds = (pattern.burstNs * (place + 0.5)) / places / nanosecondsPerSecond;
    if (arrivals === 'poisson') randomWrites(means, pattern, cycle, behindSeconds);
    else regularWrites(means, pattern, cycle, behindSeconds);
  }
  return means.result;
}

/** Places in a burst that are looked at: from first to last. */
const burstPlaces = 4;
/** A burst shorter than this share of the time between messages has one place. */
const burstShareMin = 0.002;

/** The client takes the first `taken` of every `length` messages, of which `rate` come per second. */
interface Cycle {
  readonly length: number;
  readonly taken: number;
  readonly rate: number;
}

/** Adds up writes. */
class Means {
  #pattern: ArrivalPattern;
  #weight = 0;
  #messages = 0;
  #wireBytes = 0;
  #cold = 0;

  constructor(pattern: ArrivalPattern) {
    this.#pattern = pattern;
  }

  /** Adds a client whose writes are known: by how many of them it gets per second. */
  add(client: Means, messagesPerSecond: number): void {
    const perSecond = messagesPerSecond / client.#messages;
    this.#weight += client.#weight * perSecond;
    this.#messages += client.#messages * perSecond;
    this.#wireBytes += client.#wireBytes * perSecond;
    this.#cold += client.#cold * perSecond;
  }

  /** Adds a client by one round of its writes. */
  round(writes: readonly { readonly messages: number; readonly gap: number }[], messagesPerSecond: number): void {
    const client = new Means(this.#pattern);
    for (const { messages, gap } of writes) {
      client.write(1, messages);
      client.gap(1, gap);
    }
    this.add(client, messagesPerSecond);
  }

  write(weight: number, messages: number): void {
    const { messageBytes, writeBytesMax } = this.#pattern;
    const perWrite = Math.max(1, Math.floor(writeBytesMax / messageBytes));
    const full = Math.floor(messages / perWrite);
    const rest = messages - full * perWrite;
    this.#weight += weight * (full + (rest > 0 ? 1 : 0));
    this.#messages += weight * messages;
    this.#wireBytes += weight * full * wireBytes(perWrite * messageBytes, perWrite);
    if (rest > 0) this.#wireBytes += weight * wireBytes(rest * messageBytes, rest);
  }

  gap(weight: number, seconds: number): void {
    const half = this.#pattern.coldWriteHalfNs / nanosecondsPerSecond;
    this.#cold += half === 0 ? 0 : (weight * seconds) / (seconds + half);
  }

  get result(): WritePattern {
    return {
      messagesPerWrite: this.#messages / this.#weight,
      wireBytesPerWrite: this.#wireBytes / this.#weight,
      coldShare: this.#cold / this.#weight,
    };
  }
}

// At equal distances ------------------------------------------------------------------------------------------------

/** The wait of the first message queued: timers ring at the next whole millisecond. */
const regularGrainNs = nanosecondsPerMillisecond;
/** A message at the very end of a wait is in, whatever the last digit says. */
const roundOff = 1e-9;
/** Walks that have not come back to their beginning by then are long enough for a mean. */
const writesMax = 4_096;

function regularWrites(
  means: Means,
  pattern: ArrivalPattern,
  { length, taken, rate }: Cycle,
  behindSeconds: number,
): void {
  const gapSeconds = 1 / rate;
  const intervalSeconds = pattern.flushIntervalNs / nanosecondsPerSecond;
  const waitSeconds =
    pattern.flushIntervalNs === 0 ? 0 : (pattern.flushIntervalNs + regularGrainNs) / nanosecondsPerSecond;
  const nextTaken = (message: number): number =>
    message % length < taken ? message : message + length - (message % length);
  const takenUpTo = (number: number): number =>
    Math.floor(number / length) * taken + Math.min(number % length, taken - 1) + 1;
  let message = 0;
  let writtenSeconds = -Infinity;
  // Once writes begin at a place of the cycle for the fourth time they repeat: the first rounds lead into the walk.
  const begun = new Map<number, number[]>();
  const writes: { readonly messages: number; readonly gap: number }[] = [];
  while (writes.length < writesMax) {
    const place = message % length;
    const rounds = begun.get(place) ?? [];
    if (rounds.length === 3) {
      return means.round(writes.slice(rounds[2]), rate * (taken / length));
    }
    begun.set(place, [...rounds, writes.length]);
    const atSeconds = message * gapSeconds;
    const waits = atSeconds - writtenSeconds < intervalSeconds;
    const endSeconds = (waits ? atSeconds + waitSeconds : atSeconds) + behindSeconds;
    // Counted, not walked: a search asks for millions of messages in a write.
    const last = Math.max(message, Math.floor(endSeconds * rate + roundOff));
    const messages = takenUpTo(last) - takenUpTo(message) + 1;
    const next = nextTaken(last + 1);
    writes.push({ messages, gap: endSeconds - writtenSeconds });
    writtenSeconds = endSeconds;
    message = next;
  }
  means.round(writes.slice(1), rate * (taken / length));
}

// At random ---------------------------------------------------------------------------------------------------------

/** The wait of the first message queued: to the next whole millisecond, half of one on average, and the timer's own slack. */
const randomGrainNs = 0.63 * nanosecondsPerMillisecond;
const iterations = 60;
/** Change of all shares together that counts as none. */
const settledChange = 1e-9;
/** Terms of a Poisson distribution that are worth counting. */
const termMin = 1e-12;

/** Probabilities of `from`, `from` + 1, ... events, as far as they matter. */
interface EventCounts {
  readonly from: number;
  readonly terms: readonly number[];
}

/** The Poisson distribution, from its mode outwards, so that no term is too small or too large for a double. */
function poisson(mean: number): EventCounts {
  const mode = Math.floor(mean);
  const below: number[] = [];
  const above: number[] = [];
  let sum = 1;
  for (let count = mode, term = 1; count > 0; count -= 1) {
    term *= count / mean;
    if (term < termMin) break;
    below.push(term);
    sum += term;
  }
  for (let count = mode + 1, term = 1; ; count += 1) {
    term *= mean / count;
    if (term < termMin) break;
    above.push(term);
    sum += term;
  }
  return { from: mode - below.length, terms: [...below.reverse(), 1, ...above].map((term) => term / sum) };
}

/** Probability that `events` events take longer than the time of the counts: that there were fewer in it (Erlang's tail). */
function erlangTail(events: number, { from, terms }: EventCounts): number {
  let sum = 0;
  for (let index = 0; index < terms.length && from + index < events; index += 1) sum += terms[index];
  return Math.min(1, sum);
}

/** Points by which a gap's distribution is summed. */
const gapPoints = 48;
const pointsByEvents = new Map<number, readonly number[]>();
const pointsKept = 4_096;

/** `gapPoints` equally likely times until so many events of rate 1: the quantiles in the middles of as many equal shares. */
function erlangPoints(events: number): readonly number[] {
  const known = pointsByEvents.get(events);
  if (known !== undefined) return known;
  const points: number[] = [];
  for (let point = 0; point < gapPoints; point += 1) {
    const wanted = 1 - (point + 0.5) / gapPoints;
    points.push(events === 1 ? -naturalLogarithm(wanted) : erlangQuantile(events, wanted));
  }
  if (pointsByEvents.size < pointsKept) pointsByEvents.set(events, points);
  return points;
}

function erlangQuantile(events: number, tail: number): number {
  let below = 0;
  let above = events + 10 * Math.sqrt(events) + 10;
  for (let step = 0; step < 24; step += 1) {
    const middle = (below + above) / 2;
    if (middle > 0 && erlangTail(events, poisson(middle)) > tail) below = middle;
    else above = middle;
  }
  return (below + above) / 2;
}

function randomWrites(
  sum: Means,
  pattern: ArrivalPattern,
  { length, taken, rate }: Cycle,
  behindSeconds: number,
): void {
  const means = new Means(pattern);
  const intervalSeconds = pattern.flushIntervalNs / nanosecondsPerSecond;
  const waitSeconds =
    pattern.flushIntervalNs === 0 ? 0 : (pattern.flushIntervalNs + randomGrainNs) / nanosecondsPerSecond;
  const inInterval = poisson(rate * intervalSeconds);
  const inWait = poisson(rate * (waitSeconds + behindSeconds));
  /** While a message that goes out at once waits for the writes before its own. */
  const inBurst = poisson(rate * behindSeconds);
  /** Messages published until the client's next one, the first of which comes after place `place` of the cycle. */
  const untilNext = (place: number): number => (place + 1 < taken ? 1 : length - place);
  /** The client's messages among the `count` that follow place `begin`. */
  const takenAmong = (begin: number, count: number): number => {
    const whole = Math.floor(count / length);
    let found = whole * taken;
    for (let step = 1; step <= count - whole * length; step += 1) if ((begin + step) % length < taken) found += 1;
    return found;
  };
  // Share of the writes that begin with the message at each place, sent at once or after its wait.
  let atOnce = new Float64Array(taken).fill(1 / taken);
  let waited = new Float64Array(taken);
  const follow = (place: number, weight: number, nextAtOnce: Float64Array, nextWaited: Float64Array): void => {
    const events = untilNext(place);
    const next = (place + events) % length;
    const tail = erlangTail(events, inInterval);
    nextAtOnce[next] += weight * tail;
    nextWaited[next] += weight * (1 - tail);
  };
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    const nextAtOnce = new Float64Array(taken);
    const nextWaited = new Float64Array(taken);
    for (let place = 0; place < taken; place += 1) {
      for (let index = 0; index < inBurst.terms.length; index += 1) {
        const count = inBurst.from + index;
        follow((place + count) % length, atOnce[place] * inBurst.terms[index], nextAtOnce, nextWaited);
      }
      if (waited[place] === 0) continue;
      for (let index = 0; index < inWait.terms.length; index += 1) {
        const count = inWait.from + index;
        follow((place + count) % length, waited[place] * inWait.terms[index], nextAtOnce, nextWaited);
      }
    }
    let changed = 0;
    const total = nextAtOnce.reduce((sum, one) => sum + one, 0) + nextWaited.reduce((sum, one) => sum + one, 0);
    for (let place = 0; place < taken; place += 1) {
      changed +=
        Math.abs(nextAtOnce[place] / total - atOnce[place]) + Math.abs(nextWaited[place] / total - waited[place]);
    }
    atOnce = nextAtOnce.map((one) => one / total);
    waited = nextWaited.map((one) => one / total);
    if (changed < settledChange) break;
  }
  const gapAfter = (place: number, weight: number): void => {
    const events = untilNext(place);
    for (const point of erlangPoints(events)) {
      const seconds = point / rate;
      means.gap(weight / gapPoints, seconds < intervalSeconds ? seconds + waitSeconds : seconds);
    }
  };
  const gapWeights = new Float64Array(length);
  for (let place = 0; place < taken; place += 1) {
    for (let index = 0; index < inBurst.terms.length; index += 1) {
      const count = inBurst.from + index;
      const weight = atOnce[place] * inBurst.terms[index];
      means.write(weight, 1 + takenAmong(place, count));
      gapWeights[(place + count) % length] += weight;
    }
    for (let index = 0; index < inWait.terms.length && waited[place] > 0; index += 1) {
      const count = inWait.from + index;
      const weight = waited[place] * inWait.terms[index];
      means.write(weight, 1 + takenAmong(place, count));
      gapWeights[(place + count) % length] += weight;
    }
  }
  for (let place = 0; place < length; place += 1) if (gapWeights[place] > 0) gapAfter(place, gapWeights[place]);
  sum.add(means, rate * (taken / length));
}
