import { closedForm, firstLimit, largestLoad, type ResolvedScenario, type ResourceUse, type Summary } from '#core';
import { simulate } from '#sim';
import type { ThresholdOutcome } from '../results/thresholds.ts';
import { judge, type Objectives } from './objectives.ts';
import { type Load, sized, withLoad } from './sizing.ts';

export interface CapacityOptions {
  readonly find: keyof Load;
  readonly objectives: Objectives;
  /** Runs at the answer and at its neighbours, each with its own random numbers. */
  readonly replications: number;
  /** Share of the runs that must meet the objectives at the answer. */
  readonly confidence: number;
  /** Distance of the neighbours, and width at which the search ends, as a share of the load. */
  readonly precision: number;
  /** Settings grow with the load (`sized`) instead of staying as they are. */
  readonly sizeSettings: boolean;
  readonly onProgress?: (message: string) => void;
}

/** What was found at one load. */
export interface Probe {
  readonly load: number;
  /** Share of the replications that met all objectives. */
  readonly metShare: number;
  readonly replications: number;
  /** Objectives that the first replication missed. */
  readonly missed: readonly ThresholdOutcome[];
  readonly summary: Summary;
}

export interface CapacityAnswer {
  readonly find: keyof Load;
  /** The largest load that meets the objectives; 0 when none does. */
  readonly load: number;
  /** What the closed forms expect for each resource alone; null is without limit. */
  readonly closedForm: Readonly<Record<ResourceUse['resource'], number | null>>;
  /** Just below, at and just above the answer. */
  readonly below: Probe | null;
  readonly at: Probe | null;
  readonly above: Probe;
  /** What breaks first and next, by demand over limit at the answer; and what was missed just above it. */
  readonly firstLimit: string;
  readonly secondLimit: string;
  readonly missedAbove: readonly string[];
  readonly simulations: number;
}

/** A steady load tells all in this time; longer scenarios are cut for the search. */
const secondsMost = 25;
const warmUpSeconds = 5;
/** Simulated connections that a scale model keeps. */
const connectionsKept = 600;
/** No scenario accepts more. */
const loadMost = 1_000_000;
const resources: readonly ResourceUse['resource'][] = ['cpu', 'memory', 'network', 'connections', 'tasks'];

/**
 * The largest load that meets the objectives. Closed forms give the bracket, simulation decides: bisection, then
 * replications at the answer and at both neighbours. Assumes that a larger load does not do better.
 */
export function findCapacity(input: ResolvedScenario, options: CapacityOptions): CapacityAnswer {
  return new CapacitySearch(input, options).run();
}

class CapacitySearch {
  #input: ResolvedScenario;
  #options: CapacityOptions;
  #simulations = 0;

  constructor(input: ResolvedScenario, options: CapacityOptions) {
    const { workload } = input.scenario;
    const durationSeconds = Math.min(workload.durationSeconds, secondsMost);
    const warmUp = Math.min(warmUpSeconds, durationSeconds / 2);
    this.#options = options;
    const shorter = { ...workload, durationSeconds, warmUpSeconds: warmUp };
    this.#input = { ...input, scenario: { ...input.scenario, workload: shorter } };
  }

  run(): CapacityAnswer {
    const { find, precision, replications, confidence } = this.#options;
    const byClosedForm = this.#closedForm();
    const finite = Object.values(byClosedForm).filter((load) => load !== null);
    const expected = this.#rounded(Math.max(this.#grain(1), Math.min(loadMost, ...finite)));
    let below = 0;
    let above = expected + this.#grain(expected);
    while (above < loadMost && this.#meets(above)) {
      below = above;
      above = Math.min(loadMost, this.#rounded(above * 1.25) + this.#grain(above));
    }
    let guess = expected;
    while (below === 0 && guess >= this.#grain(1)) {
      if (this.#meets(guess)) below = guess;
      else {
        above = guess;
        // Mostly the objectives take a little less than the resource gives; then ever larger steps.
        guess = this.#rounded(guess * (guess === expected ? 0.9 : 0.6));
        if (guess === above) break;
      }
    }
    while (below > 0 && above - below > this.#grain(below)) {
      const middle = this.#rounded((below + above) / 2);
      if (middle <= below || middle >= above) break;
      if (this.#meets(middle)) below = middle;
      else above = middle;
    }
    let at = below > 0 ? this.#probe(below, replications) : null;
    while (at !== null && at.metShare < confidence && at.load > this.#grain(at.load)) {
      at = this.#probe(this.#rounded(at.load * (1 - precision)), replications);
    }
    const load = at?.load ?? 0;
    const over = this.#probe(at === null ? above : load + this.#grain(load), replications);
    // Just above, so that a cap of connections that is exactly full counts.
    const ranked = firstLimit(
      closedForm(this.#at(over.load)).resources.filter(({ resource }) => this.#counts(resource)),
    );
    return {
      find,
      load,
      closedForm: byClosedForm,
      below: load > this.#grain(load) ? this.#probe(load - this.#grain(load), replications) : null,
      at,
      above: over,
      firstLimit: ranked.first.resource,
      secondLimit: ranked.second?.resource ?? 'none',
      missedAbove: over.missed.map(({ threshold }) => threshold),
      simulations: this.#simulations,
    };
  }

  /** Distance that counts as the same load. */
  #grain(load: number): number {
    const width = load * this.#options.precision;
    return this.#options.find === 'connections' ? Math.max(1, Math.round(width)) : Math.max(0.001, width);
  }

  #rounded(load: number): number {
    return this.#options.find === 'connections' ? Math.floor(load) : Math.round(load * 1_000) / 1_000;
  }

  #closedForm(): CapacityAnswer['closedForm'] {
    const { find } = this.#options;
    const limit = (resource: ResourceUse['resource']): number | null => {
      if (!this.#counts(resource)) return null;
      const load = largestLoad(this.#input, find, resource);
      return load === Infinity ? null : load;
    };
    return Object.fromEntries(resources.map((resource) => [resource, limit(resource)])) as CapacityAnswer['closedForm'];
  }

  /** Caps that grow with the load limit nothing. */
  #counts(resource: ResourceUse['resource']): boolean {
    return !this.#options.sizeSettings || (resource !== 'connections' && resource !== 'tasks');
  }

  #at(load: number): ResolvedScenario {
    const varied = withLoad(this.#input, { [this.#options.find]: load });
    return this.#options.sizeSettings ? sized(varied) : varied;
  }

  #meets(load: number): boolean {
    return this.#probe(load, 1).missed.length === 0;
  }

  #probe(load: number, replications: number): Probe {
    this.#options.onProgress?.(`${this.#options.find} ${load}`);
    const input = this.#at(load);
    const { scenario } = input;
    const outcomes = Array.from({ length: replications }, (_, replication) => {
      this.#simulations += 1;
      const seeded = { ...input, scenario: { ...scenario, seed: scenario.seed + replication } };
      const { summary } = simulate(seeded, { scale: scaleFor(scenario.workload.connections) });
      return { summary, missed: judge(this.#options.objectives, summary).filter(({ passed }) => !passed) };
    });
    const met = outcomes.filter(({ missed }) => missed.length === 0).length;
    return { load, metShare: met / replications, replications, ...outcomes[0] };
  }
}

/** A scale that need not be whole, so that a search can look at any number of connections. */
export const scaleFor = (connections: number): number =>
  connections <= connectionsKept ? 1 : connections / connectionsKept;
