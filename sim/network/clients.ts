import {
  assert,
  type ClientGroup,
  LatencyHistogram,
  type Machine,
  millisecondsToNs,
  nanosecondsPerMillisecond,
  nanosecondsPerSecond,
  wireBytes,
} from '#core';
import type { EventQueue } from '../kernel/event-queue.ts';
import type { LoadClientWorld } from '../world/load-client-host.ts';
import type { ShardHost, SimulatedFrame } from '../world/shard-host.ts';
import type { SharedCore } from '../machine/shared-core.ts';
import { ArrivalPool } from './arrival-pool.ts';
import { InFlight } from './in-flight.ts';
import { NetworkCard } from './network-card.ts';

/** Where no client shares the machine, arrivals are looked at this often: their times are known already. */
const arrivalBatchNs = nanosecondsPerMillisecond;

export interface ClientEventKinds {
  readonly arrivals: number;
  readonly linkArrival: number;
  readonly clientTimer: number;
}

export interface ClientsOptions {
  /** Kinds of clients, by their number. */
  readonly groups: readonly ClientGroup[];
  readonly machine: Machine;
  readonly connectionsMax: number;
  /** The load generator shares the machine's cores and reads when it gets one. */
  readonly sameMachine: boolean;
  readonly events: EventQueue;
  readonly kinds: ClientEventKinds;
  readonly hosts: readonly ShardHost[];
  /** The load client's core and costs; null where no load client shares the machine. */
  readonly loadClient: { readonly perReadNs: number; readonly perMessageNs: number } | null;
  readonly sharedCore: SharedCore;
  /** Whether `newestPublishedNs` will be asked for. */
  readonly rememberNewest: boolean;
  /** Writes that one write stands for, in a scale model. */
  readonly scale: number;
  readonly world: {
    wakeShard(host: number): void;
    /** The load client waits for something to read. */
    readonly clientIsIdle: boolean;
    readonly clientBusyNs: number;
    clientUsed(ns: number): void;
  };
}

/** What is beyond the server's sockets: the network card, the clients' links, and clients that read or stall. */
export class Clients implements LoadClientWorld {
  /** Messages that clients took, and messages lost with their connection. */
  received = 0;
  lost = 0;
  readonly windowLatency = new LatencyHistogram();
  readonly intervalLatency = new LatencyHistogram();
  windowStartNs = Infinity;
  windowEndNs = Infinity;
  /** What the load client will read; without one, what is on its way to the first group. */
  readonly inFlight: InFlight;

  #events: EventQueue;
  #kinds: ClientEventKinds;
  #hosts: readonly ShardHost[];
  #world: ClientsOptions['world'];
  #sameMachine: boolean;
  #isLoopback: boolean;
  #loadClient: ClientsOptions['loadClient'];
  #sharedCore: SharedCore;
  #connectionsMax: number;
  #networkCard: NetworkCard;
  /** By group; writes of one round trip arrive in the order in which they left. */
  #halfTripNs: Float64Array;
  #linkNsPerByte: Float64Array;
  #flights: InFlight[];
  #arrivalPool = new ArrivalPool();
  #arrivalsScheduled: Uint8Array;
  #group: Uint8Array[] = [];
  #linkFreeNs: Float64Array[] = [];
  #stalled: Uint8Array[] = [];
  /** When the newest message that each connection's client has was published; null where nobody will ask. */
  #newestNs: Float64Array[] | null;
  /** What stalled clients' kernels hold: publish times, and how many of those messages have arrived there. */
  #held = new Map<number, { times: number[]; arrived: number }>();

  constructor(options: ClientsOptions) {
    const { groups, sameMachine } = options;
    this.#events = options.events;
    this.#kinds = options.kinds;
    this.#hosts = options.hosts;
    this.#world = options.world;
    this.#sameMachine = sameMachine;
    this.#isLoopback = options.machine.networkBitsPerSecond === null;
    this.#loadClient = options.loadClient;
    this.#sharedCore = options.sharedCore;
    this.#newestNs = options.rememberNewest ? [] : null;
    this.#connectionsMax = options.connectionsMax;
    this.#networkCard = new NetworkCard(
      options.machine.networkBitsPerSecond,
      options.machine.networkBurstBytes,
      options.scale,
    );
    this.#halfTripNs = Float64Array.from(groups, ({ roundTripMs }) => millisecondsToNs(roundTripMs / 2));
    this.#linkNsPerByte = Float64Array.from(groups, ({ linkBitsPerSecond: rate }) =>
      rate === null ? 0 : (8 * nanosecondsPerSecond) / rate,
    );
    this.inFlight = new InFlight(sameMachine);
    // One load client reads for all groups, which have one round trip then.
    this.#flights = groups.map((_group, index) =>
      index === 0 || sameMachine ? this.inFlight : new InFlight(sameMachine),
    );
    this.#arrivalsScheduled = new Uint8Array(groups.length);
  }

  /** Bytes that have crossed the network card by now. */
  get wireBytes(): number {
    return this.#networkCard.crossedBytes(this.#events.timeNs);
  }

  /** Nothing is on its way; what stalled clients hold does not count. */
  get isQuiet(): boolean {
    return this.#flights.every(({ count }) => count === 0) && this.#arrivalPool.messagesUnderWay === 0;
  }

  addShard(): void {
    this.#linkFreeNs.push(new Float64Array(this.#connectionsMax));
    this.#stalled.push(new Uint8Array(this.#connectionsMax));
    this.#group.push(new Uint8Array(this.#connectionsMax));
    this.#newestNs?.push(new Float64Array(this.#connectionsMax));
    this.#sharedCore.addHost();
  }

  connectionOpened(host: number, connection: number, group: number, stalled: boolean): void {
    this.#group[host][connection] = group;
    this.#stalled[host][connection] = stalled ? 1 : 0;
    this.#linkFreeNs[host][connection] = 0;
    // Whoever has nothing yet asks for what came after it connected.
    if (this.#newestNs !== null) this.#newestNs[host][connection] = this.#events.timeNs;
  }

  /** When the newest message that the client has was published, or when it connected. */
  newestPublishedNs(host: number, connection: number): number {
    assert(this.#newestNs !== null, 'asked for what was not remembered');
    return this.#newestNs[host][connection];
  }

  connectionEnded(host: number, connection: number): void {
    const key = this.#keyOf(host, connection);
    this.lost += this.#held.get(key)?.arrived ?? 0;
    this.#held.delete(key);
  }

  setStalled(host: number, connection: number, stalled: boolean): void {
    this.#stalled[host][connection] = stalled ? 1 : 0;
    const key = this.#keyOf(host, connection);
    const held = this.#held.get(key);
    if (stalled || held === undefined) return;
    this.#held.delete(key);
    for (const publishedAtNs of held.times) this.#recordLatency(publishedAtNs, this.#events.timeNs);
    if (held.times.length > 0) this.#remember(host, connection, held.times[held.times.length - 1]);
    this.received += held.arrived;
    this.#bytesTaken(host, connection, this.#hosts[host].outstandingBytes[connection]);
  }

  transmit(
    host: number,
    connection: number,
    atNs: number,
    frames: readonly SimulatedFrame[],
    count: number,
    messages: number,
    sizeBytes: number,
  ): number {
    const departureNs = this.#networkCard.send(atNs, sizeBytes, count);
    const epoch = this.#hosts[host].epochs[connection];
    const group = this.#group[host][connection];
    const linkNsPerByte = this.#linkNsPerByte[group];
    const halfTripNs = this.#halfTripNs[group];
    if (linkNsPerByte > 0) {
      const freeNs = this.#linkFreeNs[host];
      freeNs[connection] =
        Math.max(freeNs[connection], departureNs) + Math.round(wireBytes(sizeBytes, count) * linkNsPerByte);
      const arrivalNs = freeNs[connection] + halfTripNs;
      this.#noteArrival(host, connection, frames, count, arrivalNs);
      const index = this.#arrivalPool.add(host, connection, epoch, messages, sizeBytes);
      this.#events.schedule(arrivalNs, this.#kinds.linkArrival, index);
      return 0;
    }
    const arrivalNs = departureNs + halfTripNs;
    // A write over a link wakes nobody at once.
    if (this.#loadClient !== null && this.#isLoopback) {
      if (this.#sharedCore.takes(host, this.#world, atNs)) {
        const readNs = this.#loadClient.perReadNs + messages * this.#loadClient.perMessageNs;
        this.#noteArrival(host, connection, frames, count, arrivalNs + Math.round(readNs));
        this.#arrived(host, connection, epoch, messages, sizeBytes);
        this.#sharedCore.used(readNs);
        this.#world.clientUsed(readNs);
        return readNs;
      }
    }
    const flight = this.#flights[group];
    flight.push(host, connection, epoch, messages, sizeBytes, arrivalNs);
    if (this.#sameMachine) {
      for (let index = 0; index < count; index += 1) {
        if (frames[index].sequence > 0) flight.pushTime(frames[index].publishedAtNs);
      }
    } else {
      this.#noteArrival(host, connection, frames, count, arrivalNs);
    }
    // For the first of those under way: behind a slow link this one may be seconds later.
    if (this.#sameMachine) this.wantsClientTimer(Math.max(this.#events.timeNs, this.inFlight.arrivalNs));
    else if (this.#arrivalsScheduled[group] === 0) {
      this.#arrivalsScheduled[group] = 1;
      this.#events.schedule(arrivalNs + arrivalBatchNs, this.#kinds.arrivals, group);
    }
    return 0;
  }

  /** Latency is known as soon as the arrival time is; what a stalled client holds is recorded when it reads. */
  #noteArrival(
    host: number,
    connection: number,
    frames: readonly SimulatedFrame[],
    count: number,
    arrivalNs: number,
  ): void {
    const stalled = this.#stalled[host][connection] === 1;
    for (let index = 0; index < count; index += 1) {
      if (frames[index].sequence === 0) continue;
      if (stalled) this.#hold(host, connection, frames[index].publishedAtNs);
      else {
        this.#recordLatency(frames[index].publishedAtNs, arrivalNs);
        this.#remember(host, connection, frames[index].publishedAtNs);
      }
    }
  }

  /** What is on its way counts as there: of a client that is thrown out in that moment, it is lost for good. */
  #remember(host: number, connection: number, publishedAtNs: number): void {
    if (this.#newestNs !== null) this.#newestNs[host][connection] = publishedAtNs;
  }

  #hold(host: number, connection: number, publishedAtNs: number): void {
    this.#heldBy(host, connection).times.push(publishedAtNs);
  }

  #heldBy(host: number, connection: number): { times: number[]; arrived: number } {
    const key = this.#keyOf(host, connection);
    let held = this.#held.get(key);
    if (held === undefined) {
      held = { times: [], arrived: 0 };
      this.#held.set(key, held);
    }
    return held;
  }

  #keyOf(host: number, connection: number): number {
    return host * this.#connectionsMax + connection;
  }

  takeArrivals(group: number): void {
    const queue = this.#flights[group];
    while (queue.count > 0 && queue.arrivalNs <= this.#events.timeNs) {
      this.#arrived(queue.host, queue.connection, queue.epoch, queue.messages, queue.bytes);
      queue.shift();
    }
    this.#arrivalsScheduled[group] = queue.count > 0 ? 1 : 0;
    if (queue.count > 0) {
      const dueNs = Math.max(queue.arrivalNs, this.#events.timeNs + arrivalBatchNs);
      this.#events.schedule(dueNs, this.#kinds.arrivals, group);
    }
  }

  takeLinkArrival(index: number): void {
    const pool = this.#arrivalPool;
    this.#arrived(pool.host[index], pool.connection[index], pool.epoch[index], pool.messages[index], pool.bytes[index]);
    pool.release(index);
  }

  #arrived(host: number, connection: number, epoch: number, messages: number, bytes: number): void {
    if (this.#hosts[host].epochs[connection] !== epoch) {
      this.lost += messages;
    } else if (this.#stalled[host][connection] === 1) {
      this.#heldBy(host, connection).arrived += messages;
    } else {
      this.received += messages;
      this.#bytesTaken(host, connection, bytes);
    }
  }

  #bytesTaken(host: number, connection: number, bytes: number): void {
    if (this.#hosts[host].bytesTaken(connection, bytes)) this.#world.wakeShard(host);
  }

  clientRead(atNs: number): void {
    const queue = this.inFlight;
    const { host, connection, epoch, messages } = queue;
    const current = this.#hosts[host].epochs[connection] === epoch;
    const stalled = this.#stalled[host][connection] === 1;
    for (let index = 0; index < messages; index += 1) {
      const publishedAtNs = queue.shiftTime();
      if (!current) continue;
      if (stalled) this.#hold(host, connection, publishedAtNs);
      else {
        this.#recordLatency(publishedAtNs, atNs);
        this.#remember(host, connection, publishedAtNs);
      }
    }
    this.#arrived(host, connection, epoch, messages, queue.bytes);
  }

  /** The event of kind `clientTimer`: the load client is about to look. */
  timerFired(): void {
    this.#arrivalsScheduled[0] = 0;
  }

  wantsClientTimer(dueNs: number): void {
    if (this.#arrivalsScheduled[0] === 1) return;
    this.#arrivalsScheduled[0] = 1;
    this.#events.schedule(dueNs, this.#kinds.clientTimer, 0);
  }

  #recordLatency(publishedAtNs: number, arrivalNs: number): void {
    const latencyNs = arrivalNs - publishedAtNs;
    this.intervalLatency.record(latencyNs);
    if (arrivalNs < this.windowStartNs) return;
    if (arrivalNs < this.windowEndNs) this.windowLatency.record(latencyNs);
    // Known now, and still on its way at the end of the window: at least as late as it is by then.
    else if (publishedAtNs < this.windowEndNs) this.windowLatency.record(this.windowEndNs - publishedAtNs);
  }

  /** The window ends: what clients have not taken is at least as late as it is by now. */
  windowEnded(): void {
    const endNs = this.windowEndNs;
    for (const { times } of this.#held.values()) for (const atNs of times) this.windowLatency.record(endNs - atNs);
    if (this.#sameMachine) this.inFlight.visitTimes((atNs) => this.windowLatency.record(endNs - atNs));
  }

  /** Messages that left the server and that no client has taken. */
  get inTransit(): number {
    let held = 0;
    for (const { arrived } of this.#held.values()) held += arrived;
    let flying = 0;
    for (let group = 0; group < this.#flights.length; group += 1) {
      if (group === 0 || this.#flights[group] !== this.inFlight) flying += this.#flights[group].countMessages();
    }
    return flying + this.#arrivalPool.messagesUnderWay + held;
  }
}
