/** The public API of sim: the twin, and the kernel that it stands on. */
export { cohortScale } from './cohort.ts';
export { EventQueue } from './kernel/event-queue.ts';
export { batchMeans, type BatchMeansOptions } from './kernel/batch-means.ts';
export {
  type FleetAccount,
  type FleetReport,
  type FleetServers,
  simulateFleet,
  type SimulateFleetOptions,
} from './fleet.ts';
export { RandomStream } from './kernel/random.ts';
export { estimate, RunningStatistics } from './kernel/statistics.ts';
export { studentTQuantile } from './kernel/student-t.ts';
export { mser5, type WarmUp } from './kernel/warm-up.ts';
export { difference, replicate, replicatedFrom, type Replicated, type ReplicateOptions } from './replicate.ts';
export { steadyState, type SteadyStateFigure, withBatchMeans } from './steady-state.ts';
export type { SimulateOptions, SimulationProgress } from './world/simulate-options.ts';
export { simulate } from './world/simulate.ts';
export { type FutureEvents, meanWaitByTheoryNs, simulateSingleServer } from './validation/single-server.ts';
