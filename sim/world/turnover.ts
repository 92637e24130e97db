import {
  assert,
  CloseReason,
  type Fault,
  nanosecondsPerMillisecond,
  nanosecondsPerSecond,
  type Scenario,
  secondsToNs,
} from '#core';
import type { EventQueue } from '../kernel/event-queue.ts';
import { RandomStream } from '../kernel/random.ts';

/** A client that takes another's place arrives so much later. */
const replacementDelayNs = nanosecondsPerMillisecond;

export type ServerRestart = Extract<Fault, { kind: 'server-restart' }>;

export interface TurnoverWorld {
  isConnected(client: number): boolean;
  closeClient(client: number, reason: CloseReason): void;
  /** Somebody new takes the client's number: it has received nothing. */
  clientReplaced(client: number): void;
  /** The server process ends, or is there again. */
  serverChanged(running: boolean): void;
}

export interface TurnoverOptions {
  readonly scenario: Scenario;
  /** Clients in all, those that join later too. */
  readonly clients: number;
  readonly replication: number;
  readonly events: EventQueue;
  readonly kinds: {
    readonly connect: number;
    readonly churn: number;
    readonly drainClient: number;
    readonly serverDown: number;
    readonly retry: number;
  };
  readonly world: TurnoverWorld;
}

/**
 * Clients that come and go: steady churn, and a server that restarts. Random numbers come from streams of their own, so that
 * all else stays as it is without them.
 */
export class Turnover {
  #scenario: Scenario;
  #clients: number;
  #events: EventQueue;
  #kinds: TurnoverOptions['kinds'];
  #world: TurnoverWorld;
  #leaving: RandomStream;
  #retrying: RandomStream;

  #churnGapNs = Infinity;
  #churnAtNs = 0;
  /** Clients whose connection ends so that somebody else takes their place. */
  #replaced = new Set<number>();

  #restart: ServerRestart | null = null;
  #down = false;
  #downSinceNs = 0;
  #downBeforeNs = 0;
  /** Tries of each client that waits for the server, by client; only those that wait are in it. */
  #tries = new Map<number, number>();

  constructor(options: TurnoverOptions) {
    this.#scenario = options.scenario;
    this.#clients = options.clients;
    this.#events = options.events;
    this.#kinds = options.kinds;
    this.#world = options.world;
    this.#leaving = new RandomStream(options.scenario.seed, 'churn', options.replication);
    this.#retrying = new RandomStream(options.scenario.seed, 'retry', options.replication);
  }

  /** Whether no server process runs. */
  get isDown(): boolean {
    return this.#down;
  }

  /** How long no server process ran so far. */
  downNs(nowNs: number): number {
    return this.#downBeforeNs + (this.#down ? nowNs - this.#downSinceNs : 0);
  }

  loadStarted(startNs: number): void {
    const { connections, churnPerHour = 0 } = this.#scenario.workload;
    if (churnPerHour === 0) return;
    this.#churnGapNs = (3_600 * nanosecondsPerSecond) / (connections * churnPerHour);
    this.#churnAtNs = startNs;
    this.#scheduleChurn();
  }

  /** Event of kind `churn`: one client, whichever, leaves. One that is not connected has nothing to leave. */
  churn(): void {
    const client = this.#leaving.uniformInteger(this.#scenario.workload.connections);
    if (this.#world.isConnected(client) && this.#restart === null && !this.#replaced.has(client)) {
      this.#replaced.add(client);
      this.#world.closeClient(client, CloseReason.clientClosed);
    }
    this.#scheduleChurn();
  }

  /** A restart begins: connections close one after another, evenly, and nobody is let in. */
  restartBegan(fault: ServerRestart, index: number, nowNs: number): void {
    this.#restart = fault;
    const drainNs = secondsToNs(fault.drainSeconds);
    let connected = 0;
    for (let client = 0; client < this.#clients; client += 1) if (this.#world.isConnected(client)) connected += 1;
    let closed = 0;
    for (let client = 0; client < this.#clients; client += 1) {
      if (!this.#world.isConnected(client)) continue;
      this.#events.schedule(nowNs + Math.round((drainNs * closed) / connected), this.#kinds.drainClient, client);
      closed += 1;
    }
    this.#events.schedule(nowNs + drainNs, this.#kinds.serverDown, index);
  }

  /** Event of kind `drainClient`. */
  drainClient(client: number): void {
    // One that is closing already stays connected until its shard has seen it.
    if (!this.#world.isConnected(client) || this.#tries.has(client) || this.#replaced.has(client)) return;
    this.#tries.set(client, 0);
    this.#world.closeClient(client, CloseReason.goingAway);
  }

  /** Event of kind `serverDown`: the drain is over, and the process ends. */
  serverDown(nowNs: number): void {
    this.#down = true;
    this.#downSinceNs = nowNs;
    for (let client = 0; client < this.#clients; client += 1) this.drainClient(client);
    this.#world.serverChanged(false);
  }

  restartEnded(nowNs: number): void {
    this.#downBeforeNs = this.downNs(nowNs);
    this.#down = false;
    this.#restart = null;
    this.#world.serverChanged(true);
  }

  /** A client's connection that was under way when the restart began is closed at once. */
  connectionOpened(client: number): void {
    if (this.#restart !== null) this.drainClient(client);
  }

  connectionEnded(client: number, nowNs: number): void {
    if (this.#replaced.delete(client)) {
      this.#world.clientReplaced(client);
      this.#events.schedule(nowNs + replacementDelayNs, this.#kinds.connect, client);
    } else if (this.#tries.has(client)) this.#waitFor(client, nowNs);
  }

  /** A client wants to connect. @returns false where no server answers it now; it tries again by itself. */
  reaches(client: number, nowNs: number): boolean {
    if (this.#restart === null) {
      this.#tries.delete(client);
      return true;
    }
    this.#waitFor(client, nowNs);
    return false;
  }

  /** The next try: at a random moment of a time that doubles, up to the longest. */
  #waitFor(client: number, nowNs: number): void {
    assert(this.#restart !== null, 'a client waits for a server that does not restart');
    const tries = this.#tries.get(client) ?? 0;
    this.#tries.set(client, tries + 1);
    let seconds = this.#restart.reconnectSpreadSeconds;
    for (let count = 0; count < tries && seconds < this.#restart.reconnectSpreadMaxSeconds; count += 1) seconds *= 2;
    const mostSeconds = Math.min(seconds, this.#restart.reconnectSpreadMaxSeconds);
    const waitNs = Math.round(this.#retrying.nextUnit() * secondsToNs(mostSeconds));
    // At least the grain of a timer, so that a client never tries twice in one moment.
    this.#events.schedule(nowNs + Math.max(nanosecondsPerMillisecond, waitNs), this.#kinds.retry, client);
  }

  #scheduleChurn(): void {
    const { arrivals } = this.#scenario.workload;
    this.#churnAtNs += arrivals === 'poisson' ? this.#leaving.exponential(this.#churnGapNs) : this.#churnGapNs;
    this.#events.schedule(Math.round(this.#churnAtNs), this.#kinds.churn, 0);
  }
}
