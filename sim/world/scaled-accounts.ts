import {
  apportioned,
  assert,
  connectionsAsked,
  type FinalAccounts,
  RefusalReason,
  refusalReasonNames,
  type ResolvedScenario,
  type Shard,
  type Frame,
} from '#core';

/** Accounts of a scale model as those of what it stands for: whole numbers, in which both laws of the ledger hold. */

/** What became of what was sent, in the model's own deliveries. */
export interface Fate {
  readonly received: number;
  readonly inTransit: number;
  readonly lost: number;
}

/** The shards' ledgers as one, with what became of what they sent. @param factor real connections for one of the model */
export function scaledLedger(
  shards: readonly Pick<Shard<Frame>, 'ledger' | 'queued' | 'closedByReason'>[],
  fate: Fate,
  factor: number,
): Pick<FinalAccounts, 'shards' | 'received' | 'inTransit' | 'lost'> {
  const total = (pick: (shard: (typeof shards)[number]) => number): number =>
    shards.reduce((sum, shard) => sum + pick(shard), 0);
  const byReason = (pick: (shard: (typeof shards)[number]) => Float64Array): number[] =>
    Array.from(pick(shards[0]), (_count, reason) => total((shard) => pick(shard)[reason]));
  const whole = (count: number): number => Math.round(count * factor);
  const offered = total(({ ledger }) => ledger.offered);
  const dropped = byReason(({ ledger }) => ledger.droppedByReason);
  const [sent, queued, ...droppedByReason] = apportioned(whole(offered), [
    total(({ ledger }) => ledger.sent),
    total((shard) => shard.queued),
    ...dropped,
  ]);
  const replayed = whole(total(({ ledger }) => ledger.replayed));
  const [received, inTransit, lost] = apportioned(sent + replayed, [fate.received, fate.inTransit, fate.lost]);
  const closedByReason = byReason((shard) => shard.closedByReason).map(whole);
  return {
    shards: [{ offered: whole(offered), sent, replayed, queued, droppedByReason, closedByReason }],
    received,
    inTransit,
    lost,
  };
}

export interface ModelledConnections {
  /** The scenario that the model is of. */
  readonly asked: ResolvedScenario;
  /** Clients that the model was asked to bring. */
  readonly modelled: number;
  readonly accepted: number;
  /** By `RefusalReason`. */
  readonly refusedByReason: ArrayLike<number>;
  readonly factor: number;
}

/**
 * Connections that were let in and refused: together exactly those that tried, all that the scenario asks for and, in the
 * model's proportion, those that came again.
 */
export function connectionCounts({ asked, modelled, accepted, refusedByReason, factor }: ModelledConnections): {
  readonly accepted: number;
  readonly refusedByReason: number[];
} {
  const refused = Array.from(refusedByReason);
  const refusedInAll = refused.reduce((sum, count) => sum + count, 0);
  const again = accepted + refusedInAll - modelled;
  const tried = connectionsAsked(asked.scenario) + Math.round(again * factor);
  const isFull = connectionsAsked(asked.scenario) > modelled * factor + 0.5;
  if (refusedInAll === 0 && !isFull) return { accepted: tried, refusedByReason: refused };
  const letIn = Math.min(tried, Math.round(accepted * factor));
  // The model's limit may be just above its clients where the real one is just below.
  const weights =
    refusedInAll > 0 ? refused : refused.map((_count, reason) => (reason === RefusalReason.connections ? 1 : 0));
  assert(weights.length === refusalReasonNames.length, 'a count for each reason');
  return { accepted: letIn, refusedByReason: apportioned(tried - letIn, weights) };
}
