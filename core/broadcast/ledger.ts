import { assert } from '../base/assert.ts';
import { type DropReason, dropReasonNames, nakReasonNames } from '../base/outcomes.ts';

/**
 * Account of one shard: offered = sent + dropped (by reason) + queued, exactly, at every moment between two calls.
 * A delivery is one message for one subscriber. Running totals, so that the check costs O(1).
 */
export class ShardLedger {
  /** Deliveries matched when the shard ran their broadcasts. */
  offered = 0;
  /** Deliveries given to a socket. */
  sent = 0;
  /** Deliveries given to a socket from the history, to clients that had missed them: beside the law, not in it. */
  replayed = 0;
  readonly droppedByReason = new Float64Array(dropReasonNames.length);

  drop(reason: DropReason, count: number): void {
    this.droppedByReason[reason] += count;
  }

  get dropped(): number {
    let total = 0;
    for (let reason = 0; reason < this.droppedByReason.length; reason += 1) total += this.droppedByReason[reason];
    return total;
  }

  /** @param queued deliveries in send buffers now */
  assertBalanced(queued: number): void {
    assert(
      this.offered === this.sent + this.dropped + queued,
      () =>
        `shard ledger: offered ${this.offered} is not sent ${this.sent} + dropped ${this.dropped} + queued ${queued}`,
    );
  }
}

/**
 * Account of the intake: bus deliveries = acknowledged + NAKed (by reason), decided at once. Messages that wait or
 * expired are the stream's to count.
 */
export class IntakeLedger {
  busMessages = 0;
  redelivered = 0;
  acknowledged = 0;
  readonly nakedByReason = new Float64Array(nakReasonNames.length);
  /** Shard shares missed because that shard's inbox was full while another took the message. */
  missedShares = 0;

  get naked(): number {
    let total = 0;
    for (let reason = 0; reason < this.nakedByReason.length; reason += 1) total += this.nakedByReason[reason];
    return total;
  }

  assertBalanced(): void {
    assert(
      this.busMessages === this.acknowledged + this.naked,
      () =>
        `intake ledger: ${this.busMessages} bus messages are not ${this.acknowledged} acknowledged + ${this.naked} NAKed`,
    );
  }
}
