import {
  closedForm,
  diskUsdPerMonth,
  limitingResources,
  type MachineOffer,
  machineOffers,
  type ResolvedScenario,
  shareOfUsable,
} from '#core';
import {
  type Candidate,
  candidateOf,
  drainMsOf,
  egressUsdOf,
  type End,
  fewestServers,
  intervalsFor,
  longestWayMs,
  objectivesFor,
  offersFor,
  refutedByClosedForm,
  serverScenario,
} from './candidates.ts';
import { connectionsWithGrowth, type Need } from './need.ts';
import type { Reason } from './objectives.ts';
import { isSteady, secondsOfStep, simulated, type SustainedTest, sustains } from './sustained.ts';

/** What the tests of one server of a candidate found, at the ends of the profile's transfer and in its middle. */
export interface Verification {
  readonly flushIntervalMs: number;
  readonly low: SustainedTest;
  readonly middle: SustainedTest;
  readonly high: SustainedTest;
}

/** A candidate that was simulated, and what it takes. */
export interface Recommendation {
  readonly candidate: Candidate;
  readonly verification: Verification;
  /** `sure` holds at both ends of the transfer, `likely` in its middle, not at its slow end. */
  readonly certainty: 'sure' | 'likely';
  /** Of the whole need, a month, beside compute. */
  readonly egressUsdPerMonth: number;
  readonly diskUsdPerMonth: number;
  /** Of one server, for `predict`: fields of a scenario. */
  readonly scenario: Readonly<Record<string, unknown>>;
}

/** A machine that was not taken, each once. */
export interface Alternative {
  readonly machine: string;
  readonly servers: number;
  readonly usd: number;
  /** `dearer` passes the closed form for more money; the others cost less and do not hold. */
  readonly kind: 'does not hold' | 'dearer' | 'too few servers';
  readonly reasons: readonly Reason[];
  /** The largest share of what may be used of a resource at the fast and the slow end; what is nearest to holding is listed first. */
  readonly share: { readonly low: number; readonly high: number } | null;
  readonly basis: 'closed form' | 'simulation';
}

export interface Advice {
  readonly need: Omit<Need, 'base'> & {
    readonly profile: string;
    readonly arrivals: 'regular' | 'poisson';
    readonly roundTripMs: number;
  };
  /** The cheapest that holds at both ends, within the budget; null where there is none. */
  readonly chosen: Recommendation | null;
  /** The next cheapest machine that does, verified too. */
  readonly nextBest: Recommendation | null;
  /** The cheapest that holds in the middle alone, where it costs less than what holds for sure, and is within the budget. */
  readonly likely: Recommendation | null;
  /** The cheapest that holds at both ends where the budget does not reach it, and how much is missing. */
  readonly overBudget: (Recommendation & { readonly usdMissing: number }) | null;
  /** What no machine on the list helps against: the clients' way, their links, the interval that was asked for. */
  readonly hopeless: readonly Reason[];
  readonly alternatives: readonly Alternative[];
  readonly simulations: number;
  readonly budgetSpent: boolean;
}

export interface AdviseOptions {
  readonly onProgress?: (progress: AdviseProgress) => void;
  readonly simulationsMax?: number;
  /** Length of the long run of what is recommended; five minutes unless given. */
  readonly proofSeconds?: number;
}

export interface AdviseProgress {
  readonly message: string;
  readonly simulations: number;
  readonly simulationsMax: number;
}

const simulationsMaxDefault = 40;
/** The long run of what is recommended, at the slow end: the steadiest queue there still grows where any does. */
const proofSecondsDefault = 300;
/** Numbers of servers that are tried for one machine. */
const sizesTried = 8;
const likelyTried = 6;
/** Clients of a server that is all but idle. */
const idleConnections = 50;

/**
 * The cheapest machine, or fleet of one kind, that holds the need at both ends of the profile's transfer. For each machine
 * the closed form gives the fewest servers; simulation decides from the cheapest up, and where it refutes n servers, n + 1
 * take their place. Cost never falls with a need: the closed form's demands do not, and neither do p99 and queues at a
 * flush interval that does not stretch.
 */
export function advise(need: Need, options: AdviseOptions = {}): Advice {
  return new Adviser(need, options).run();
}

class Adviser {
  #need: Need;
  #options: AdviseOptions;
  #simulationsMax: number;
  #proofSeconds: number;
  #simulations = 0;
  #refuted = new Map<string, { readonly candidate: Candidate; readonly reasons: readonly Reason[] }>();

  constructor(need: Need, options: AdviseOptions) {
    this.#need = need;
    this.#options = options;
    this.#simulationsMax = options.simulationsMax ?? simulationsMaxDefault;
    this.#proofSeconds = options.proofSeconds ?? proofSecondsDefault;
  }

  run(): Advice {
    const need = this.#need;
    const offers = offersFor(need);
    const hopeless = this.#hopeless();
    const sure = hopeless.length > 0 ? [] : this.#cheapest(offers, 'high', 2);
    const [first, second] = sure;
    const affordable = ({ candidate }: Recommendation): boolean =>
      need.budgetUsd === null || candidate.rankedUsd <= need.budgetUsd;
    const chosen = first !== undefined && affordable(first) ? first : null;
    const [likely] = hopeless.length > 0 ? [] : this.#cheapest(offers, 'middle', 1, first?.candidate.rankedUsd);
    const { base: _, ...asked } = need;
    return {
      need: {
        ...asked,
        profile: need.base.measuredProfile.name,
        arrivals: need.base.scenario.workload.arrivals,
        roundTripMs: longestWayMs(need.base) * 2,
      },
      chosen,
      nextBest: chosen !== null && second !== undefined && affordable(second) ? second : null,
      likely: likely !== undefined && affordable(likely) ? likely : null,
      overBudget:
        chosen === null && first !== undefined
          ? { ...first, usdMissing: first.candidate.rankedUsd - (need.budgetUsd ?? 0) }
          : null,
      hopeless,
      alternatives: this.#alternatives(
        offers,
        [first, second, likely].filter((one) => one !== undefined),
      ),
      simulations: this.#simulations,
      budgetSpent: this.#simulations >= this.#simulationsMax,
    };
  }

  /** What even a fast server that is all but idle misses. */
  #hopeless(): Reason[] {
    const need = this.#need;
    const intervals = intervalsFor(need);
    const wayMs = longestWayMs(need.base);
    if (intervals.length === 0) {
      return [
        {
          what: 'p99 latency',
          found: `${wayMs} ms on the way to the clients alone, half of their round trip`,
          accepted: `below ${need.p99Ms} ms`,
          sinceSeconds: null,
        },
      ];
    }
    const fastest = machineOffers.reduce((best, one) => (one.coremarkPerVcpu > best.coremarkPerVcpu ? one : best));
    const connectionsPerServer = Math.min(idleConnections, connectionsWithGrowth(need));
    let reasons: readonly Reason[] = [];
    for (const intervalMs of [intervals[0], Math.min(...intervals)]) {
      const input = serverScenario(need, fastest, connectionsPerServer, { intervalMs, end: 'low' });
      const tested = this.#count(`${connectionsPerServer} clients on ${fastest.machine.name}, ${intervalMs} ms`, () =>
        sustains(input, secondsOfStep(input), objectivesFor(need)),
      );
      if (tested.holds) return [];
      reasons = tested.reasons;
    }
    return [...reasons];
  }

  /** The `wanted` cheapest machines that hold at an end, each in its smallest number. */
  #cheapest(
    offers: readonly MachineOffer[],
    end: 'high' | 'middle',
    wanted: number,
    belowUsd = Infinity,
  ): Recommendation[] {
    const need = this.#need;
    const found: Recommendation[] = [];
    const queue = offers.flatMap((offer) => {
      const servers = fewestServers(need, offer, end);
      return servers === null ? [] : [{ candidate: candidateOf(need, offer, servers), tries: 1 }];
    });
    let tries = 0;
    while (queue.length > 0 && found.length < wanted && this.#simulations < this.#simulationsMax) {
      queue.sort(
        (left, right) =>
          left.candidate.rankedUsd - right.candidate.rankedUsd || left.candidate.servers - right.candidate.servers,
      );
      const entry = queue.shift();
      if (entry === undefined || entry.candidate.rankedUsd >= belowUsd) break;
      tries += 1;
      if (end === 'middle' && tries > likelyTried) break;
      // The first is the answer, and is tested for long.
      const recommended = this.#tried(entry.candidate, end, end === 'high' && found.length === 0);
      if (recommended !== null) {
        found.push(recommended);
        continue;
      }
      const { offer, servers } = entry.candidate;
      if (entry.tries < sizesTried && servers < need.serversMost) {
        // At many servers one more changes little.
        const more = Math.min(need.serversMost, servers + Math.max(1, Math.round(servers * 0.05)));
        queue.push({ candidate: candidateOf(need, offer, more), tries: entry.tries + 1 });
      }
    }
    return found;
  }

  /** Simulates a candidate at an end, at the intervals that may do; null where none does. */
  #tried(candidate: Candidate, end: 'high' | 'middle', forLong: boolean): Recommendation | null {
    let reasons: readonly Reason[] = [];
    for (const intervalMs of this.#intervals(candidate, end)) {
      const short = this.#test(candidate, intervalMs, end);
      const test = short.holds && forLong ? this.#test(candidate, intervalMs, end, this.#proofSeconds) : short;
      if (test.holds) {
        const verification = this.#verification(candidate, intervalMs, end, test);
        if (end === 'middle' || verification.low.holds) return this.#recommendation(candidate, verification, end);
        reasons = verification.low.reasons;
      } else reasons = test.reasons;
      // A shorter interval only helps against latency.
      if (reasons.some(({ what }) => !what.startsWith('latencyMs'))) break;
    }
    const known = this.#refuted.get(candidate.offer.machine.name);
    if (end === 'high' || known === undefined) {
      this.#refuted.set(candidate.offer.machine.name, { candidate, reasons });
    }
    return null;
  }

  /**
   * The longest intervals that may do, those that leave room for a broadcast's own time, and the shortest: of what the closed
   * form allows. A longer one is not always worse: it merges messages that come close together.
   */
  #intervals(candidate: Candidate, end: End): number[] {
    const need = this.#need;
    const allowed = intervalsFor(need).filter(
      (intervalMs) => refutedByClosedForm(need, candidate, { intervalMs, end }).length === 0,
    );
    if (allowed.length === 0) return [];
    const { offer, connectionsPerServer } = candidate;
    const drainMs = drainMsOf(serverScenario(need, offer, connectionsPerServer, { intervalMs: allowed[0], end }));
    const roomy = intervalsFor(need, drainMs).find((intervalMs) => allowed.includes(intervalMs)) ?? allowed[0];
    const half = allowed.find((intervalMs) => intervalMs <= roomy / 2) ?? roomy;
    return [...new Set([roomy, allowed[0], allowed[1] ?? roomy, half, Math.min(...allowed)])];
  }

  #verification(candidate: Candidate, flushIntervalMs: number, end: End, test: SustainedTest): Verification {
    const at = (other: End): SustainedTest =>
      other === end ? test : this.#test(candidate, flushIntervalMs, other, undefined, true);
    return { flushIntervalMs, low: at('low'), middle: at('middle'), high: at('high') };
  }

  /** @param always simulated also where the closed form refutes it, for its figures */
  #test(candidate: Candidate, intervalMs: number, end: End, seconds?: number, always = false): SustainedTest {
    const { offer, servers, connectionsPerServer } = candidate;
    const input = serverScenario(this.#need, offer, connectionsPerServer, { intervalMs, end });
    const length = seconds === undefined || !isSteady(input) ? secondsOfStep(input) : seconds;
    const test = always ? simulated : sustains;
    const where = { low: 'best case', middle: 'expected case', high: 'worst case' }[end];
    return this.#count(`${servers} x ${offer.machine.name}, writes every ${intervalMs} ms, ${where}`, () =>
      test(input, length, objectivesFor(this.#need)),
    );
  }

  #count(message: string, test: () => SustainedTest): SustainedTest {
    const { onProgress } = this.#options;
    onProgress?.({ message, simulations: this.#simulations, simulationsMax: this.#simulationsMax });
    const tested = test();
    if (tested.summary !== null) this.#simulations += 1;
    return tested;
  }

  #recommendation(candidate: Candidate, verification: Verification, end: 'high' | 'middle'): Recommendation {
    const need = this.#need;
    const { flushIntervalMs } = verification;
    const { offer, servers, spare, connectionsPerServer } = candidate;
    const input = serverScenario(need, offer, connectionsPerServer, { intervalMs: flushIntervalMs, end: 'middle' });
    const { fleet: _, ...fields } = input.scenario;
    return {
      candidate,
      verification,
      certainty: end === 'high' ? 'sure' : 'likely',
      egressUsdPerMonth: egressUsdOf(need, candidate, flushIntervalMs),
      diskUsdPerMonth: diskUsdPerMonth * (servers + spare),
      scenario: { ...fields, name: 'advised' },
    };
  }

  /** Every other machine once: the cheaper ones with what they lack, nearest to holding first, then the dearer ones. */
  #alternatives(offers: readonly MachineOffer[], taken: readonly Recommendation[]): Alternative[] {
    const names = new Set(taken.map(({ candidate }) => candidate.offer.machine.name));
    const below = taken.find(({ certainty }) => certainty === 'sure')?.candidate.rankedUsd ?? Infinity;
    const found = offers
      .filter(({ machine }) => !names.has(machine.name))
      .map((offer) => this.#alternative(offer, below));
    const order = ({ kind }: Alternative): number => (kind === 'dearer' ? 1 : 0);
    return found.sort(
      (left, right) =>
        order(left) - order(right) ||
        (order(left) === 1
          ? left.usd - right.usd
          : (left.share?.high ?? Infinity) - (right.share?.high ?? Infinity) || left.usd - right.usd),
    );
  }

  #alternative(offer: MachineOffer, belowUsd: number): Alternative {
    const need = this.#need;
    const machine = offer.machine.name;
    const fewest = fewestServers(need, offer, 'high');
    const refuted = this.#refuted.get(machine);
    if (refuted !== undefined && refuted.candidate.rankedUsd < belowUsd) {
      const { candidate, reasons } = refuted;
      const share = this.#shares(candidate);
      return {
        machine,
        servers: candidate.servers,
        usd: candidate.usd,
        kind: 'does not hold',
        reasons,
        share,
        basis: 'simulation',
      };
    }
    const most = (fewest ?? need.serversMost + 1) - 1;
    let servers = most;
    while (servers > 1 && candidateOf(need, offer, servers).rankedUsd >= belowUsd) servers -= 1;
    const candidate = servers < 1 ? null : candidateOf(need, offer, servers);
    if (candidate !== null && candidate.rankedUsd < belowUsd) {
      const [intervalMs = 0] = intervalsFor(need);
      const reasons = refutedByClosedForm(need, candidate, { intervalMs, end: 'high' });
      const kind = fewest === null ? 'too few servers' : 'does not hold';
      return {
        machine,
        servers,
        usd: candidate.usd,
        kind,
        reasons,
        share: this.#shares(candidate),
        basis: 'closed form',
      };
    }
    const dearer = candidateOf(need, offer, fewest ?? 1);
    return {
      machine,
      servers: dearer.servers,
      usd: dearer.usd,
      kind: 'dearer',
      reasons: [],
      share: null,
      basis: 'closed form',
    };
  }

  #shares(candidate: Candidate): Alternative['share'] {
    const [intervalMs = 0] = intervalsFor(this.#need);
    const worst = (end: End): number => {
      const input = serverScenario(this.#need, candidate.offer, candidate.connectionsPerServer, { intervalMs, end });
      return Math.max(...limitingShares(input));
    };
    return { low: worst('low'), high: worst('high') };
  }
}

const limitingShares = (input: ResolvedScenario): number[] =>
  limitingResources(closedForm(input).resources).map(shareOfUsable);
