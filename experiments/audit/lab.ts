import type { ResolvedScenario, RunReport } from '#core';
import { simulate } from '#sim';
import { loadScenario } from '../scenario-file.ts';
import { loadRecordedRuns } from '../validation/recorded-runs.ts';

export interface Variation {
  /** Real connections that one simulated connection stands for. */
  readonly scale?: number | 'auto';
  /** A change that no field of a scenario can express, and its name. */
  readonly name?: string;
  readonly change?: (resolved: ResolvedScenario) => ResolvedScenario;
}

/** Where evidence comes from: simulations and recorded runs, each done or read once, however many claims rest on it. */
export class Lab {
  #onProgress: (message: string) => void;
  #simulated = new Map<string, RunReport>();
  #recorded: ReadonlyMap<string, readonly RunReport[]> | null = null;

  constructor(onProgress: (message: string) => void = () => {}) {
    this.#onProgress = onProgress;
  }

  /** Simulates a scenario of `experiments/scenarios/`, as `predict` would, but with cohorts. */
  simulated(
    file: string,
    overrides: readonly string[],
    { scale = 'auto', name = '', change }: Variation = {},
  ): RunReport {
    const key = [file, ...overrides, name].join(' ').trim();
    const known = this.#simulated.get(key);
    if (known !== undefined) return known;
    this.#onProgress(`simulating ${key}`);
    const { resolved } = loadScenario(scenarioFile(file), overrides);
    const report = simulate(change === undefined ? resolved : change(resolved), { scale });
    this.#simulated.set(key, report);
    return report;
  }

  /** The recorded live runs of one load, by the scenario's name. @throws Error when there are none */
  recorded(name: string): readonly RunReport[] {
    this.#recorded ??= new Map(loadRecordedRuns().map(({ scenario, reports }) => [scenario.scenario.name, reports]));
    const reports = this.#recorded.get(name);
    if (reports === undefined) throw new Error(`experiments/runs: there is no run called ${name}`);
    return reports;
  }
}

const scenarioFile = (name: string): string => new URL(`../scenarios/${name}.yaml`, import.meta.url).pathname;
