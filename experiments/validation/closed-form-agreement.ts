import { closedForm, resolveScenario, type ResolvedScenario, scenarioSchema } from '#core';
import { RandomStream, simulate } from '#sim';
import { loadProfiles } from '../profiles.ts';

/** How far a simulation of one steady load is from its closed form. */
export interface Agreement {
  readonly name: string;
  readonly cpuErrorPercent: number;
  readonly wireErrorPercent: number;
  readonly writesErrorPercent: number;
}

/** A pick from a list by a stream's next number. */
const pick = <T>(random: RandomStream, choices: readonly T[]): T =>
  choices[Math.min(choices.length - 1, Math.floor(random.nextUnit() * choices.length))];

const between = (random: RandomStream, low: number, high: number): number =>
  Math.round(low * Math.exp(random.nextUnit() * Math.log(high / low)));

/** Steady loads that a machine with cores and wire to spare carries: nothing saturates, stretches or drops. */
export function steadyScenario(seed: number): ResolvedScenario {
  const random = new RandomStream(seed, 'closed-form-agreement', 0);
  const channels = pick(random, [1, 1, 2, 5, 20, 100]);
  const shards = pick(random, [1, 1, 2, 4]);
  const connections = between(random, 50, 4_000);
  const subscriptionsPerClient = Math.max(1, Math.round(channels * pick(random, [1, 1, 0.5, 0.1])));
  // Few enough messages that no loop is busy, and enough that a run has many of them.
  const deliveriesMost = 40_000 * shards;
  const rateMost = Math.min(200, (deliveriesMost * channels) / (connections * subscriptionsPerClient));
  const ratePerSecond = Math.max(1, between(random, Math.max(1, rateMost / 30), Math.max(2, rateMost)));
  const arrivals = pick(random, ['regular', 'poisson'] as const);
  // Random arrivals need many messages before a mean of theirs means anything.
  const durationSeconds =
    arrivals === 'regular' ? 60 : Math.min(3_000, Math.max(60, Math.round(8_000 / ratePerSecond)));
  const scenario = scenarioSchema.parse({
    name: `closed form ${seed}`,
    machine: {
      name: 'roomy',
      vcpus: 16,
      cpuLimitCores: 16,
      memoryBytes: 64e9,
      memoryLimitBytes: 56e9,
      networkBitsPerSecond: 40e9,
      usdPerHour: null,
    },
    profile: 'node-measured',
    shards,
    workload: {
      connections,
      ratePerSecond,
      messageBytes: between(random, 100, 6_000),
      channels,
      subscriptionsPerClient,
      arrivals,
      durationSeconds,
      rampConnectionsPerSecond: 10_000,
    },
    settings: {
      WS_FLUSH_INTERVAL: pick(random, ['0s', '10ms', '50ms', '100ms', '100ms', '150ms']),
      WS_MAX_CONNECTIONS: connections,
      WS_MAX_GOROUTINES: 1_000_000,
      WS_MAX_NATS_RATE: 100_000,
      WS_MAX_BROADCAST_RATE: 100_000,
    },
    seed,
  });
  const resolution = resolveScenario(scenario, loadProfiles());
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.resolved;
}

/** Simulates a load and holds its closed form against what came out, at the rate that was really published. */
export function agreementOf(input: ResolvedScenario): Agreement {
  const { summary } = simulate(input, { scale: 'auto' });
  const form = closedForm(input, { ratePerSecond: summary.publishedPerSecond });
  const demand = (name: string): number => form.resources.find(({ resource }) => resource === name)?.demand ?? 0;
  const error = (predicted: number, found: number): number => (predicted / found - 1) * 100;
  const { connections, ratePerSecond, messageBytes, channels, subscriptionsPerClient, arrivals } =
    input.scenario.workload;
  return {
    name: `${connections} x ${ratePerSecond}, ${messageBytes} B, ${subscriptionsPerClient} of ${channels} channels, ${input.settings.flushIntervalNs / 1e6} ms, ${input.scenario.shards} shards, ${arrivals}`,
    cpuErrorPercent: error(demand('cpu'), summary.cpu.cores),
    wireErrorPercent: error(demand('network'), summary.network.wireBitsPerSecond),
    writesErrorPercent: error(form.writesPerSecond, summary.writesPerSecond),
  };
}
