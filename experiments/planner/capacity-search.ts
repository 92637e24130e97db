import {
  closedForm,
  firstLimit,
  type Held,
  isCap,
  largestHeld,
  type ResolvedScenario,
  type ResourceUse,
  shareOfUsable,
  type Transfer,
  withCostFactor,
} from '#core';
import type { Objectives, Reason } from './objectives.ts';
import { type Load, sized, sizedValues, withLoad } from './sizing.ts';
import { grainOf, roundedDown, secondsOfProof, secondsOfStep, type SustainedTest, sustains } from './sustained.ts';

export interface CapacityOptions {
  readonly find: keyof Load;
  readonly objectives: Objectives;
  /** Runs of a step's length at the answer, each with random numbers of its own. */
  readonly replications: number;
  /** Share of these that must hold; null: they only tell how sure the answer is. */
  readonly confidence: number | null;
  /** Caps that are settings grow with the load (`sized`) instead of staying as they are. */
  readonly sizeSettings: boolean;
  /** Simulations at the most; `simulationsMaxDefault` unless given. */
  readonly simulationsMax?: number;
  /** Length of the final test of a steady scenario; half an hour unless given. */
  readonly proofSeconds?: number;
  readonly onProgress?: (progress: CapacityProgress) => void;
}

export interface CapacityProgress {
  readonly load: number;
  readonly seconds: number;
  readonly simulations: number;
  readonly simulationsMax: number;
}

/** A load and what its test found. */
export interface Probe extends SustainedTest {
  readonly load: number;
}

/** Loads by closed form, in whole grains. */
export interface LoadRange {
  readonly low: number;
  readonly high: number;
}

export interface CapacityAnswer {
  readonly find: keyof Load;
  /** The largest load that holds; 0 when none does. */
  readonly load: number;
  /** Distance from the answer to the next larger load that was tried, which does not hold. */
  readonly grain: number;
  /** The same at the fast and the slow end of the profile's transfer: scaled by the closed form's own loads there. */
  readonly range: LoadRange;
  readonly transfer: Transfer;
  /** What an operator sets for the answer: `--set` of `predict`, by field path. */
  readonly settings: Readonly<Record<string, number>>;
  /** By closed form, each limit alone: with the caps as they are set, and what the machine itself carries. */
  readonly closedForm: Held;
  /** The long run at the answer, one grain above it, and 5 % above it. */
  readonly at: Probe | null;
  readonly above: Probe;
  readonly wellAbove: Probe;
  /** Replications at the answer that held, of how many. */
  readonly held: { readonly runs: number; readonly of: number };
  /** Demands at the answer, by closed form. */
  readonly resources: readonly ResourceUse[];
  /** The longest bars at the answer. */
  readonly firstLimit: ResourceUse['resource'];
  readonly secondLimit: ResourceUse['resource'] | null;
  /** What does not hold just above. */
  readonly missedAbove: readonly Reason[];
  readonly simulations: number;
  readonly simulationsMax: number;
  /** Whether the budget ended the search: the answer holds, but a larger load may too. */
  readonly budgetSpent: boolean;
}

/** With the answer's long runs the search stays within 45 s on two cores. */
export const simulationsMaxDefault = 40;
/** Long runs that are tried downwards before the search gives up. */
const proofsMax = 6;
/** No scenario accepts more of either. */
const loadMost = 1_000_000;
/** Shares of the closed form's load that are tried while nothing holds. */
const shrinkBy = [0.97, 0.9, 0.75, 0.5, 0.25] as const;
const smallest = { connections: 1, ratePerSecond: 0.001 } as const;

/**
 * The largest load that is sustained. The closed form gives the upper end, where a resource is full; simulations of a minute
 * bisect below it, and runs of half an hour (or of the scenario's own time, with its faults) decide. Where these refute the
 * answer it steps down, where they pass 5 % above it it steps up.
 */
export function findCapacity(input: ResolvedScenario, options: CapacityOptions): CapacityAnswer {
  return new CapacitySearch(input, options).run();
}

class CapacitySearch {
  #input: ResolvedScenario;
  #options: CapacityOptions;
  #simulationsMax: number;
  #simulations = 0;
  #tests = new Map<string, Probe>();

  constructor(input: ResolvedScenario, options: CapacityOptions) {
    this.#input = input;
    this.#options = options;
    this.#simulationsMax = options.simulationsMax ?? simulationsMaxDefault;
  }

  run(): CapacityAnswer {
    const { find } = this.#options;
    const held = largestHeld(this.#input, find);
    const expected = this.#options.sizeSettings ? held.byMachine : held.asSet;
    // A cap is met exactly; what a resource gives is round.
    const ceiling = Math.min(
      loadMost,
      isCap(expected.limit) ? expected.load : Math.max(smallest[find], roundedDown(expected.load, find)),
    );
    let answer = this.#searched(ceiling);
    for (let down = 0; answer > 0 && !this.#isProven(answer); down += 1) {
      // Half a percent, then ever larger steps.
      answer = down < proofsMax && !this.#isSpent() ? this.#below(answer, 0.005 * 2 ** down) : 0;
    }
    answer = this.#raised(answer, ceiling);
    return this.#answer(answer, held);
  }

  /** By short runs: the largest load that holds for a minute. */
  #searched(ceiling: number): number {
    const { find } = this.#options;
    let above = ceiling;
    let below = 0;
    if (ceiling > 0 && this.#step(ceiling).holds) return ceiling;
    for (const share of [...shrinkBy, 0.1, 0.03, 0.01, 0.001]) {
      const guess = roundedDown(ceiling * share, find);
      if (guess < smallest[find] || guess >= above) continue;
      if (this.#isSpent()) return 0;
      if (this.#step(guess).holds) {
        below = guess;
        break;
      }
      above = guess;
    }
    if (below === 0 && above > smallest[find] && this.#step(smallest[find]).holds) below = smallest[find];
    while (below > 0) {
      const middle = roundedDown((below + above) / 2, find);
      if (middle <= below || middle >= above) break;
      if (this.#isSpent()) break;
      if (this.#step(middle).holds) below = middle;
      else above = middle;
    }
    return below;
  }

  /** A longer run may pass where a short one did not: then the answer is too small by a grain, or by 5 %. */
  #raised(answer: number, ceiling: number): number {
    let raised = answer;
    for (let up = 0; answer > 0 && up < proofsMax && raised < ceiling && !this.#isSpent(); up += 1) {
      const higher = [this.#wellAbove(raised), this.#above(raised)]
        .map((load) => Math.min(ceiling, load))
        .find((load) => load > raised && this.#isProven(load));
      if (higher === undefined) break;
      raised = higher;
    }
    return raised;
  }

  #answer(load: number, held: Held): CapacityAnswer {
    const { find, sizeSettings, replications } = this.#options;
    const at = load > 0 ? this.#proof(load) : null;
    const above = this.#weaker(load > 0 ? this.#above(load) : smallest[find]);
    const wellAbove = load > 0 ? this.#wellAboveProbe(load) : above;
    const resources = closedForm(this.#at(Math.max(load, smallest[find]))).resources;
    const counted = sizeSettings ? resources.filter(({ resource }) => !isCap(resource)) : resources;
    // Just above the answer, so that a cap that is exactly full is the limit.
    const ranked = firstLimit(
      closedForm(this.#at(above.load)).resources.filter((use) => !sizeSettings || !isCap(use.resource)),
    );
    return {
      find,
      load,
      grain: Number((above.load - load).toPrecision(12)),
      range: this.#range(load, held),
      transfer: this.#input.transfer,
      settings: this.#settingsFor(load),
      closedForm: held,
      at,
      above,
      wellAbove,
      held: { runs: load > 0 ? this.#heldRuns(load) : 0, of: replications },
      resources: counted.toSorted((left, right) => shareOfUsable(right) - shareOfUsable(left)),
      firstLimit: ranked.first.resource,
      secondLimit: ranked.second?.resource ?? null,
      missedAbove: above.holds ? wellAbove.reasons : above.reasons,
      simulations: this.#simulations,
      simulationsMax: this.#simulationsMax,
      budgetSpent: this.#isSpent(),
    };
  }

  /** The answer times what the closed form holds at either end of the transfer, over what it holds in the middle. */
  #range(load: number, held: Held): LoadRange {
    const { find, sizeSettings } = this.#options;
    const loadOf = ({ asSet, byMachine }: Held): number => (sizeSettings ? byMachine : asSet).load;
    const { low, high } = this.#input.transfer;
    const scaled = (factor: number): number => {
      const share = loadOf(largestHeld(withCostFactor(this.#input, factor), find)) / loadOf(held);
      return Number.isFinite(share) ? roundedDown(Math.min(loadMost, load * share), find) : load;
    };
    return { low: Math.min(load, scaled(high)), high: Math.max(load, scaled(low)) };
  }

  #settingsFor(load: number): Record<string, number> {
    const { find, sizeSettings } = this.#options;
    const own = { [`workload.${find}`]: load };
    if (!sizeSettings || load === 0) return own;
    const { workload } = withLoad(this.#input, { [find]: load }).scenario;
    const values = Object.entries(sizedValues(workload, this.#input.settings));
    return { ...own, ...Object.fromEntries(values.map(([variable, value]) => [`settings.${variable}`, value])) };
  }

  #above(load: number): number {
    const { find } = this.#options;
    return Number((load + grainOf(load, find)).toPrecision(12));
  }

  /** 5 % more, rounded so that it is at least that. */
  #wellAbove(load: number): number {
    const { find } = this.#options;
    const more = load * 1.05;
    const rounded = roundedDown(more, find);
    return rounded >= more ? rounded : Number((rounded + grainOf(more, find)).toPrecision(12));
  }

  #below(load: number, share: number): number {
    const { find } = this.#options;
    const less = roundedDown(load * (1 - share), find);
    if (less < load) return less;
    const under = Number((load - grainOf(load, find)).toPrecision(12));
    return under < smallest[find] ? 0 : under;
  }

  #at(load: number): ResolvedScenario {
    const varied = withLoad(this.#input, { [this.#options.find]: load });
    return this.#options.sizeSettings ? sized(varied) : varied;
  }

  #isSpent(): boolean {
    return this.#simulations >= this.#simulationsMax;
  }

  #step(load: number): Probe {
    return this.#test(load, secondsOfStep(this.#input));
  }

  /** A scenario with faults at its own length; half an hour of a steady one. */
  #proof(load: number): Probe {
    const { proofSeconds } = this.#options;
    return this.#test(load, secondsOfProof(this.#input, proofSeconds));
  }

  /** The run that decides a load: the short one where it already fails. */
  #weaker(load: number): Probe {
    const short = this.#step(load);
    return short.holds ? this.#proof(load) : short;
  }

  /** By its long run, unless that is the one that holds. */
  #wellAboveProbe(load: number): Probe {
    const long = this.#proof(this.#wellAbove(load));
    return long.holds ? this.#step(long.load) : long;
  }

  #isProven(load: number): boolean {
    const { replications, confidence } = this.#options;
    if (!this.#weaker(load).holds) return false;
    return confidence === null || this.#heldRuns(load) >= confidence * replications;
  }

  #heldRuns(load: number): number {
    const { replications } = this.#options;
    let runs = 0;
    for (let replication = 0; replication < replications; replication += 1) {
      if (this.#test(load, secondsOfStep(this.#input), replication).holds) runs += 1;
    }
    return runs;
  }

  /** Every test once: the same load and length give the same outcome. */
  #test(load: number, seconds: number, replication = 0): Probe {
    const key = `${load}/${seconds}/${replication}`;
    const known = this.#tests.get(key);
    if (known !== undefined) return known;
    const input = this.#at(load);
    const { scenario } = input;
    const seeded = { ...input, scenario: { ...scenario, seed: scenario.seed + replication } };
    this.#options.onProgress?.({
      load,
      seconds,
      simulations: this.#simulations,
      simulationsMax: this.#simulationsMax,
    });
    const tested = { load, ...sustains(seeded, seconds, this.#options.objectives) };
    if (tested.summary !== null) this.#simulations += 1;
    this.#tests.set(key, tested);
    return tested;
  }
}
