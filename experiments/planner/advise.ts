import { diskUsdPerMonth, egressUsd, type ResolvedScenario, type Summary } from '#core';
import { simulate } from '#sim';
import type { ThresholdOutcome } from '../results/thresholds.ts';
import { type Candidate, candidatesFor, middleOfTransfer, type Rejection, serverScenario } from './candidates.ts';
import { scaleFor } from './capacity-search.ts';
import { connectionsWithGrowth, type Need } from './need.ts';
import { judge, type Objectives, objectivesOf } from './objectives.ts';

/** What the twin says of one server of a candidate, at both ends of the profile's transfer. */
export interface Verification {
  readonly machine: string;
  readonly servers: number;
  readonly connectionsPerServer: number;
  readonly low: Summary;
  readonly high: Summary;
  /** In the middle of the transfer; null where the ends said all. */
  readonly middle: Summary | null;
  readonly missedAtLow: readonly ThresholdOutcome[];
  readonly missedAtHigh: readonly ThresholdOutcome[];
  /** `fits` holds at the high end too; `likely` in the middle, `uncertain` at the low end only: measure before you buy. */
  readonly verdict: 'fits' | 'likely' | 'uncertain' | 'does not fit';
}

export interface Advice {
  readonly need: Omit<Need, 'base'> & { readonly profile: string; readonly flushIntervalMs: number };
  /** null: nothing fits. */
  readonly chosen: { readonly candidate: Candidate; readonly verification: Verification } | null;
  /** The next cheapest that fits, verified too. */
  readonly nextBest: { readonly candidate: Candidate; readonly verification: Verification } | null;
  /** The chosen machine with one server less, or the next smaller one: why less is not enough. */
  readonly verifications: readonly Verification[];
  readonly rejections: readonly Rejection[];
  /** Internet egress of the whole need, a month, beside compute. */
  readonly egressUsdPerMonth: number;
  readonly diskUsdPerMonth: number;
}

const simulatedSeconds = 20;
const warmUpSeconds = 5;
/** Runs with random numbers of their own; a candidate fits when each of them meets the objectives. */
const replicationsUsual = 3;

export interface AdviseOptions {
  readonly onProgress?: (message: string) => void;
  readonly replications?: number;
}

/**
 * The cheapest machine, or fleet of one kind, that surely holds the need, else the cheapest that likely does: candidates by closed form, then the winner and what
 * comes after it by simulation at both ends of the profile's transfer. A candidate that simulation refutes is rejected
 * with what it missed, and the next is tried.
 */
export function advise(need: Need, { onProgress, replications }: AdviseOptions = {}): Advice {
  const { candidates, rejections } = candidatesFor(need);
  const rejected = [...rejections];
  const verifications: Verification[] = [];
  const fitting: { candidate: Candidate; verification: Verification }[] = [];
  for (const candidate of candidates) {
    // Likely ones are the answer only where nothing is sure.
    if (fitting.length === 2 || (fitting.length > 0 && candidate.certainty === 'likely')) break;
    onProgress?.(`simulating ${candidate.servers} x ${candidate.offer.machine.name}`);
    const verification = verify(need, candidate, replications);
    verifications.push(verification);
    const isLikely = candidate.certainty === 'likely' && verification.verdict === 'likely';
    if (verification.verdict === 'fits' || isLikely) fitting.push({ candidate, verification });
    else rejected.push(rejectionBy(verification, candidate));
  }
  const { settings, profile } = need.base;
  const payloadBytesPerSecond = connectionsWithGrowth(need) * need.ratePerSecond * need.messageBytes;
  const { base: _, ...asked } = need;
  return {
    need: { ...asked, profile: profile.name, flushIntervalMs: settings.flushIntervalNs / 1e6 },
    chosen: fitting[0] ?? null,
    nextBest: fitting[1] ?? null,
    verifications,
    rejections: rejected
      .filter(({ machine, servers }) =>
        fitting.every(({ verification }) => verification.machine !== machine || verification.servers !== servers),
      )
      .sort((left, right) => left.usd - right.usd),
    egressUsdPerMonth: egressUsd((payloadBytesPerSecond * 3_600 * 730) / 1e9),
    diskUsdPerMonth: diskUsdPerMonth * (fitting[0]?.candidate.servers ?? 1),
  };
}

function objectivesFor(need: Need): Objectives {
  return objectivesOf([`latencyMs.p99<${need.p99Ms}`]);
}

/** Simulates one server of the fleet: a balancer that spreads evenly makes all alike. */
export function verify(
  need: Need,
  {
    offer,
    servers,
    connectionsPerServer,
    transfer,
  }: Pick<Candidate, 'offer' | 'servers' | 'connectionsPerServer' | 'transfer'>,
  replications: number = replicationsUsual,
): Verification {
  const objectives = objectivesFor(need);
  const run = (factor: number): { summary: Summary; missed: readonly ThresholdOutcome[] } => {
    const input = serverScenario(need, offer, connectionsPerServer, factor);
    const shorter: ResolvedScenario = {
      ...input,
      scenario: {
        ...input.scenario,
        workload: { ...input.scenario.workload, durationSeconds: simulatedSeconds, warmUpSeconds },
      },
    };
    const runs = Array.from({ length: replications }, (_, replication) => {
      const seeded = { ...shorter, scenario: { ...shorter.scenario, seed: shorter.scenario.seed + replication } };
      const { summary } = simulate(seeded, { scale: scaleFor(connectionsPerServer) });
      return { summary, missed: judge(objectives, summary).filter(({ passed }) => !passed) };
    });
    return runs.find(({ missed }) => missed.length > 0) ?? runs[0];
  };
  const { summary: low, missed: missedAtLow } = run(transfer.low);
  const isExact = transfer.high === transfer.low;
  const { summary: high, missed: missedAtHigh } = isExact ? { summary: low, missed: missedAtLow } : run(transfer.high);
  const isOpen = missedAtHigh.length > 0 && missedAtLow.length === 0;
  const middle = isOpen ? run(middleOfTransfer(transfer)) : null;
  const verdict = (): Verification['verdict'] => {
    if (middle === null) return missedAtHigh.length === 0 ? 'fits' : 'does not fit';
    return middle.missed.length === 0 ? 'likely' : 'uncertain';
  };
  return {
    machine: offer.machine.name,
    servers,
    connectionsPerServer,
    low,
    high,
    middle: middle?.summary ?? null,
    missedAtLow,
    missedAtHigh,
    verdict: verdict(),
  };
}

function rejectionBy(verification: Verification, { usd }: Candidate): Rejection {
  const { machine, servers, missedAtHigh, verdict } = verification;
  const [first] = missedAtHigh;
  return {
    machine,
    servers,
    usd,
    limit: first.threshold,
    reason: `simulated: ${missedAtHigh.map(({ threshold, found }) => `${threshold} (${String(found)})`).join(', ')}`,
    uncertain: verdict !== 'does not fit',
  };
}
