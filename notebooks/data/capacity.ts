import { payloadBitsPerSecond, type Profile, type Scenario, scenarioSchema } from '#core';
import { simulate } from '#sim';
import { type HiredMachine, hiredMachines, loadInWords } from '../components/machine-costs.ts';
import { resolved } from './recorded.ts';

/** Latency at one load, simulated. */
export interface KneePoint {
  readonly load: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly drops: number;
}

export interface CapacityData {
  readonly profiles: readonly Profile[];
  /** Loads that the page starts from: as the document costs it, and this project's own server. */
  readonly scenarios: readonly Scenario[];
  /** What the first of them costs on each machine. */
  readonly costs: { readonly load: string; readonly machines: readonly HiredMachine[] };
  /** Latency against rate for each of them. */
  readonly knees: readonly { readonly name: string; readonly points: readonly KneePoint[] }[];
}

/** Parts of the rate that fills the network card with the scenario's connections, from idle to beyond it. */
const loadShares = [0.1, 0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1, 1.05, 1.1];

/** Simulates each scenario at rising rates, caps of the configuration out of the way. */
export function capacityData(scenarios: readonly Scenario[], profiles: readonly Profile[]): CapacityData {
  return {
    profiles,
    scenarios,
    costs: { load: loadInWords(scenarios[0]), machines: hiredMachines(scenarios[0], profiles) },
    knees: scenarios.map((scenario) => {
      const { machine } = resolved(scenario, profiles);
      const { connections, messageBytes } = scenario.workload;
      const full = (machine.networkBitsPerSecond ?? 0) / payloadBitsPerSecond(connections, messageBytes);
      const points = loadShares.map((share): KneePoint => {
        const ratePerSecond = Number((full * share).toFixed(1));
        const asked = scenarioSchema.parse({
          ...scenario,
          settings: { ...scenario.settings, WS_SLOW_CLIENT_POLICY: 'drop-oldest', ...noCaps },
          workload: { ...scenario.workload, ratePerSecond, durationSeconds: 15, warmUpSeconds: 5 },
        });
        const { latencyMs, drops } = simulate(resolved(asked, profiles), { scale: 'auto' }).summary;
        return { load: ratePerSecond, p50Ms: latencyMs.p50, p99Ms: latencyMs.p99, drops };
      });
      return { name: scenario.name, points };
    }),
  };
}

const noCaps = {
  WS_MAX_NATS_RATE: 1_000,
  WS_MAX_BROADCAST_RATE: 1_000,
  WS_CPU_REJECT_THRESHOLD: 100,
  WS_CPU_PAUSE_THRESHOLD: 100,
};
