import { RefusalReason } from '../base/outcomes.ts';

export interface AdmissionOptions {
  /** 100 % of the CPU scale (R11, R51). */
  readonly cpuLimitCores: number;
  readonly memoryLimitBytes: number;
  readonly connectionsMax: number;
  readonly tasksMax: number;
  /** Above it, new connections are refused (R19). */
  readonly cpuRejectPercent: number;
  /** Above it, bus consumption pauses (R20). */
  readonly cpuPausePercent: number;
  /** A state is left only this many percentage points below the threshold that began it. */
  readonly cpuHysteresisPercent: number;
}

/**
 * An event loop is a resource of 1.0 core of its own: a process with cores to spare still stands still when the loop
 * that serves its clients is full. Percent of that core, with the hysteresis of the CPU thresholds.
 */
export const loopRejectPercent = 90;
export const loopPausePercent = 97;
/** A loop counts as full when it was in so many samples in a row: a burst of accepts fills one for a second. */
const loopSamples = 3;

/** Tasks of one connection: read and write (R56). */
export const tasksPerConnection = 2;
/** Tasks that run whatever the load (R56). */
export const fixedTasks = 13;

/** Active tasks by the document's count (R56): two per connection, the workers, thirteen of its own. */
export const activeTasks = (connections: number, workers: number): number =>
  connections * tasksPerConnection + workers + fixedTasks;

/** What each event loop has used without a pause: the least of its latest samples, cores. */
class SustainedUse {
  #samples: number[][] = [];

  sampled(cores: readonly number[]): readonly number[] {
    this.#samples.push([...cores]);
    if (this.#samples.length > loopSamples) this.#samples.shift();
    if (this.#samples.length < loopSamples) return cores.map(() => 0);
    return cores.map((_unused, loop) => Math.min(...this.#samples.map((sample) => sample[loop] ?? 0)));
  }
}

/**
 * Says whether a new connection may come in (R50 to R53) and whether bus consumption pauses (R54).
 *
 * CPU and memory are as of the last sample, so a decision may be as stale as the sampling interval; connection and task
 * counts are exact. Refusals are asked in the order connections, CPU, memory, tasks.
 */
export class Admission {
  #options: AdmissionOptions;
  #rejecting = false;
  #paused = false;
  #draining = false;
  #memoryBytes = 0;
  #cpuPercent = 0;
  #loops = new SustainedUse();
  #loopCores: readonly number[] = [];
  #loopRejecting = false;
  #loopPaused = false;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /**
   * @param cores used by this process, all threads, since the last sample
   * @param mayDefend false: a state may end, but none begins, because something milder is to be tried first
   */
  cpuSampled(cores: number, { mayDefend = true } = {}): void {
    const { cpuLimitCores, cpuRejectPercent, cpuPausePercent, cpuHysteresisPercent } = this.#options;
    const percent = (cores / cpuLimitCores) * 100;
    this.#cpuPercent = percent;
    this.#rejecting = this.#rejecting
      ? percent > cpuRejectPercent - cpuHysteresisPercent
      : mayDefend && percent > cpuRejectPercent;
    this.#paused = this.#paused
      ? percent > cpuPausePercent - cpuHysteresisPercent
      : mayDefend && percent > cpuPausePercent;
  }

  /** @param loopCores CPU that each event loop used since the last sample, cores; call it as often as `cpuSampled` */
  loopsSampled(loopCores: readonly number[]): void {
    const { cpuHysteresisPercent } = this.#options;
    this.#loopCores = this.#loops.sampled(loopCores);
    const percent = Math.max(0, ...this.#loopCores) * 100;
    this.#loopRejecting = percent > loopRejectPercent - (this.#loopRejecting ? cpuHysteresisPercent : 0);
    this.#loopPaused = percent > loopPausePercent - (this.#loopPaused ? cpuHysteresisPercent : 0);
  }

  memorySampled(bytes: number): void {
    this.#memoryBytes = bytes;
  }

  /** From now on every connection is refused: the server is about to stop. */
  startDraining(): void {
    this.#draining = true;
  }

  /** CPU use as of the last sample, percent of the limit. */
  get cpuPercent(): number {
    return this.#cpuPercent;
  }

  /** Cores that each event loop used in every one of the last samples; what `evaluateHealth` asks for. */
  get loopCores(): readonly number[] {
    return this.#loopCores;
  }

  get ingestPaused(): boolean {
    return this.#paused || this.#loopPaused;
  }

  /**
   * What alone forbids any new connection, as of the last sample; null when nothing does. A server publishes it to its
   * shards, which check the exact counts themselves.
   */
  get standingRefusal(): RefusalReason | null {
    if (this.#draining) return RefusalReason.draining;
    if (this.#rejecting || this.#loopRejecting) return RefusalReason.cpu;
    if (this.#memoryBytes >= this.#options.memoryLimitBytes) return RefusalReason.memory;
    return null;
  }

  /** @param use connections open now and tasks active now, without the one that asks */
  decide(use: { readonly connections: number; readonly tasks: number }): RefusalReason | null {
    return decideAdmission(this.#options, use, this.standingRefusal);
  }
}

/** The decision from exact counts and a standing refusal that may come from another thread. */
export function decideAdmission(
  limits: Pick<AdmissionOptions, 'connectionsMax' | 'tasksMax'>,
  use: { readonly connections: number; readonly tasks: number },
  standingRefusal: RefusalReason | null,
): RefusalReason | null {
  if (standingRefusal === RefusalReason.draining) return standingRefusal;
  if (use.connections >= limits.connectionsMax) return RefusalReason.connections;
  if (standingRefusal !== null) return standingRefusal;
  if (use.tasks + tasksPerConnection > limits.tasksMax) return RefusalReason.tasks;
  return null;
}

/** Share of the reject threshold from which on the flush interval grows. */
const stretchFrom = 0.8;

/**
 * The flush interval at a CPU use: as set up to 80 % of the reject threshold, then growing to its maximum, which is
 * reached at the threshold. Fewer, larger writes cost less, so latency is spent before clients are refused.
 */
export function flushIntervalAt(
  cpuPercent: number,
  settings: {
    readonly flushIntervalNs: number;
    readonly flushIntervalMaxNs: number;
    readonly cpuRejectPercent: number;
  },
): number {
  const { flushIntervalNs, flushIntervalMaxNs, cpuRejectPercent } = settings;
  // Who asks for writes at once gets them whatever they cost.
  if (flushIntervalNs === 0 || flushIntervalMaxNs <= flushIntervalNs) return flushIntervalNs;
  const from = cpuRejectPercent * stretchFrom;
  const share = Math.min(1, Math.max(0, (cpuPercent - from) / (cpuRejectPercent - from)));
  return Math.round(flushIntervalNs + share * (flushIntervalMaxNs - flushIntervalNs));
}

/** The inverse of `flushIntervalAt` between its ends: the CPU use, percent of the limit, that asks for an interval. */
export function cpuPercentAt(
  intervalNs: number,
  { flushIntervalNs, flushIntervalMaxNs, cpuRejectPercent }: Parameters<typeof flushIntervalAt>[1],
): number {
  const from = cpuRejectPercent * stretchFrom;
  const share = (intervalNs - flushIntervalNs) / (flushIntervalMaxNs - flushIntervalNs);
  return from + share * (cpuRejectPercent - from);
}
