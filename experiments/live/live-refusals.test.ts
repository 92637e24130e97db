import { describe, expect, it } from 'vitest';
import { goDocumented, resolveScenario, type ResolvedScenario, scenarioSchema } from '#core';
import { liveRefusals } from './live-refusals.ts';

function resolved(given: Record<string, unknown>): ResolvedScenario {
  const resolution = resolveScenario(scenarioSchema.parse({ machine: 'loopback-2', ...given }), [goDocumented]);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.resolved;
}
const refused = (given: Record<string, unknown>): string[] => liveRefusals(resolved(given)).map(({ path }) => path);

describe('liveRefusals', () => {
  it('accepts what the live driver does itself: a mix of sizes, popular channels, a day curve, repeated bursts', () => {
    const workload = {
      channels: 20,
      subscriptionsPerClient: 3,
      popularity: { messages: { zipf: 1 }, subscriptions: { zipf: 1 } },
      messageBytes: {
        values: [
          { bytes: 300, share: 0.9 },
          { bytes: 4_000, share: 0.1 },
        ],
      },
      rateCurve: [
        { atSeconds: 0, factor: 0.5 },
        { atSeconds: 20, factor: 2 },
      ],
    };
    const faults = [{ kind: 'rate-burst', atSeconds: 5, durationSeconds: 1, factor: 3, everySeconds: 10 }];
    expect(refused({ workload, faults })).toEqual([]);
  });

  it('names every field that cannot be run, and what to do', () => {
    const issues = liveRefusals(
      resolved({
        workload: {
          churnPerHour: 0.3,
          clientGroups: [{ name: 'mobile', share: 1, roundTripMs: 80 }],
          messageBytes: {
            values: [
              { bytes: 100, share: 0.5 },
              { bytes: 900, share: 0.5 },
            ],
          },
          channels: 100_000,
        },
        faults: [
          { kind: 'server-restart', atSeconds: 10, downSeconds: 5 },
          { kind: 'bus-outage', atSeconds: 1, durationSeconds: 1 },
        ],
        fleet: null,
      }),
      { drills: [{ kind: 'bus-kill', atSeconds: 1, durationSeconds: 1 }] },
    );
    expect(issues.map(({ path }) => path)).toEqual([
      'workload.messageBytes',
      'workload.clientGroups',
      'workload.churnPerHour',
      'faults.0.kind',
      'faults.1.kind',
      '--drill',
    ]);
    expect(issues.every(({ accepted, message }) => accepted !== '' && message.includes('live run'))).toBe(true);
    expect(issues[3].accepted).toContain('--drill server-restart@10');
  });
});
