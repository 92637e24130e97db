import { assert } from '#core';

/** What became of every message for every client of one server, in the model's own deliveries. */
export interface ServerAccount {
  readonly published: number;
  /** Messages that its clients are owed: all, and to those that came from elsewhere all after their sequence. */
  readonly owed: number;
  readonly received: number;
  /** Not in the history any more when its client came back, or not given again before the run or the connection ended. */
  readonly missed: number;
  readonly dropped: number;
  /** For clients that were never let in, and for those that had not tried yet. */
  readonly refused: number;
  readonly away: number;
  readonly underWay: number;
  readonly lostWithConnection: number;
  /** Not taken from the stream, or taken and not broadcast yet. */
  readonly neverTaken: number;
  /** After a connection ended for good, with what was queued for it. */
  readonly gone: number;
  /** Queued for connections, or lost with them, whose clients came back and were given it again; beside the account. */
  readonly interrupted: number;
  /** Clients, in the model, that came or were to come from elsewhere. */
  readonly joinedClients: number;
  /** Clients, in the model, that came back from elsewhere and were given all that they had missed. */
  readonly recoveredClients: number;
  /** What the terms above leave of `owed`; 0 in a sound account (see `tolerance`). */
  readonly rest: number;
  /** A client whose connection ends in the middle of a broadcast may or may not have had its turn: one message each. */
  readonly tolerance: number;
}

/** What the server's own ledgers know. */
export interface ServerTotals {
  readonly published: number;
  readonly received: number;
  readonly missed: number;
  readonly droppedByPolicy: number;
  readonly queued: number;
  readonly inTransit: number;
  readonly lost: number;
  readonly recoveredClients: number;
}

const State = { untried: 0, refused: 1, connected: 2, ended: 3 } as const;

/**
 * Follows each client through a run, by the messages that its shard took up: from the sequence that it began with, over
 * connections that end, to the end of the run. For clients that subscribe to everything.
 */
export class ClientAccounts {
  #state: Uint8Array;
  /** Sequence after which the client is owed messages. */
  #since: Float64Array;
  /** Sequence up to which all is accounted for, less what the shard had taken up by then. */
  #credit: Float64Array;
  /** What the shard had taken up when the connection ended, and what was queued then. */
  #takenAtEnd: Float64Array;
  #droppedAtEnd: Float64Array;
  #gone = 0;
  #interrupted = 0;
  #repeated = 0;
  /** For clients that were let in at a later try, what came before. */
  #refusedBefore = 0;
  #endings = 0;
  #joined: number;

  /**
   * @param clients those of the ramp, and then those that join
   * @param joined how many of them join
   * @param sinceOf sequence up to which a client has everything when it comes
   */
  constructor(clients: number, joined: number, sinceOf: (client: number) => number) {
    this.#joined = joined;
    this.#state = new Uint8Array(clients);
    this.#since = Float64Array.from({ length: clients }, (_, client) => sinceOf(client));
    this.#credit = new Float64Array(clients);
    this.#takenAtEnd = new Float64Array(clients);
    this.#droppedAtEnd = new Float64Array(clients);
  }

  refused(client: number): void {
    if (this.#state[client] === State.untried) this.#state[client] = State.refused;
  }

  /**
   * A client has subscribed.
   * @param since sequence after which it asked for what it had missed, so that all up to `newest` is accounted for; null for
   *   nothing
   * @param newest sequence that its shard took up last
   * @param taken messages that its shard has taken up
   */
  subscribed(client: number, since: number | null, newest: number, taken: number): void {
    if (this.#state[client] === State.ended) {
      const offeredUpTo = this.#credit[client] + this.#takenAtEnd[client];
      if (since === null) this.#gone += newest - offeredUpTo + this.#droppedAtEnd[client];
      else {
        this.#interrupted += this.#droppedAtEnd[client];
        this.#asksAgain(offeredUpTo - this.#droppedAtEnd[client] - since);
      }
    } else if (since === null) this.#refusedBefore += newest - this.#since[client];
    else if (since > newest) this.#asksAgain(since - newest);
    this.#state[client] = State.connected;
    this.#credit[client] = newest - taken;
  }

  /** @param messages that were accounted for already; below 0, that nobody accounts for: it does not know of them */
  #asksAgain(messages: number): void {
    if (messages > 0) this.#repeated += messages;
    else this.#gone -= messages;
  }

  /** @param dropped deliveries that were queued for it */
  ended(client: number, taken: number, dropped: number): void {
    assert(this.#state[client] === State.connected, 'a connection ended that no client had subscribed with');
    this.#state[client] = State.ended;
    this.#takenAtEnd[client] = taken;
    this.#droppedAtEnd[client] = dropped;
    this.#endings += 1;
  }

  /** @param takenOf messages that a client's shard has taken up by the end */
  settle(totals: ServerTotals, takenOf: (client: number) => number): ServerAccount {
    const { published, droppedByPolicy, queued, inTransit } = totals;
    let owed = 0;
    let refused = this.#refusedBefore;
    let away = 0;
    let neverTaken = 0;
    let gone = this.#gone;
    for (let client = 0; client < this.#state.length; client += 1) {
      const due = published - this.#since[client];
      owed += due;
      const state = this.#state[client];
      if (state === State.refused) refused += due;
      else if (state === State.untried) away += due;
      else if (state === State.connected) neverTaken += published - this.#credit[client] - takenOf(client);
      else gone += published - this.#credit[client] - this.#takenAtEnd[client] + this.#droppedAtEnd[client];
    }
    const underWay = queued + inTransit;
    // What was given twice counts once: as received.
    let repeated = this.#repeated;
    const once = (count: number): number => {
      const taken = Math.min(count, repeated);
      repeated -= taken;
      return count - taken;
    };
    const lost = once(totals.lost);
    const missed = once(totals.missed);
    const received = once(totals.received);
    const known = received + missed + droppedByPolicy + refused + away + underWay + lost + neverTaken + gone - repeated;
    return {
      published,
      owed,
      received,
      missed,
      dropped: droppedByPolicy,
      refused,
      away,
      underWay,
      lostWithConnection: lost,
      neverTaken,
      gone,
      interrupted: this.#interrupted + this.#repeated,
      joinedClients: this.#joined,
      recoveredClients: totals.recoveredClients,
      rest: owed - known,
      tolerance: this.#endings,
    };
  }
}
