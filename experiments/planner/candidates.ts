import {
  closedForm,
  machineOffers,
  type MachineOffer,
  monthlyComputeUsd,
  publishRateFor,
  type ResolvedScenario,
  type ResourceUse,
  type Transfer,
  transferredProfile,
  transferTo,
} from '#core';
import { connectionsWithGrowth, type Need } from './need.ts';
import { sized } from './sizing.ts';

/** One way to meet the need: servers of one kind behind a balancer, all on one NATS cluster. */
export interface Candidate {
  readonly offer: MachineOffer;
  readonly servers: number;
  readonly connectionsPerServer: number;
  /** Compute, a month, all servers. */
  readonly usd: number;
  readonly transfer: Transfer;
  /** One server's resources by closed form at the low and at the high end of the transfer, limits as the server sets them. */
  readonly atLow: readonly ResourceUse[];
  readonly atHigh: readonly ResourceUse[];
  /** Whether it holds even at the high end, or in the middle of the transfer's range only. */
  readonly certainty: 'sure' | 'likely';
}

/** What rules a candidate out. */
export interface Rejection {
  readonly machine: string;
  readonly servers: number;
  readonly usd: number;
  /** A resource, `budget`, or an objective. */
  readonly limit: string;
  readonly reason: string;
  /** The range of the transfer decides: it fits at the low end of it. */
  readonly uncertain: boolean;
}

/** Above this share of the wire the card's queue, not the interval, makes the latency. */
const networkShareMost = 0.95;

/** The base scenario on one server of an offer, under its share of the need, at a factor of the profile's costs. */
export function serverScenario(need: Need, offer: MachineOffer, connections: number, factor: number): ResolvedScenario {
  const { base } = need;
  const { machine } = offer;
  const { workload } = base.scenario;
  const ratePerSecond = publishRateFor(workload, need.ratePerSecond);
  return sized({
    ...base,
    machine,
    profile: transferredProfile(base.profile, factor),
    settings: {
      ...base.settings,
      cpuLimitCores: machine.cpuLimitCores,
      memoryLimitBytes: machine.memoryLimitBytes,
      shards: machine.vcpus,
    },
    scenario: {
      ...base.scenario,
      machine,
      loadOnSameMachine: false,
      shards: machine.vcpus,
      workload: { ...workload, connections, ratePerSecond, messageBytes: need.messageBytes },
    },
  });
}

/** The limits that end a server's service: it refuses clients above its reject threshold, and a full wire delays without end. */
export function demandsOf(input: ResolvedScenario): ResourceUse[] {
  const { resources, writesPerSecond } = closedForm(input);
  return resources
    .filter(({ resource }) => resource !== 'connections' && resource !== 'tasks')
    .map((use) => {
      if (use.resource === 'cpu') return limited(use, (use.limit * input.settings.cpuRejectPercent) / 100);
      if (use.resource !== 'network') return use;
      const wire = use.demand + writesPerSecond * headerBitsPerWrite;
      return limited({ ...use, demand: wire }, use.limit * networkShareMost);
    });
}

/** Headers of one packet: TCP with timestamps 32, IP 20, Ethernet 38, and the frame's own 4 bytes. */
const headerBitsPerWrite = (32 + 20 + 38 + 4) * 8;

const limited = (use: ResourceUse, limit: number): ResourceUse => ({ ...use, limit, utilisation: use.demand / limit });

export const largest = (resources: readonly ResourceUse[]): ResourceUse =>
  resources.reduce((most, use) => (use.utilisation > most.utilisation ? use : most));

/** Middle of a range of factors. */
export const middleOfTransfer = ({ low, high }: Transfer): number => Math.sqrt(low * high);

/**
 * For each machine the fewest servers that hold the need by closed form, at the high end of its transfer and in its middle.
 * The sure ones first, each kind by price.
 */
export function candidatesFor(need: Need): { candidates: Candidate[]; rejections: Rejection[] } {
  const candidates: Candidate[] = [];
  const rejections: Rejection[] = [];
  const total = connectionsWithGrowth(need);
  for (const offer of machineOffers) {
    const transfer = transferTo(offer, need.base.profile);
    let isSure = false;
    let isLikely = false;
    for (let servers = 1; servers <= need.serversMost && !isSure; servers += 1) {
      const connectionsPerServer = Math.ceil(total / servers);
      const at = (factor: number): ResourceUse[] =>
        demandsOf(serverScenario(need, offer, connectionsPerServer, factor));
      const candidate: Candidate = {
        certainty: 'sure',
        offer,
        servers,
        connectionsPerServer,
        usd: monthlyComputeUsd(offer, need.prices) * servers,
        transfer,
        atLow: at(transfer.low),
        atHigh: at(transfer.high),
      };
      const worst = largest(candidate.atHigh);
      const tooDear = need.budgetUsd !== null && candidate.usd > need.budgetUsd;
      isSure = worst.utilisation <= 1;
      if (!isSure || tooDear) rejections.push(rejectionOf(candidate, need));
      // More servers only cost more.
      if (tooDear) break;
      if (isSure) candidates.push(candidate);
      else if (!isLikely && largest(at(middleOfTransfer(transfer))).utilisation <= 1) {
        isLikely = true;
        candidates.push({ ...candidate, certainty: 'likely' });
      }
    }
  }
  const rank = ({ certainty }: Candidate): number => (certainty === 'sure' ? 0 : 1);
  candidates.sort((left, right) => rank(left) - rank(right) || left.usd - right.usd || left.servers - right.servers);
  return { candidates, rejections };
}

function rejectionOf(candidate: Candidate, { budgetUsd }: Need): Rejection {
  const { offer, servers, usd, atLow, atHigh } = candidate;
  const worst = largest(atHigh);
  const overBudget = worst.utilisation <= 1;
  const reason = overBudget
    ? `$${usd.toFixed(2)} a month of $${budgetUsd ?? 0}`
    : `${worst.resource} at ${rangeOf(atLow, worst)} of what it may use`;
  return {
    machine: offer.machine.name,
    servers,
    usd,
    limit: overBudget ? 'budget' : worst.resource,
    reason,
    uncertain: !overBudget && largest(atLow).utilisation <= 1,
  };
}

function rangeOf(atLow: readonly ResourceUse[], high: ResourceUse): string {
  const low = atLow.find(({ resource }) => resource === high.resource) ?? high;
  const percent = ({ utilisation }: ResourceUse): string => (utilisation * 100).toFixed(0);
  return percent(low) === percent(high) ? `${percent(high)} %` : `${percent(low)} to ${percent(high)} %`;
}
