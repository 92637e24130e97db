import { describe, expect, it } from 'vitest';
import { goDocumented, resolveScenario, scenarioSchema, type RunReport } from '#core';
import { simulate } from '#sim';
import { documentedStages, judge, ramp, type RunStage } from './ramp.ts';

const scenario = scenarioSchema.parse({ workload: { connections: 20, durationSeconds: 2, warmUpSeconds: 1 } });
const resolution = resolveScenario(scenario, [goDocumented]);
if (!resolution.ok) throw new Error('the scenario is sound');
const sound = simulate(resolution.resolved);

/** A run at a CPU and memory use, in percent of the limits. */
const runAt = (connections: number, cpu: number, memory: number): RunReport => ({
  ...sound,
  summary: {
    ...sound.summary,
    connections: { ...sound.summary.connections, open: connections },
    resources: sound.summary.resources.map((use) => ({
      ...use,
      utilisation: (use.resource === 'cpu' ? cpu : use.resource === 'memory' ? memory : 0) / 100,
    })),
  },
});

const quiet = (): void => {};

describe('judge', () => {
  it('passes below the gates and fails at them', () => {
    const [stage] = documentedStages;
    expect(judge(stage, runAt(8_000, 39.9, 69.9)).every(({ passed }) => passed)).toBe(true);
    const failing = (report: RunReport) =>
      judge(stage, report)
        .filter(({ passed }) => !passed)
        .map(({ gate }) => gate);
    expect(failing(runAt(8_000, 40, 69))).toEqual(['cpu']);
    expect(failing(runAt(8_000, 10, 70))).toEqual(['memory']);
    expect(failing(runAt(7_999, 10, 10))).toEqual(['connections']);
  });
});

describe('ramp', () => {
  it('goes through all stages while the gates hold, and changes only the connection limit', async () => {
    const asked: unknown[] = [];
    const runStage: RunStage = ({ connections }, settings) => {
      asked.push(settings);
      return runAt(connections, 20, 50);
    };
    const result = await ramp(documentedStages, 25, runStage, quiet);
    expect(result).toMatchObject({ failed: null, rollback: null });
    expect(asked).toEqual([8_000, 10_000, 12_000].map((connections) => ({ WS_MAX_CONNECTIONS: connections })));
  });

  it('stops at the first gate that fails, names it, and goes back to the baseline (R97 to R100, R107)', async () => {
    const ran: number[] = [];
    const runStage: RunStage = ({ connections }) => {
      ran.push(connections);
      return runAt(connections, connections === 10_000 ? 56 : 30, 50);
    };
    const result = await ramp(documentedStages, 100, runStage, quiet);
    expect(ran).toEqual([8_000, 10_000, 7_000]);
    expect(result.failed).toEqual({ connections: 10_000, gate: 'cpu' });
    expect(result.rollback).toMatchObject({
      healthy: true,
      connections: 7_000,
      settings: {
        WS_MAX_CONNECTIONS: 7_000,
        WS_WORKER_POOL_SIZE: '192',
        WS_WORKER_QUEUE_SIZE: '19200',
        WS_MAX_GOROUTINES: '17500',
      },
    });
  });
});
