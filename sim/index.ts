/** The public API of sim: the twin, and the kernel that it stands on. */
export { cohortScale } from './cohort.ts';
export { EventQueue } from './kernel/event-queue.ts';
export { RandomStream } from './kernel/random.ts';
export { type Estimate, estimate, RunningStatistics } from './kernel/statistics.ts';
export { simulate, type SimulateOptions, type SimulationProgress } from './twin.ts';
export { meanWaitByTheoryNs, simulateSingleServer } from './validation/single-server.ts';
