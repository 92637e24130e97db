import {
  activeTasks,
  nextPowerOfTwo,
  type ResolvedScenario,
  type Settings,
  tasksLimitFor,
  workerQueueFor,
  workersFor,
} from '#core';

/** The load of one server. */
export interface Load {
  readonly connections: number;
  readonly ratePerSecond: number;
}

/** The same scenario under another load. */
export function withLoad(input: ResolvedScenario, load: Partial<Load>): ResolvedScenario {
  const { scenario } = input;
  return { ...input, scenario: { ...scenario, workload: { ...scenario.workload, ...load } } };
}

/** The document rounds its task limit up; so does this. */
const tasksGrain = 500;
/** The limiters' cap above the load, so that a publisher's jitter passes. */
const rateHeadroom = 1.2;
/** Largest worker pool that the settings accept. */
const workersMost = 4_096;

/**
 * Settings that grow with the load, by the document's own rules (R46, R56): connections, workers, queue, tasks and rate caps
 * are what an operator sets for a load, and no property of a machine.
 */
export function sizedValues(
  { connections, ratePerSecond }: Load,
  settings: Settings,
): Record<(typeof sizedSettings)[number], number> {
  const workers = Math.min(workersMost, nextPowerOfTwo(workersFor(connections)));
  const tasks = tasksLimitFor(activeTasks(connections, workers));
  const cap = Math.ceil(ratePerSecond * rateHeadroom);
  return {
    WS_MAX_CONNECTIONS: connections,
    WS_WORKER_POOL_SIZE: workers,
    WS_WORKER_QUEUE_SIZE: workerQueueFor(workers),
    WS_MAX_GOROUTINES: Math.ceil(tasks / tasksGrain) * tasksGrain,
    WS_MAX_NATS_RATE: Math.max(settings.natsRateMaxPerSecond, cap),
    WS_MAX_BROADCAST_RATE: Math.max(settings.broadcastRateMaxPerSecond, cap),
  };
}

/** Names of the settings that `sized` sets. */
export const sizedSettings = [
  'WS_MAX_CONNECTIONS',
  'WS_WORKER_POOL_SIZE',
  'WS_WORKER_QUEUE_SIZE',
  'WS_MAX_GOROUTINES',
  'WS_MAX_NATS_RATE',
  'WS_MAX_BROADCAST_RATE',
] as const;

/** The scenario with its settings sized for its own load. */
export function sized(input: ResolvedScenario): ResolvedScenario {
  const { workload } = input.scenario;
  const values = sizedValues(workload, input.settings);
  return {
    ...input,
    scenario: { ...input.scenario, settings: { ...input.scenario.settings, ...values } },
    settings: {
      ...input.settings,
      connectionsMax: workload.connections,
      workerPoolSize: values['WS_WORKER_POOL_SIZE'],
      workerQueueSize: values['WS_WORKER_QUEUE_SIZE'],
      tasksMax: values['WS_MAX_GOROUTINES'],
      natsRateMaxPerSecond: values['WS_MAX_NATS_RATE'],
      broadcastRateMaxPerSecond: values['WS_MAX_BROADCAST_RATE'],
    },
  };
}
