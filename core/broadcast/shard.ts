import { assert } from '../base/assert.ts';
import type { Frame, ShardEffects } from './effects.ts';
import { FlushPolicy, FlushState } from './flush-policy.ts';
import { FrameTable } from './frame-table.ts';
import { ShardLedger } from './ledger.ts';
import { LinearScan } from './linear-scan.ts';
import { History, type HistoryOptions } from './history.ts';
import { CloseReason, closeReasonNames, DropReason } from '../base/outcomes.ts';
import { encodeGap, encodeLoss } from './protocol.ts';
import { type Overrun, Replays } from './replays.ts';
import type { LostRange } from './sequence-account.ts';
import { SendBuffers, type SendBufferOptions } from './send-buffer.ts';
import { SubscriptionIndex } from './subscription-index.ts';
import type { Subscriptions } from './subscriptions.ts';
import { WorkerPool } from './worker-pool.ts';

export interface ShardOptions extends SendBufferOptions, HistoryOptions {
  /** This shard's share of the workers: jobs per turn (R14). */
  readonly workerPoolSize: number;
  /** This shard's share of the worker queue, in jobs (R15). */
  readonly workerQueueSize: number;
  /** Subscribers in one job. */
  readonly jobSliceSize: number;
  /** Messages that may wait before the worker queue; the intake's credit. */
  readonly shardInboxMessages: number;
  readonly flushIntervalNs: number;
  /** Most payload bytes in one socket write. */
  readonly writeBytesMax: number;
  /** Most socket writes in one turn, so that reads, pings and accepts get their turn too. */
  readonly writesPerTurn: number;
  /** Consecutive refusals by a full buffer after which the disconnect policy closes the connection (R60). */
  readonly slowClientStrikes: number;
  readonly subscriptionLookup: 'index' | 'scan';
  readonly channelsPerClientMax: number;
}

export type SubscribeOutcome = 'subscribed' | 'already-subscribed' | 'too-many-channels';

/** Control frames that a client with a full socket may have waiting before it is closed. */
const controlFramesMax = 64;
/** Frames that one socket write may carry at the most; the scratch arrays are this long. */
const framesPerWriteMax = 256;
const none = -1;

/** What the shard's turns did so far: running totals that a simulator charges for and a server reports. */
export interface ShardWork {
  broadcasts: number;
  jobs: number;
  writes: number;
  bytes: number;
  controlFrames: number;
  turns: number;
}

/**
 * One event loop's share of the clients: connections, subscriptions, worker pool, send buffers and flushes (R57 to R65).
 *
 * Driving contract. The driver owns sockets and clock and tells facts: `connectionOpened`, `connectionClosed`,
 * `socketDrained`, `messageDelivered`, `messageMissed`, and the requests `subscribe`, `unsubscribe`, `sendControl`.
 * Facts only queue work; `turn(nowNs)` does it, a bounded amount. After any fact, and after each turn, the driver runs
 * another turn soon while `hasWork`, and else one at `nextDueNs`. Effects are synchronous and must not call back.
 */
export class Shard<F extends Frame> {
  readonly ledger = new ShardLedger();
  readonly history: History<F>;
  readonly work: ShardWork = { broadcasts: 0, jobs: 0, writes: 0, bytes: 0, controlFrames: 0, turns: 0 };
  /** Connections that ended, by `CloseReason`. */
  readonly closedByReason = new Float64Array(closeReasonNames.length);

  #options: ShardOptions;
  #effects: ShardEffects<F>;
  #subscriptions: Subscriptions;
  #frames = new FrameTable<F>();
  #buffers: SendBuffers<F>;
  #workers: WorkerPool;
  #flush: FlushPolicy;
  #replays: Replays<F>;
  #replayLimits: { readonly framesMax: number; readonly bytesMax: number };

  #freeConnections: number[] = [];
  #connectionsUsed = 0;
  #connections = 0;
  /** Connections that the shard has asked to close and whose end the driver has not told yet. */
  #closing: Uint8Array;
  #strikes: Uint8Array;
  #missed: Int32Array;
  #missedFirst: Float64Array;
  #missedLast: Float64Array;
  /** Messages lost to the stream that the connection is to be told of, and between which sequences they lie. */
  #lost: Float64Array;
  #lostFirst: Float64Array;
  #lostLast: Float64Array;
  #control = new Map<number, F[]>();

  #inbox: Int32Array;
  #inboxHead = 0;
  #inboxCount = 0;
  #creditsToReturn = 0;
  #matching = false;
  #inEffect = false;

  #matches: Int32Array;
  #batchHandles = new Int32Array(framesPerWriteMax);
  #batch: F[] = [];
  #freed: (connection: number) => void;
  #nowNs = 0;

  constructor(options: ShardOptions, effects: ShardEffects<F>) {
    this.#options = options;
    this.#effects = effects;
    const { connectionsMax } = options;
    this.#subscriptions =
      options.subscriptionLookup === 'index' ? new SubscriptionIndex(connectionsMax) : new LinearScan(connectionsMax);
    this.#buffers = new SendBuffers(options, this.#frames, this);
    this.#workers = new WorkerPool(options.workerPoolSize, options.workerQueueSize);
    this.#flush = new FlushPolicy(connectionsMax, options.flushIntervalNs);
    this.#closing = new Uint8Array(connectionsMax);
    this.#strikes = new Uint8Array(connectionsMax);
    this.#missed = new Int32Array(connectionsMax);
    this.#missedFirst = new Float64Array(connectionsMax);
    this.#missedLast = new Float64Array(connectionsMax);
    this.#lost = new Float64Array(connectionsMax);
    this.#lostFirst = new Float64Array(connectionsMax);
    this.#lostLast = new Float64Array(connectionsMax);
    this.#inbox = new Int32Array(options.shardInboxMessages);
    this.#matches = new Int32Array(options.jobSliceSize);
    this.#freed = (connection) => this.#freeConnections.push(connection);
    this.history = new History(options);
    this.#replays = new Replays(this.history);
    this.#replayLimits = { framesMax: framesPerWriteMax, bytesMax: options.writeBytesMax };
  }

  /** Open connections. */
  get connections(): number {
    return this.#connections;
  }
  /** Deliveries in send buffers. */
  get queued(): number {
    return this.#buffers.queued;
  }
  /** Connections visited while matching (R66: "iterations"). */
  get visits(): number {
    return this.#subscriptions.visits;
  }
  get queuedJobs(): number {
    return this.#workers.queuedJobs;
  }
  /** Messages that wait for the worker queue. */
  get inboxMessages(): number {
    return this.#inboxCount;
  }
  /** Every frame that waits in send buffers, with the buffers that it waits in; one in the inbox waits for all to come. */
  visitQueued(visit: (frame: F, messages: number) => void): void {
    this.#frames.visit(visit);
  }
  /** Whether a turn would find something to do right now, timers apart. */
  get hasWork(): boolean {
    return this.#flush.readyCount > 0 || this.#workers.queuedBroadcasts > 0 || this.#inboxCount > 0;
  }
  /** When the next coalesced write falls due; Infinity for never. */
  get nextDueNs(): number {
    return this.#flush.nextDueNs;
  }
  bufferedMessages(connection: number): number {
    return this.#buffers.count(connection);
  }
  bufferedBytes(connection: number): number {
    return this.#buffers.bytes(connection);
  }
  /** Channels and patterns that the connection is subscribed to. */
  subscriptionCount(connection: number): number {
    return this.#subscriptions.subscriptionCount(connection);
  }
  /** Clients that are still being given what they missed. */
  get recovering(): number {
    return this.#replays.count;
  }
  isBlocked(connection: number): boolean {
    return this.#flush.state(connection) === FlushState.blocked;
  }

  /** @returns the connection's number, or -1 when `connectionsMax` are open, those included that only the driver has yet to end. */
  connectionOpened(): number {
    this.#assertOutsideEffect();
    // Numbers of connections that left while they waited for a write come back when the queue reaches them, or now.
    if (this.#freeConnections.length === 0 && this.#connectionsUsed === this.#options.connectionsMax) {
      this.#flush.forgetLeft(this.#freed);
    }
    const connection = this.#freeConnections.pop() ?? this.#connectionsUsed;
    if (connection >= this.#options.connectionsMax) return none;
    if (connection === this.#connectionsUsed) this.#connectionsUsed += 1;
    this.#connections += 1;
    this.#closing[connection] = 0;
    this.#strikes[connection] = 0;
    this.#missed[connection] = 0;
    this.#lost[connection] = 0;
    this.#flush.opened(connection);
    this.#subscriptions.addConnection(connection);
    return connection;
  }

  /**
   * Closes a connection for a reason of the driver's, such as a token that expired: nothing is written to it any more
   * (RFC 6455 5.5.1), and what is queued is dropped. The `close` effect follows, once.
   */
  disconnect(connection: number, reason: CloseReason): void {
    this.#assertOutsideEffect();
    this.#close(connection, reason);
  }

  /** Whether anything that was taken in, matched or recovered for the connection is still to be written to it. */
  hasUnsent(connection: number): boolean {
    return this.#closing[connection] === 0 && this.#somethingWaits(connection);
  }

  /** When the oldest message in any send buffer was published; Infinity when all are empty. Visits every connection. */
  get oldestQueuedNs(): number {
    let oldestNs = Infinity;
    for (let connection = 0; connection < this.#connectionsUsed; connection += 1) {
      const handle = this.#buffers.oldest(connection);
      if (handle !== none) oldestNs = Math.min(oldestNs, this.#frames.get(handle).publishedAtNs);
    }
    return oldestNs;
  }

  /** The connection's socket has ended, for whatever reason; exactly once per connection. */
  connectionClosed(connection: number, reason: CloseReason): void {
    this.#assertOutsideEffect();
    this.#leave(connection);
    this.#connections -= 1;
    this.closedByReason[reason] += 1;
    if (this.#flush.closed(connection)) this.#freeConnections.push(connection);
  }

  subscribe(connection: number, channel: string): SubscribeOutcome {
    if (this.#closing[connection] === 1 || this.#subscriptions.isSubscribed(connection, channel)) {
      return 'already-subscribed';
    }
    if (this.#subscriptions.subscriptionCount(connection) >= this.#options.channelsPerClientMax) {
      return 'too-many-channels';
    }
    this.#subscriptions.subscribe(connection, channel);
    return 'subscribed';
  }

  /**
   * Gives a connection that has just subscribed to `channel` what was broadcast there after `sequence`, ahead of what
   * comes now.
   * @returns false when the history does not reach back that far: then nothing is replayed.
   */
  recover(connection: number, channel: string, sequence: number): boolean {
    this.#assertOutsideEffect();
    if (this.#closing[connection] === 1) return false;
    const complete = this.#replays.start(connection, channel, sequence);
    if (this.#replays.has(connection)) this.#flush.writeSoon(connection);
    return complete;
  }

  /** Ends the broadcast under way, so that a subscription made now is for all of the next and none of this. */
  settleBroadcast(): void {
    this.#assertOutsideEffect();
    while (this.#matching) this.#runJob();
  }

  /** Longest wait of a queued message from now on. */
  flushIntervalChanged(intervalNs: number): void {
    this.#flush.intervalNs = intervalNs;
  }

  unsubscribe(connection: number, channel: string): boolean {
    return this.#subscriptions.unsubscribe(connection, channel);
  }

  /** Sends a control frame ahead of what is queued; exempt from the buffer policy, bounded on its own. */
  sendControl(connection: number, json: string): void {
    this.#assertOutsideEffect();
    if (this.#closing[connection] === 1) return;
    const frame = this.#effects.controlFrame(json);
    this.work.controlFrames += 1;
    if (this.#flush.state(connection) !== FlushState.blocked) {
      this.#batch[0] = frame;
      if (!this.#write(connection, 1, frame.sizeBytes, 0)) this.#flush.socketFilled(connection);
      return;
    }
    const waiting = this.#control.get(connection);
    if (waiting === undefined) this.#control.set(connection, [frame]);
    else if (waiting.length < controlFramesMax) waiting.push(frame);
    else this.#close(connection, CloseReason.controlOverflow);
  }

  /** A message from the intake; the intake's credit guarantees room in the inbox. */
  messageDelivered(frame: F): void {
    this.#assertOutsideEffect();
    assert(this.#inboxCount < this.#inbox.length, () => `inbox of ${this.#inbox.length} messages overflowed`);
    this.#inbox[(this.#inboxHead + this.#inboxCount) % this.#inbox.length] = this.#frames.add(frame);
    this.#inboxCount += 1;
  }

  /** A message that this shard could not take in: its subscribers' share is dropped, counted and told. */
  messageMissed(frame: F): void {
    this.#assertOutsideEffect();
    // Only one match runs at a time: the broadcast under way is finished first, beyond its turn's budget.
    this.settleBroadcast();
    this.history.record(frame, this.#nowNs);
    this.#subscriptions.startMatch(frame.channel);
    for (let count = this.#nextMatches(); count >= 0; count = this.#nextMatches()) {
      this.ledger.offered += count;
      this.ledger.drop(DropReason.inboxFull, count);
      for (let index = 0; index < count; index += 1) {
        this.#noteMissed(this.#matches[index], frame.sequence);
        this.#flush.messageQueued(this.#matches[index], this.#nowNs);
      }
    }
  }

  /**
   * Messages of the stream that will never come: nobody recovers over them, and whoever may have been owed some is told.
   * Without a known channel that is every client with a subscription.
   */
  messagesLost(range: LostRange, nowNs: number): void {
    this.#assertOutsideEffect();
    this.#nowNs = nowNs;
    // In the order of the stream: whoever subscribes between the two is owed neither less nor more.
    this.#settleInbox();
    this.history.lost(range.toSequence, range.channel);
    if (range.channel === null) {
      for (let connection = 0; connection < this.#connectionsUsed; connection += 1) {
        if (this.#subscriptions.subscriptionCount(connection) > 0) this.#noteLost(connection, range, nowNs);
      }
      return;
    }
    this.#subscriptions.startMatch(range.channel);
    for (let count = this.#nextMatches(); count >= 0; count = this.#nextMatches()) {
      for (let index = 0; index < count; index += 1) this.#noteLost(this.#matches[index], range, nowNs);
    }
  }

  /**
   * The stream was replaced: its sequences begin again. What was taken in of the old one goes out first; what a full
   * socket still has waiting then is dropped and told, and the history begins anew. The driver sends the new welcomes
   * after this.
   */
  streamReplaced(nowNs: number): void {
    this.#assertOutsideEffect();
    this.#nowNs = nowNs;
    this.#settleInbox();
    for (let connection = 0; connection < this.#connectionsUsed; connection += 1) {
      if (this.#closing[connection] === 1) continue;
      while (this.#somethingWaits(connection) && this.#writesNow(connection)) {
        if (!this.#writeBatch(connection)) this.#flush.socketFilled(connection);
      }
      this.#buffers.clear(connection, DropReason.streamReplaced);
      this.#replays.forget(connection);
    }
    this.history.restart();
  }

  /** A socket that had refused more data takes it again. */
  socketDrained(connection: number): void {
    this.#assertOutsideEffect();
    this.#flush.socketDrained(connection, this.#somethingWaits(connection));
  }

  /** Credits to give back to the intake: messages that left the inbox since the last call. */
  takeCredits(): number {
    const credits = this.#creditsToReturn;
    this.#creditsToReturn = 0;
    return credits;
  }

  /** Does a bounded amount of work: due connections become ready, jobs run, ready connections are written to. */
  turn(nowNs: number): void {
    this.#assertOutsideEffect();
    this.work.turns += 1;
    this.#nowNs = nowNs;
    this.history.expire(nowNs);
    this.#flush.release(nowNs, this.#freed);
    this.#fillWorkerQueue();
    for (let jobs = 0; jobs < this.#workers.workers && this.#workers.queuedBroadcasts > 0; jobs += 1) {
      this.#runJob();
      if (!this.#matching) this.#fillWorkerQueue();
    }
    for (let writes = 0; writes < this.#options.writesPerTurn; writes += 1) {
      const connection = this.#flush.nextReady(this.#freed);
      if (connection === none) break;
      this.#flushConnection(connection, nowNs);
    }
  }

  /** Told by the send buffers of each frame that they gave up. */
  frameDropped(connection: number, handle: number, reason: DropReason): void {
    this.ledger.drop(reason, 1);
    if (reason !== DropReason.connectionClosed) this.#noteMissed(connection, this.#frames.get(handle).sequence);
  }

  /** Broadcasts all that was taken in, beyond its turn's budget: an inbox at the most. */
  #settleInbox(): void {
    do {
      this.settleBroadcast();
      this.#fillWorkerQueue();
      while (this.#workers.queuedBroadcasts > 0) this.#runJob();
    } while (this.#inboxCount > 0);
  }

  #fillWorkerQueue(): void {
    while (this.#inboxCount > 0) {
      const handle = this.#inbox[this.#inboxHead];
      const visits = this.#subscriptions.visitsFor(this.#frames.get(handle).channel);
      if (!this.#workers.offer(handle, Math.max(1, Math.ceil(visits / this.#options.jobSliceSize)))) return;
      this.#inboxHead = (this.#inboxHead + 1) % this.#inbox.length;
      this.#inboxCount -= 1;
      this.#creditsToReturn += 1;
    }
  }

  /** One slice of the current broadcast; `#matching` is false when that was its last. */
  #runJob(): void {
    const handle = this.#workers.current();
    if (!this.#matching) {
      this.#matching = true;
      const frame = this.#frames.get(handle);
      this.#subscriptions.startMatch(frame.channel);
      this.history.record(frame, this.#nowNs);
      this.work.broadcasts += 1;
    }
    this.work.jobs += 1;
    const count = this.#nextMatches();
    if (count < 0) {
      this.#matching = false;
      this.#workers.finishCurrent();
      this.#frames.release(handle);
      return;
    }
    this.ledger.offered += count;
    for (let index = 0; index < count; index += 1) {
      const connection = this.#matches[index];
      if (this.#buffers.push(connection, handle)) {
        this.#strikes[connection] = 0;
        this.#flush.messageQueued(connection, this.#nowNs);
      } else if (this.#options.slowClientPolicy === 'disconnect' && !this.#buffers.isOversize(handle)) {
        this.#strike(connection);
      } else {
        this.#flush.messageQueued(connection, this.#nowNs);
      }
    }
  }

  #nextMatches(): number {
    return this.#subscriptions.nextMatches(this.#matches);
  }

  #strike(connection: number): void {
    this.#strikes[connection] += 1;
    if (this.#strikes[connection] >= this.#options.slowClientStrikes) this.#close(connection, CloseReason.slowClient);
  }

  #flushConnection(connection: number, nowNs: number): void {
    const writesBefore = this.work.writes;
    const accepts = this.#writeBatch(connection);
    this.#flush.written(connection, nowNs, this.work.writes > writesBefore, accepts, this.#somethingWaits(connection));
  }

  /** One write of what waits for the connection, as much as a write may carry. @returns whether the socket takes more */
  #writeBatch(connection: number): boolean {
    let count = 0;
    let sizeBytes = 0;
    const control = this.#control.get(connection);
    if (control !== undefined) {
      this.#control.delete(connection);
      for (const frame of control) {
        this.#batch[count] = frame;
        count += 1;
        sizeBytes += frame.sizeBytes;
      }
    }
    if (this.#missed[connection] > 0) {
      const notice = this.#effects.controlFrame(
        encodeGap(this.#missed[connection], this.#missedFirst[connection], this.#missedLast[connection]),
      );
      this.#missed[connection] = 0;
      this.work.controlFrames += 1;
      this.#batch[count] = notice;
      count += 1;
      sizeBytes += notice.sizeBytes;
    }
    if (this.#lost[connection] > 0) {
      const notice = this.#effects.controlFrame(
        encodeLoss(this.#lost[connection], this.#lostFirst[connection], this.#lostLast[connection]),
      );
      this.#lost[connection] = 0;
      this.work.controlFrames += 1;
      this.#batch[count] = notice;
      count += 1;
      sizeBytes += notice.sizeBytes;
    }
    const replaying = this.#replays.has(connection);
    if (replaying) {
      const before = count;
      count = this.#replays.take(connection, this.#batch, count, this.#replayLimits, this.#noteOverrun(connection));
      for (let index = before; index < count; index += 1) sizeBytes += this.#batch[index].sizeBytes;
      this.ledger.replayed += count - before;
    }
    // What is queued is newer than what is replayed, so it waits for the end of the replay.
    const taken = replaying ? 0 : this.#buffers.take(connection, this.#batchHandles, this.#options.writeBytesMax);
    for (let index = 0; index < taken; index += 1) {
      const frame = this.#frames.get(this.#batchHandles[index]);
      this.#batch[count] = frame;
      count += 1;
      sizeBytes += frame.sizeBytes;
    }
    this.ledger.sent += taken;
    const accepts = count === 0 || this.#write(connection, count, sizeBytes, taken);
    for (let index = 0; index < taken; index += 1) this.#frames.release(this.#batchHandles[index]);
    return accepts;
  }

  /** Whether a write outside a turn may go out: the socket is open and not known to be full. */
  #writesNow(connection: number): boolean {
    const state = this.#flush.state(connection);
    return state !== FlushState.blocked && state !== FlushState.absent && state !== FlushState.leaving;
  }

  #write(connection: number, count: number, sizeBytes: number, fresh: number): boolean {
    this.work.writes += 1;
    this.work.bytes += sizeBytes;
    this.#inEffect = true;
    const accepts = this.#effects.write(connection, this.#batch, count, sizeBytes, fresh);
    this.#inEffect = false;
    return accepts;
  }

  #close(connection: number, reason: CloseReason): void {
    if (this.#closing[connection] === 1) return;
    this.#closing[connection] = 1;
    this.#leave(connection);
    this.#inEffect = true;
    this.#effects.close(connection, reason);
    this.#inEffect = false;
  }

  /** Ends what the shard holds for a connection; what was queued counts as dropped with it. */
  #leave(connection: number): void {
    this.#subscriptions.removeConnection(connection);
    this.#buffers.clear(connection, DropReason.connectionClosed);
    this.#control.delete(connection);
    this.#replays.forget(connection);
    this.#missed[connection] = 0;
    this.#lost[connection] = 0;
  }

  /** The history went past a slow client's cursor: how many of its messages were lost with it nobody knows. */
  #noteOverrun(connection: number): (overrun: Overrun) => void {
    return ({ fromSequence, toSequence }) => {
      this.#noteMissed(connection, toSequence);
      this.#missedFirst[connection] = Math.min(this.#missedFirst[connection], fromSequence);
    };
  }

  #noteMissed(connection: number, sequence: number): void {
    if (this.#missed[connection] === 0) {
      this.#missedFirst[connection] = sequence;
      this.#missedLast[connection] = sequence;
    }
    this.#missed[connection] += 1;
    this.#missedFirst[connection] = Math.min(this.#missedFirst[connection], sequence);
    this.#missedLast[connection] = Math.max(this.#missedLast[connection], sequence);
  }

  #noteLost(connection: number, { fromSequence, toSequence }: LostRange, nowNs: number): void {
    if (this.#lost[connection] === 0) {
      this.#lostFirst[connection] = fromSequence;
      this.#lostLast[connection] = toSequence;
    }
    this.#lost[connection] += toSequence - fromSequence + 1;
    this.#lostFirst[connection] = Math.min(this.#lostFirst[connection], fromSequence);
    this.#lostLast[connection] = Math.max(this.#lostLast[connection], toSequence);
    this.#flush.messageQueued(connection, nowNs);
  }

  #somethingWaits(connection: number): boolean {
    return (
      this.#buffers.count(connection) > 0 ||
      this.#missed[connection] > 0 ||
      this.#lost[connection] > 0 ||
      this.#control.has(connection) ||
      this.#replays.has(connection)
    );
  }

  #assertOutsideEffect(): void {
    assert(!this.#inEffect, 'an effect of the shard called back into the shard');
  }
}
