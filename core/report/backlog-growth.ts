import type { Interval } from '../experiment/run-report.ts';

/** What waits anywhere between the publisher and the clients, and whether it grows. */
export interface BacklogGrowth {
  /** By how many seconds of the load's deliveries the backlog grew over the intervals, by least squares. */
  readonly growthSeconds: number;
  readonly grows: boolean;
}

/** Fewer rows show a trend of nothing but their noise. */
const intervalsMin = 8;
/** A backlog that swings by a flush interval's messages, sampled once a second, looks like this much growth at the most. */
const growthSecondsMin = 0.25;

/**
 * Whether a queue builds up: the test of a sustained load. Deliveries that wait in send buffers, on the way to clients, and
 * in the stream (times the clients that each message goes to) are fitted by a straight line over the window; more growth than
 * a quarter of a second of deliveries, or two messages to each client, is a queue that does not stand still.
 * @param intervals of the window, in order
 * @param deliveriesPerSecond that the load asks for, all clients together
 * @param fanOut clients that a message goes to
 */
export function backlogGrowth(
  intervals: readonly Interval[],
  { deliveriesPerSecond, fanOut }: { readonly deliveriesPerSecond: number; readonly fanOut: number },
): BacklogGrowth {
  if (intervals.length < intervalsMin || deliveriesPerSecond === 0) return { growthSeconds: 0, grows: false };
  const backlog = (interval: Interval): number =>
    interval.queued + (interval.inTransit ?? 0) + (interval.busWaiting ?? 0) * fanOut;
  const spanSeconds = intervals[intervals.length - 1].atSeconds - intervals[0].atSeconds;
  const growthOf = (rows: readonly Interval[]): number =>
    (slopePerSecond(
      rows.map(({ atSeconds }) => atSeconds),
      rows.map(backlog),
    ) *
      spanSeconds) /
    deliveriesPerSecond;
  const growthSeconds = growthOf(intervals);
  const perClientPerSecond = fanOut === 0 ? Infinity : deliveriesPerSecond / fanOut;
  const least = Math.max(growthSecondsMin, 2 / perClientPerSecond);
  // A hump that a fault left behind has a falling second half.
  const lately = growthOf(intervals.slice(Math.floor(intervals.length / 2)));
  return { growthSeconds, grows: growthSeconds > least && lately > 0 };
}

function slopePerSecond(at: readonly number[], values: readonly number[]): number {
  const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  const meanAt = mean(at);
  const meanValue = mean(values);
  let products = 0;
  let squares = 0;
  for (let index = 0; index < at.length; index += 1) {
    products += (at[index] - meanAt) * (values[index] - meanValue);
    squares += (at[index] - meanAt) * (at[index] - meanAt);
  }
  return squares === 0 ? 0 : products / squares;
}
