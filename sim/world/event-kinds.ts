/** What can happen in the twin's world; an event of the queue carries its kind and a number. */
export const Kind = {
  turnEnd: 0,
  throttleEnd: 1,
  shardTimer: 2,
  intakeTimer: 3,
  clientTimer: 4,
  handOver: 5,
  arrivals: 6,
  linkArrival: 7,
  connect: 8,
  publish: 9,
  sample: 10,
  faultStart: 11,
  faultEnd: 12,
  windowStart: 13,
  loadEnd: 14,
  /** A client leaves, and another takes its place. */
  churn: 15,
  /** A server that restarts closes one more connection, is down, and a client tries again. */
  drainClient: 16,
  serverDown: 17,
  retry: 18,
} as const;
