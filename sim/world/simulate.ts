import { assert, type ResolvedScenario, type RunReport } from '#core';
import { scaleOf } from '../cohort.ts';
import type { ServerAccount } from './client-accounts.ts';
import type { SimulateOptions } from './simulate-options.ts';
import { Twin } from './twin.ts';

/**
 * Simulates a scenario and reports what the modelled machine would show: the twin of `experiments/live`.
 *
 * Core's `Intake` and `Shard` run unchanged. The same scenario gives the same report, to the byte, on every engine.
 */
export function simulate(input: ResolvedScenario, options: SimulateOptions = {}): RunReport {
  return twinOf(input, options).run();
}

/**
 * The same, with an account of every message for every client, in the model's own deliveries: for fleets, whose clients
 * subscribe to everything.
 */
export function simulateServer(
  input: ResolvedScenario,
  options: SimulateOptions = {},
): { readonly report: RunReport; readonly account: ServerAccount } {
  const twin = twinOf(input, options);
  const report = twin.run();
  return { report, account: twin.account() };
}

function twinOf(input: ResolvedScenario, { scale = 1, replication = 0, onProgress }: SimulateOptions): Twin {
  assert(input.scenario.fleet === null, 'a fleet takes simulateFleet, as predict does; here: one server');
  const chosen = scale === 'auto' ? scaleOf(input) : scale;
  return new Twin(input, chosen, replication, onProgress ?? null);
}
