import {
  CloseReason,
  coldWriteNs,
  DropReason,
  type Frame,
  type LostRange,
  type Profile,
  type Settings,
  Shard,
  type ShardEffects,
} from '#core';
import type { EventLoop } from '../machine/cpu.ts';
import type { SocketMemory } from '../machine/socket-memory.ts';
import { BlockPhase } from '../network/block-phase.ts';

/** A message in the simulator has a size and a history, no bytes. */
export interface SimulatedFrame extends Frame {}

/** Where socket writes go. */
export interface SocketWrites {
  /**
   * A socket write leaves the process at `atNs`.
   * @returns how long the writer's core then worked for somebody else
   */
  transmit(
    host: number,
    connection: number,
    atNs: number,
    frames: readonly SimulatedFrame[],
    count: number,
    messages: number,
    sizeBytes: number,
  ): number;
}

/** What a shard's loop asks of the simulated world. */
export interface ShardWorld {
  /**
   * @param taken messages that the shard had taken up by then
   * @param dropped deliveries that were queued for it
   */
  connectionEnded(host: number, connection: number, taken: number, dropped: number): void;
  creditsReturned(host: number, credits: number, nowNs: number): void;
  /** The loop has nothing to do for now. */
  burstEnded(host: number): void;
  /** Wants a turn at `dueNs`, when the next coalesced write falls due. */
  wantsTimer(host: number, dueNs: number): void;
}

export interface ShardHostOptions {
  readonly host: number;
  readonly settings: Settings;
  readonly shards: number;
  readonly profile: Profile;
  /** Profile's extra cost of a delivery at this scenario's publish rate. */
  readonly deliveryExtraNs: number;
  /** Bytes a socket takes before it refuses more: kernel buffers of both ends plus the process's own high-water mark. */
  readonly socketBufferBytes: number;
  /** What all sockets of the machine hold together. */
  readonly socketMemory: SocketMemory;
  /** Connections that one of this shard stands for, in a scale model. */
  readonly scale: number;
  readonly world: ShardWorld;
  readonly sockets: SocketWrites;
}

/**
 * The event loop of one shard: the twin of `server/threads/shard-worker.ts`. It drives core's `Shard` and charges for what the
 * shard did, operation by operation, by the runtime profile.
 */
export class ShardHost implements EventLoop, ShardEffects<SimulatedFrame> {
  readonly shard: Shard<SimulatedFrame>;
  /** Bytes written to each connection's socket that its client has not taken yet. */
  readonly outstandingBytes: Float64Array;
  /** Changes when a connection number gets a new owner. */
  readonly epochs: Int32Array;
  /** When each connection was written to last. */
  #writtenNs: Float64Array;
  kernelNs = 0;
  collectionPauses = 0;
  collectionNs = 0;

  #host: number;
  #profile: Profile;
  #deliveryNs: number;
  #phase: BlockPhase;
  #socketBufferBytes: number;
  #socketMemory: SocketMemory;
  #world: ShardWorld;
  #sockets: SocketWrites;

  #delivered: SimulatedFrame[] = [];
  #missed: SimulatedFrame[] = [];
  #losses: LostRange[] = [];
  #missedMessages = 0;
  #accepts: number[] = [];
  #drained: number[] = [];
  #ended: number[] = [];
  #endedReasons: CloseReason[] = [];
  /** 1 for a connection whose end waits for its turn: it ends once, whoever ended it too. */
  #ending: Uint8Array;
  /** For a connection that the shard itself ended: what it had taken up then, and what was queued; -1 and 0 for others. */
  #takenAtEnd: Float64Array;
  #droppedAtEnd: Float64Array;
  /** Deliveries dropped with their connections so far, of all of them. */
  #droppedSoFar = 0;
  #admit: (client: number, connection: number) => void = () => {};
  #subscribe: (client: number, connection: number) => void = () => {};

  /** Time of this turn in which its core worked for the load client. */
  borrowedNs = 0;
  #startNs = 0;
  #elapsedNs = 0;
  #kernelInTurnNs = 0;
  #visitsCharged = 0;
  #broadcastsCharged = 0;
  #allocatedBytes = 0;

  constructor(options: ShardHostOptions) {
    const { settings, profile, shards } = options;
    this.#host = options.host;
    this.#profile = profile;
    this.#deliveryNs = profile.cpu.perDeliveryNs + options.deliveryExtraNs;
    this.#phase = new BlockPhase(options.scale);
    this.#socketBufferBytes = options.socketBufferBytes;
    this.#socketMemory = options.socketMemory;
    this.#world = options.world;
    this.#sockets = options.sockets;
    this.outstandingBytes = new Float64Array(settings.connectionsMax);
    this.epochs = new Int32Array(settings.connectionsMax);
    this.#writtenNs = new Float64Array(settings.connectionsMax);
    this.#ending = new Uint8Array(settings.connectionsMax);
    this.#takenAtEnd = new Float64Array(settings.connectionsMax).fill(-1);
    this.#droppedAtEnd = new Float64Array(settings.connectionsMax);
    this.shard = new Shard(
      {
        ...settings,
        workerPoolSize: Math.max(1, Math.floor(settings.workerPoolSize / shards)),
        workerQueueSize: Math.max(1, Math.floor(settings.workerQueueSize / shards)),
      },
      this,
    );
  }

  /** @param subscribe makes the client's subscriptions once it has its connection number */
  onAccepted(
    admit: (client: number, connection: number) => void,
    subscribe: (client: number, connection: number) => void,
  ): void {
    this.#admit = admit;
    this.#subscribe = subscribe;
  }

  messageDelivered(frame: SimulatedFrame): void {
    this.#delivered.push(frame);
  }
  messageMissed(frame: SimulatedFrame): void {
    this.#missed.push(frame);
  }
  messagesLost(range: LostRange): void {
    this.#losses.push(range);
  }
  clientAccepted(client: number): void {
    this.#accepts.push(client);
  }
  clientClosed(connection: number, reason: CloseReason = CloseReason.clientClosed): void {
    if (this.#ending[connection] === 1) return;
    this.#ending[connection] = 1;
    this.#ended.push(connection);
    this.#endedReasons.push(reason);
  }

  /** The client took `bytes` off its socket. @returns whether the loop has to be woken. */
  bytesTaken(connection: number, bytes: number): boolean {
    this.outstandingBytes[connection] -= bytes;
    this.#socketMemory.heldBytes -= bytes;
    if (!this.shard.isBlocked(connection) || this.outstandingBytes[connection] > this.#socketBufferBytes / 2)
      return false;
    this.#drained.push(connection);
    return true;
  }

  runTurn(startNs: number): number {
    const { cpu, garbageCollection } = this.#profile;
    const { shard } = this;
    this.#startNs = startNs;
    this.#elapsedNs = cpu.perTurnNs;
    this.#kernelInTurnNs = 0;
    this.borrowedNs = 0;
    while (garbageCollection.everyBytes > 0 && this.#allocatedBytes >= garbageCollection.everyBytes) {
      this.#allocatedBytes -= garbageCollection.everyBytes;
      this.#elapsedNs += garbageCollection.pauseNs;
      this.collectionPauses += 1;
      this.collectionNs += garbageCollection.pauseNs;
    }
    this.#takeFacts(cpu.perAcceptNs);
    shard.turn(startNs);
    this.#chargeMatching();
    this.kernelNs += this.#kernelInTurnNs;
    return Math.round(this.#elapsedNs);
  }

  turnEnded(nowNs: number): boolean {
    const credits = this.shard.takeCredits();
    if (credits > 0) this.#world.creditsReturned(this.#host, credits, nowNs);
    if (this.#hasFacts || this.shard.hasWork) return true;
    this.#world.burstEnded(this.#host);
    this.#world.wantsTimer(this.#host, this.shard.nextDueNs);
    return false;
  }

  write(connection: number, frames: readonly SimulatedFrame[], count: number, sizeBytes: number): boolean {
    this.#chargeMatching();
    const { cpu, garbageCollection } = this.#profile;
    let messages = 0;
    for (let index = 0; index < count; index += 1) if (frames[index].sequence > 0) messages += 1;
    let kernelNs = cpu.perWriteKernelNs + sizeBytes * cpu.perByteKernelNs;
    if (cpu.perColdWriteNs > 0) {
      kernelNs += coldWriteNs(cpu, this.#startNs - this.#writtenNs[connection]);
      this.#writtenNs[connection] = this.#startNs;
    }
    this.#kernelInTurnNs += kernelNs;
    const writeNs = cpu.perWriteUserNs + kernelNs + messages * this.#deliveryNs;
    this.#elapsedNs += writeNs;
    this.#allocatedBytes += garbageCollection.bytesPerWrite + messages * garbageCollection.bytesPerDelivery;
    this.outstandingBytes[connection] += sizeBytes;
    this.#socketMemory.heldBytes += sizeBytes;
    const shownNs = this.#elapsedNs - writeNs * this.#phase.next();
    const atNs = this.#startNs + Math.round(shownNs + this.borrowedNs);
    this.borrowedNs += this.#sockets.transmit(this.#host, connection, atNs, frames, count, messages, sizeBytes);
    return this.outstandingBytes[connection] < this.#socketBufferBytes && !this.#socketMemory.isFull;
  }

  close(connection: number, reason: CloseReason): void {
    // The shard has let go of it already: what it takes up from now on is not for this connection.
    this.#takenAtEnd[connection] = this.messagesTaken;
    this.#droppedAtEnd[connection] = this.#newlyDropped();
    this.clientClosed(connection, reason);
  }

  controlFrame(json: string): SimulatedFrame {
    return { sizeBytes: json.length, sequence: 0, channel: '', publishedAtNs: this.#startNs };
  }

  /** Messages that the shard has taken up: broadcast, or dropped for all its clients. */
  get messagesTaken(): number {
    return this.shard.work.broadcasts + this.#missedMessages;
  }

  /** Deliveries dropped with their connection since the last call. */
  #newlyDropped(): number {
    const before = this.#droppedSoFar;
    this.#droppedSoFar = this.shard.ledger.droppedByReason[DropReason.connectionClosed];
    return this.#droppedSoFar - before;
  }

  get #hasFacts(): boolean {
    return (
      this.#delivered.length + this.#missed.length + this.#accepts.length + this.#drained.length + this.#ended.length >
      0
    );
  }

  #takeFacts(perAcceptNs: number): void {
    const { shard } = this;
    for (let index = 0; index < this.#ended.length; index += 1) {
      const connection = this.#ended[index];
      const taken = this.#takenAtEnd[connection] >= 0 ? this.#takenAtEnd[connection] : this.messagesTaken;
      shard.connectionClosed(connection, this.#endedReasons[index]);
      this.#ending[connection] = 0;
      this.epochs[connection] += 1;
      this.#socketMemory.heldBytes -= this.outstandingBytes[connection];
      this.outstandingBytes[connection] = 0;
      const dropped = this.#droppedAtEnd[connection] + this.#newlyDropped();
      this.#takenAtEnd[connection] = -1;
      this.#droppedAtEnd[connection] = 0;
      this.#world.connectionEnded(this.#host, connection, taken, dropped);
    }
    this.#ended.length = 0;
    this.#endedReasons.length = 0;
    for (const client of this.#accepts) {
      const connection = shard.connectionOpened();
      this.#admit(client, connection);
      if (connection >= 0) this.#subscribe(client, connection);
      this.#elapsedNs += perAcceptNs;
    }
    this.#accepts.length = 0;
    for (const connection of this.#drained) shard.socketDrained(connection);
    this.#drained.length = 0;
    for (const frame of this.#delivered) shard.messageDelivered(frame);
    this.#delivered.length = 0;
    for (const frame of this.#missed) shard.messageMissed(frame);
    this.#missedMessages += this.#missed.length;
    this.#missed.length = 0;
    for (const range of this.#losses) shard.messagesLost(range, this.#startNs);
    this.#losses.length = 0;
  }

  #chargeMatching(): void {
    const { visits, work } = this.shard;
    if (visits === this.#visitsCharged && work.broadcasts === this.#broadcastsCharged) return;
    const { perVisitNs, perBroadcastNs } = this.#profile.cpu;
    this.#elapsedNs +=
      (visits - this.#visitsCharged) * perVisitNs + (work.broadcasts - this.#broadcastsCharged) * perBroadcastNs;
    this.#visitsCharged = visits;
    this.#broadcastsCharged = work.broadcasts;
  }
}
