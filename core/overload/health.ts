import { bytesPerMiB } from '../base/units.ts';
import { loopPausePercent, loopRejectPercent } from './admission.ts';

export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

export interface HealthSignals {
  readonly cpuCores: number;
  readonly memoryBytes: number;
  readonly connections: number;
  readonly tasks: number;
  readonly networkBitsPerSecond: number;
  readonly natsConnected: boolean;
  /** Cores that each event loop used, for some seconds on end; see `Admission.loopCores`. */
  readonly loopCores: readonly number[];
  /** What else is wrong, each a reason for `unhealthy`: a thread that does not answer, a log that cannot be written. */
  readonly faults?: readonly string[];
}

export interface HealthLimits {
  readonly cpuLimitCores: number;
  readonly cpuRejectPercent: number;
  readonly memoryLimitBytes: number;
  readonly connectionsMax: number;
  readonly tasksMax: number;
  /** null: no network card to run out of (loopback). */
  readonly networkBitsPerSecond: number | null;
}

/** The document's JSON (R75) with the blocks that its thresholds need and its JSON lacks (R78). */
export interface HealthReport {
  readonly status: HealthStatus;
  /** What is not healthy, in words; empty when all is. */
  readonly reasons: readonly string[];
  readonly checks: {
    readonly cpu: { readonly percentage: number; readonly threshold: number; readonly healthy: boolean };
    readonly memory: { readonly percentage: number; readonly limit_mb: number; readonly healthy: boolean };
    readonly capacity: { readonly current: number; readonly max: number; readonly percentage: number };
    readonly tasks: { readonly current: number; readonly max: number; readonly percentage: number };
    readonly network: { readonly percentage: number; readonly limit_gbps: number } | null;
    readonly nats: { readonly connected: boolean };
    /** The busiest event loop, of the one core that it can use. */
    readonly event_loop: { readonly percentage: number; readonly threshold: number; readonly healthy: boolean };
  };
}

/** Percent of its limit up to which a signal is healthy, and above which it is unhealthy; between: degraded (R85). */
interface Band {
  readonly healthyBelow: number;
  readonly unhealthyAbove: number;
}
const bands = {
  /** R80; its upper end is the reject threshold. */
  cpu: { healthyBelow: 50 },
  memory: { healthyBelow: 90, unhealthyAbove: 100 },
  tasks: { healthyBelow: 80, unhealthyAbove: 100 },
  connections: { healthyBelow: 90, unhealthyAbove: 100 },
  network: { healthyBelow: 70, unhealthyAbove: 90 },
  /** New clients are refused above the lower end and the bus pauses above the upper one. */
  loop: { healthyBelow: loopRejectPercent, unhealthyAbove: loopPausePercent },
} as const;

/** Rolls the signals up by the thresholds of R79 to R84, which scale with the limits (R86); the worst signal wins. */
export function evaluateHealth(signals: HealthSignals, limits: HealthLimits): HealthReport {
  const cpu = percentOf(signals.cpuCores, limits.cpuLimitCores);
  const memory = percentOf(signals.memoryBytes, limits.memoryLimitBytes);
  const connections = percentOf(signals.connections, limits.connectionsMax);
  const tasks = percentOf(signals.tasks, limits.tasksMax);
  const network =
    limits.networkBitsPerSecond === null ? null : percentOf(signals.networkBitsPerSecond, limits.networkBitsPerSecond);
  const loop = Math.max(0, ...signals.loopCores) * 100;
  const cpuStatus = statusOf(cpu, { ...bands.cpu, unhealthyAbove: limits.cpuRejectPercent });
  const memoryStatus = statusOf(memory, bands.memory);
  const loopStatus = statusOf(loop, bands.loop);
  const judged: (readonly [HealthStatus, string])[] = [
    [cpuStatus, `CPU at ${Math.round(cpu)} % of WS_CPU_LIMIT`],
    [memoryStatus, `memory at ${Math.round(memory)} % of WS_MEMORY_LIMIT`],
    [statusOf(tasks, bands.tasks), `tasks at ${Math.round(tasks)} % of WS_MAX_GOROUTINES`],
    [statusOf(connections, bands.connections), `connections at ${Math.round(connections)} % of WS_MAX_CONNECTIONS`],
    [signals.natsConnected ? 'healthy' : 'unhealthy', 'NATS is not connected'],
    [loopStatus, `an event loop at ${Math.round(loop)} % of its core`],
    ...(signals.faults ?? []).map((fault) => ['unhealthy', fault] as const),
  ];
  if (network !== null) judged.push([statusOf(network, bands.network), `network at ${Math.round(network)} %`]);
  const statuses = judged.map(([status]) => status);
  return {
    status: worstOf(statuses),
    reasons: judged.filter(([status]) => status !== 'healthy').map(([, reason]) => reason),
    checks: {
      cpu: { percentage: Math.round(cpu), threshold: limits.cpuRejectPercent, healthy: cpuStatus !== 'unhealthy' },
      memory: {
        percentage: Math.round(memory),
        limit_mb: Math.round(limits.memoryLimitBytes / bytesPerMiB),
        healthy: memoryStatus !== 'unhealthy',
      },
      capacity: { current: signals.connections, max: limits.connectionsMax, percentage: Math.round(connections) },
      tasks: { current: signals.tasks, max: limits.tasksMax, percentage: Math.round(tasks) },
      network:
        network === null || limits.networkBitsPerSecond === null
          ? null
          : { percentage: Math.round(network), limit_gbps: limits.networkBitsPerSecond / 1e9 },
      nats: { connected: signals.natsConnected },
      event_loop: {
        percentage: Math.round(loop),
        threshold: loopPausePercent,
        healthy: loopStatus !== 'unhealthy',
      },
    },
  };
}

const percentOf = (used: number, limit: number): number => (used / limit) * 100;

function statusOf(percent: number, band: Band): HealthStatus {
  if (percent > band.unhealthyAbove) return 'unhealthy';
  return percent < band.healthyBelow ? 'healthy' : 'degraded';
}

function worstOf(statuses: readonly HealthStatus[]): HealthStatus {
  if (statuses.includes('unhealthy')) return 'unhealthy';
  return statuses.includes('degraded') ? 'degraded' : 'healthy';
}
