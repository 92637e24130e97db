import { describe, expect, it } from 'vitest';
import { evaluateHealth, type HealthSignals } from './health.ts';

const limits = {
  cpuLimitCores: 1.9,
  cpuRejectPercent: 75,
  memoryLimitBytes: 7_516_192_768,
  connectionsMax: 12_000,
  tasksMax: 35_000,
  networkBitsPerSecond: 2_000_000_000,
};
const calm: HealthSignals = {
  cpuCores: 0.1,
  memoryBytes: 1e9,
  connections: 100,
  tasks: 725,
  networkBitsPerSecond: 1e6,
  natsConnected: true,
  loopCores: [0.05, 0.4],
};
const status = (changed: Partial<HealthSignals>) => evaluateHealth({ ...calm, ...changed }, limits).status;

describe('evaluateHealth', () => {
  it.each<[string, Partial<HealthSignals>, string]>([
    ['CPU below 50 %', { cpuCores: 0.949 }, 'healthy'],
    ['CPU at 50 % (R80)', { cpuCores: 0.95 }, 'degraded'],
    ['CPU in the unassigned band 70 to 75 % (R85)', { cpuCores: 1.4 }, 'degraded'],
    ['CPU above the reject threshold', { cpuCores: 1.43 }, 'unhealthy'],
    ['memory at 90 % (R81)', { memoryBytes: 0.9 * 7_516_192_768 }, 'degraded'],
    ['memory at 100 %', { memoryBytes: 7_516_192_768 }, 'degraded'],
    ['memory above 100 %', { memoryBytes: 7_516_192_769 }, 'unhealthy'],
    ['tasks just below 80 % (R82)', { tasks: 27_999 }, 'healthy'],
    ['tasks at 80 %', { tasks: 28_000 }, 'degraded'],
    ['tasks above the limit', { tasks: 35_001 }, 'unhealthy'],
    ['connections just below 90 % (R83)', { connections: 10_799 }, 'healthy'],
    ['connections at the target', { connections: 12_000 }, 'degraded'],
    ['connections above the limit', { connections: 12_001 }, 'unhealthy'],
    ['network just below 70 % (R84)', { networkBitsPerSecond: 1.399e9 }, 'healthy'],
    ['network at 84 %, the recommended rate', { networkBitsPerSecond: 1.68e9 }, 'degraded'],
    ['network above 90 %', { networkBitsPerSecond: 1.81e9 }, 'unhealthy'],
    ['an event loop at 90 % of its core', { loopCores: [0.1, 0.9] }, 'degraded'],
    ['a full event loop in a process with cores to spare', { loopCores: [0.98, 0.1] }, 'unhealthy'],
    ['a fault that the driver names', { faults: ['shard 1 does not answer'] }, 'unhealthy'],
    ['NATS gone (R79)', { natsConnected: false }, 'unhealthy'],
  ])('%s', (_name, changed, expected) => {
    expect(status(changed)).toBe(expected);
  });

  it("prints the document's numbers at its target (R76): memory is 84 % in MiB, and full capacity is degraded", () => {
    const report = evaluateHealth(
      { ...calm, cpuCores: 0.49, memoryBytes: 6_024 * 1_048_576, connections: 12_000, tasks: 24_525 },
      limits,
    );
    expect(report.checks.cpu).toEqual({ percentage: 26, threshold: 75, healthy: true });
    expect(report.checks.memory).toEqual({ percentage: 84, limit_mb: 7_168, healthy: true });
    expect(report.checks.capacity).toEqual({ current: 12_000, max: 12_000, percentage: 100 });
    expect(report.status).toBe('degraded');
  });

  it('says in words what is not healthy, and nothing when all is', () => {
    expect(evaluateHealth(calm, limits).reasons).toEqual([]);
    expect(
      evaluateHealth({ ...calm, loopCores: [1], natsConnected: false, faults: ['the log cannot be written'] }, limits)
        .reasons,
    ).toEqual(['NATS is not connected', 'an event loop at 100 % of its core', 'the log cannot be written']);
  });

  it('checks no network where there is no card', () => {
    const report = evaluateHealth({ ...calm, networkBitsPerSecond: 1e12 }, { ...limits, networkBitsPerSecond: null });
    expect([report.status, report.checks.network]).toEqual(['healthy', null]);
  });
});
