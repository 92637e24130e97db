import fc from 'fast-check';
import { assert, slowClientPolicies, figuresOf, resolveScenario, type ResolvedScenario, scenarioSchema } from '#core';
import { simulate } from '#sim';
import { loadProfiles } from '../profiles.ts';

/** A figure of the scale model beside the exact twin's. */
export interface Agreement {
  readonly scenario: string;
  readonly path: string;
  readonly exact: number;
  readonly cohort: number;
  /** |cohort - exact| / exact in percent. */
  readonly differencePercent: number;
}

export interface AgreementOptions {
  readonly scenarios: number;
  readonly seed: number;
  readonly connections: readonly number[];
  readonly durationSeconds: number;
}

/** The scale model is held to this on every figure. */
export const agreementTargetPercent = 1;
/** Counts below this are left out, and `max` is (amendment 6 of the project's plan): a single connection shows in them. */
const countLeast = 10_000;

const profiles = loadProfiles();

/** Random scenarios, the same for the same options: load, coalescing, machine, policy, links and clients that stall. */
export function randomScenarios({
  scenarios,
  seed,
  connections,
  durationSeconds,
}: AgreementOptions): ResolvedScenario[] {
  const generator = fc.record({
    connections: fc.constantFrom(...connections),
    ratePerSecond: fc.constantFrom(5, 10, 25, 40),
    arrivals: fc.constantFrom('regular', 'poisson'),
    messageBytes: fc.constantFrom(150, 500, 2_000),
    channels: fc.constantFrom([1, 1], [4, 4], [10, 2]),
    shards: fc.constantFrom(1, 2),
    flush: fc.constantFrom('0s', '20ms', '50ms', '100ms'),
    policy: fc.constantFrom(...slowClientPolicies),
    stalledShare: fc.constantFrom(0, 0, 0.05, 0.1),
    link: fc.constantFrom(null, null, 20_000_000),
    roundTripMs: fc.constantFrom(0, 40),
    profile: fc.constantFrom('node-measured', 'go-documented'),
    scenarioSeed: fc.nat(1_000),
  });
  return fc.sample(generator, { numRuns: scenarios, seed }).map((given) => {
    const [channels, subscriptionsPerClient] = given.channels;
    const resolution = resolveScenario(
      scenarioSchema.parse({
        name: `${given.connections} x ${given.ratePerSecond} ${given.arrivals}, ${given.messageBytes} B, ${given.channels.join('/')} channels, ${given.shards} shards, flush ${given.flush}, ${given.policy}, ${given.stalledShare} stalled, link ${given.link}, ${given.profile}`,
        profile: given.profile,
        shards: given.shards,
        seed: given.scenarioSeed,
        settings: {
          WS_FLUSH_INTERVAL: given.flush,
          WS_SLOW_CLIENT_POLICY: given.policy,
          WS_SEND_BUFFER_SLOTS: 64,
        },
        workload: {
          connections: given.connections,
          ratePerSecond: given.ratePerSecond,
          arrivals: given.arrivals,
          messageBytes: given.messageBytes,
          channels,
          subscriptionsPerClient,
          durationSeconds,
          warmUpSeconds: durationSeconds / 4,
          client: {
            stalledShare: given.stalledShare,
            linkBitsPerSecond: given.link,
            roundTripMs: given.roundTripMs,
          },
        },
      }),
      profiles,
    );
    assert(resolution.ok, 'the generator makes valid scenarios only');
    return resolution.resolved;
  });
}

/**
 * Every summary figure of the scale model against the exact twin.
 * @param scaled what the scale model is made of; something else than `input` to show that a difference is seen
 */
export function agreementOf(input: ResolvedScenario, scaled: ResolvedScenario = input): Agreement[] {
  const exact = figuresOf(simulate(input));
  const cohort = figuresOf(simulate(scaled, { scale: 'auto' }));
  return Object.entries(exact).flatMap(([path, value]) => {
    const isCount = /drops$|naks$|count$|accepted$|open$/.test(path);
    if (path.endsWith('.max') || (isCount && value < countLeast && cohort[path] < countLeast)) return [];
    const difference = Math.abs(cohort[path] - value);
    const differencePercent = difference === 0 ? 0 : (difference / value) * 100;
    return [{ scenario: input.scenario.name, path, exact: value, cohort: cohort[path], differencePercent }];
  });
}
