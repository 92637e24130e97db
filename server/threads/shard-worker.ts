import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';
import {
  assert,
  closeCodes,
  closeReasonNames,
  CloseReason,
  encodeWelcome,
  type Frame,
  KeepAlive,
  type KeepAliveEffects,
  nanosecondsPerMillisecond,
  nanosecondsPerSecond,
  parseListenAddress,
  RefusalReason,
  refusalReasonNames,
  type Settings,
  Shard,
  type ShardEffects,
} from '#core';
import { Clock, wallMs } from '../clock.ts';
import { CollectionMeter } from '../observe/collection-meter.ts';
import { DeliveryLatency } from '../observe/delivery-latency.ts';
import { LoopMeter } from '../observe/loop-meter.ts';
import { ClientRequests } from '../clients/client-requests.ts';
import { FrameJoiner } from '../clients/frame-joiner.ts';
import { type Admitted, Gate } from '../clients/gate.ts';
import { PendingSockets } from '../clients/pending-sockets.ts';
import { RequestBudget } from '../clients/request-budget.ts';
import { createShardServer, type PublicHealth } from '../clients/shard-http.ts';
import {
  AddressCounts,
  type FromShard,
  SharedState,
  type SharedMessage,
  type ShardCounters,
  type ShardStart,
  type ToShard,
} from './thread-messages.ts';
import { ShardDrain } from './shard-drain.ts';
import { createTokenCheck, type TokenCheck } from '../clients/tokens.ts';
import {
  closeTimeoutMs,
  createHandshake,
  encodeTextFrame,
  type Handshake,
  pingFrame,
  type WebSocket,
} from '../clients/websocket.ts';

/** A message's frame, built once and shared by all connections. */
interface ServerFrame extends Frame {
  readonly bytes: Uint8Array;
}

/** One client: its protocol, its socket, and what it may do. */
interface Client {
  readonly websocket: WebSocket;
  readonly socket: Socket;
  readonly admitted: Admitted;
  readonly budget: RequestBudget;
  closeReason: CloseReason;
}

/** A client that is told to go away is told to come back within so many milliseconds, at a moment of its own. */
const retrySpreadMs = 10_000;
const sweepIntervalMs = 1_000;

/** One event loop: sockets, timers and threads around core's `Shard`. The twin's counterpart is `sim/world/shard-host.ts`. */
class ShardWorker implements ShardEffects<ServerFrame>, KeepAliveEffects {
  #start: ShardStart;
  #settings: Settings;
  #send: (message: FromShard) => void;
  #clock: Clock;
  #shared: SharedState;
  #shard: Shard<ServerFrame>;
  #keepAlive: KeepAlive;
  #gate: Gate;
  #handshake: Handshake;
  #http: Server;
  #requests: ClientRequests<ServerFrame>;
  #pending: PendingSockets;

  #clients: (Client | null)[] = [];
  #accepted = 0;
  #pings = 0;
  #requestPauses = 0;
  /** Clients that were told to go, or have half gone, in the order in which their time is over. */
  #leaving = new Map<Client, number>();
  #health: PublicHealth = { json: '{"status":"starting"}', httpStatus: 503, ready: false, saidAtMs: performance.now() };

  #turnScheduled = false;
  #timer: NodeJS.Timeout | null = null;
  #timerDueNs = Infinity;
  #runTurn = (): void => this.#turn();
  #joiner = new FrameJoiner();
  #collections = new CollectionMeter();
  #loop = new LoopMeter();
  #latency = new DeliveryLatency();
  #turnNs = 0;

  constructor(start: ShardStart, checkToken: TokenCheck | null, send: (message: FromShard) => void) {
    const { settings, shard, past } = start;
    this.#start = start;
    this.#settings = settings;
    this.#send = send;
    this.#clock = new Clock(start.clockOriginMs);
    this.#shared = SharedState.open(start.shared, settings.shards);
    this.#shard = new Shard(
      {
        ...settings,
        workerPoolSize: Math.max(1, Math.floor(settings.workerPoolSize / settings.shards)),
        workerQueueSize: Math.max(1, Math.floor(settings.workerQueueSize / settings.shards)),
      },
      this,
    );
    this.#shard.history.beginsAfter(past.unknownThrough);
    for (const message of past.messages) this.#shard.history.record(frameOf(message), this.#clock.nowNs);
    if (past.holeThrough > 0) this.#shard.history.lost(past.holeThrough, null);
    this.#keepAlive = new KeepAlive(settings);
    this.#requests = new ClientRequests({
      settings,
      shard: this.#shard,
      keepAlive: this.#keepAlive,
      epoch: start.epoch,
    });
    this.#pending = new PendingSockets(start.pendingSocketsMax);
    this.#gate = new Gate({
      settings,
      shard,
      shared: this.#shared,
      addresses: start.addresses === null ? null : AddressCounts.open(start.addresses),
      checkToken,
    });
    this.#handshake = createHandshake(settings.clientMessageBytesMax);
    this.#http = createShardServer(settings, this.#gate, this.#pending, () => this.#health);
    this.#http.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head));
    setInterval(() => this.#sweep(), sweepIntervalMs);
  }

  listen(): void {
    const { host } = parseListenAddress(this.#settings.listenAddress);
    const { port, reusePort } = this.#start;
    this.#http.once('error', (error: NodeJS.ErrnoException) => {
      this.#send({ kind: 'listenFailed', code: error.code ?? 'unknown', message: error.message });
    });
    this.#http.listen({ port, host, backlog: 4_096, ...(reusePort ? { reusePort } : {}) }, () => {
      const address = this.#http.address();
      assert(typeof address === 'object' && address !== null, 'a TCP server has an address');
      this.#send({ kind: 'listening', port: address.port });
    });
  }

  received(message: ToShard): void {
    switch (message.kind) {
      case 'message':
        this.#shard.messageDelivered(frameOf(message));
        return this.#scheduleTurn();
      case 'missed':
        this.#shard.messageMissed(frameOf(message));
        return this.#scheduleTurn();
      case 'health':
        this.#health = { ...message, saidAtMs: performance.now() };
        return;
      case 'flushInterval':
        return this.#shard.flushIntervalChanged(message.intervalNs);
      case 'streamReplaced':
        return this.#streamReplaced(message.epoch, message.beginsAfter);
      case 'lost':
        this.#shard.messagesLost(message.range, this.#clock.nowNs);
        return this.#scheduleTurn();
      case 'streamReached':
        return this.#shard.history.streamReached(message.sequence);
      case 'sample':
        return this.#send({ kind: 'counters', id: message.id, counters: this.#counters() });
      case 'fail':
        return fail(message.how);
      case 'drain':
        return this.#drain(message.timeoutMs);
      default:
        throw new Error(`shard: unknown message ${JSON.stringify(message satisfies never)}`);
    }
  }

  // Effects of the shard -------------------------------------------------------------------------------------------

  write(connection: number, frames: readonly ServerFrame[], count: number, _sizeBytes: number, fresh: number): boolean {
    const socket = this.#clients[connection]?.socket;
    // A connection that has just closed: the shard is told in a moment.
    if (socket === undefined || socket.destroyed) return true;
    this.#latency.record(frames, count - fresh, count, this.#turnNs);
    return socket.write(count === 1 ? frames[0].bytes : this.#joiner.join(frames, count));
  }

  close(connection: number, reason: CloseReason): void {
    const client = this.#clients[connection];
    if (client === null || client === undefined) return;
    client.closeReason = reason;
    this.#keepAlive.closed(connection);
    this.#leaves(client);
    const hint =
      reason === CloseReason.goingAway ? `; retry after ${Math.floor(Math.random() * retrySpreadMs)} ms` : '';
    client.websocket.close(closeCodes[reason], `${closeReasonNames[reason]}${hint}`);
    // Whoever is not read from cannot answer a close frame.
    client.websocket.resume();
  }

  controlFrame(json: string): ServerFrame {
    const bytes = encodeTextFrame(json);
    return { bytes, sizeBytes: json.length, sequence: 0, channel: '', publishedAtNs: 0 };
  }

  // Effects of keeping alive ---------------------------------------------------------------------------------------

  ping(connection: number): void {
    const client = this.#clients[connection];
    // A full socket proves nothing about its peer; the send buffer's policy deals with it.
    if (client === null || client === undefined || this.#shard.isBlocked(connection)) return;
    this.#pings += 1;
    client.socket.write(pingFrame);
  }

  expired(connection: number, reason: CloseReason): void {
    const client = this.#clients[connection];
    this.#shard.disconnect(connection, reason);
    // Nobody is there to answer a close frame.
    if (reason === CloseReason.pingTimeout) client?.websocket.terminate();
  }

  #sweep(): void {
    this.#keepAlive.sweep(this.#clock.nowNs, this);
    this.#shard.history.expire(this.#clock.nowNs);
    this.#joiner.clear();
    const nowMs = performance.now();
    for (const [client, dueMs] of this.#leaving) {
      if (dueMs > nowMs) break;
      client.websocket.terminate();
    }
  }

  /** From now on the client has a deadline, whatever its socket still waits for. */
  #leaves(client: Client): void {
    if (!this.#leaving.has(client)) this.#leaving.set(client, performance.now() + closeTimeoutMs);
  }

  // Turns ----------------------------------------------------------------------------------------------------------

  #scheduleTurn(): void {
    if (this.#turnScheduled) return;
    this.#turnScheduled = true;
    setImmediate(this.#runTurn);
  }

  #turn(): void {
    this.#turnScheduled = false;
    this.#turnNs = this.#clock.nowNs;
    this.#shard.turn(this.#turnNs);
    const { ledger } = this.#shard;
    this.#shared.writeLedger(this.#start.shard, ledger.offered, ledger.sent, ledger.replayed);
    const credits = this.#shard.takeCredits();
    if (credits > 0) this.#send({ kind: 'credits', credits });
    if (this.#shard.hasWork) this.#scheduleTurn();
    else this.#armTimer();
  }

  #armTimer(): void {
    const dueNs = this.#shard.nextDueNs;
    if (dueNs === Infinity || (this.#timer !== null && this.#timerDueNs <= dueNs)) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerDueNs = dueNs;
    const waitMs = Math.max(1, Math.ceil((dueNs - this.#clock.nowNs) / nanosecondsPerMillisecond));
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#turn();
    }, waitMs);
  }

  // Connections ----------------------------------------------------------------------------------------------------

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const onEarlyError = (): void => {
      socket.destroy();
    };
    socket.on('error', onEarlyError);
    const admitted = await this.#gate.admit(request, socket);
    if (admitted === null) return;
    if (socket.destroyed) return admitted.leave();
    let opened = false;
    // A peer that ends its side in the middle of the handshake is dropped without a word to anybody.
    socket.once('close', () => {
      if (!opened) admitted.leave();
    });
    this.#handshake(request, socket, head, {
      opened: (websocket, tcp) => {
        opened = true;
        socket.off('error', onEarlyError);
        this.#pending.opened(socket);
        this.#opened(websocket, tcp, admitted);
      },
      refused: (message) => {
        admitted.leave();
        this.#gate.refuse(socket, RefusalReason.handshake, message);
      },
    });
  }

  #opened(websocket: WebSocket, socket: Socket, admitted: Admitted): void {
    const connection = this.#shard.connectionOpened();
    if (connection < 0) {
      // Every number is taken, those of connections that closed a moment ago included.
      admitted.leave();
      this.#gate.refusedByReason[RefusalReason.connections] += 1;
      websocket.close(1013, refusalReasonNames[RefusalReason.connections]);
      return;
    }
    const { untilNs } = admitted.entitlement;
    const nowNs = this.#clock.nowNs;
    const client: Client = {
      websocket,
      socket,
      admitted,
      budget: new RequestBudget(nowNs),
      closeReason: CloseReason.clientClosed,
    };
    this.#accepted += 1;
    this.#clients[connection] = client;
    this.#keepAlive.opened(connection, nowNs, nowNs + untilNs - wallMs() * nanosecondsPerMillisecond);
    socket.setNoDelay(true);
    socket.on('drain', () => {
      this.#keepAlive.heard(connection, this.#clock.nowNs);
      this.#shard.socketDrained(connection);
      this.#scheduleTurn();
    });
    // A peer that has ended its side may leave ours waiting for ever behind data that it does not read.
    socket.once('end', () => this.#leaves(client));
    websocket.on('message', (data, isBinary) => {
      const atNs = this.#clock.nowNs;
      this.#keepAlive.heard(connection, atNs);
      const frame = { text: String(data), isBinary };
      this.#charge(client, this.#requests.received(connection, admitted.entitlement, frame, atNs), atNs);
      if (this.#shard.hasWork) this.#scheduleTurn();
    });
    websocket.on('ping', () => this.#charge(client, 1, this.#clock.nowNs));
    websocket.on('pong', () => this.#keepAlive.heard(connection, this.#clock.nowNs));
    websocket.on('error', (error: NodeJS.ErrnoException) => {
      client.closeReason = closeReasonOf(error.code);
    });
    websocket.on('close', () => this.#closed(connection, client));
    // However the library takes it, a socket that is gone is a client that is gone.
    socket.once('close', () => setImmediate(() => this.#closed(connection, client)));
    this.#shard.sendControl(connection, encodeWelcome(this.#requests.epoch, `${this.#start.shard}-${connection}`));
  }

  #closed(connection: number, client: Client): void {
    if (this.#clients[connection] !== client) return;
    this.#clients[connection] = null;
    this.#leaving.delete(client);
    this.#keepAlive.closed(connection);
    this.#shard.connectionClosed(connection, client.closeReason);
    client.admitted.leave();
    const { ledger } = this.#shard;
    this.#shared.writeLedger(this.#start.shard, ledger.offered, ledger.sent, ledger.replayed);
  }

  /** Stops reading from a client that asks for more than its share, until it is out of debt. */
  #charge(client: Client, requests: number, nowNs: number): void {
    const pauseMs = client.budget.charge(requests, nowNs);
    if (pauseMs === 0 || client.websocket.isPaused) return;
    this.#requestPauses += 1;
    client.websocket.pause();
    setTimeout(() => client.websocket.resume(), pauseMs);
  }

  /** Sequences begin again: what clients hold means nothing any more, and a second welcome says so. */
  #streamReplaced(epoch: string, beginsAfter: number): void {
    this.#requests.epoch = epoch;
    this.#shard.streamReplaced(this.#clock.nowNs);
    this.#shard.history.beginsAfter(beginsAfter);
    for (const [connection, client] of this.#clients.entries()) {
      if (client !== null)
        this.#shard.sendControl(connection, encodeWelcome(epoch, `${this.#start.shard}-${connection}`));
    }
  }

  #drain(timeoutMs: number): void {
    this.#http.close();
    this.#http.closeIdleConnections();
    new ShardDrain({
      shard: this.#shard,
      open: this.#clients.flatMap((client, connection) => (client === null ? [] : [connection])),
      timeoutMs,
      close: (connection) => this.#shard.disconnect(connection, CloseReason.goingAway),
      drained: () => this.#send({ kind: 'drained' }),
    });
  }

  #counters(): ShardCounters {
    const { ledger, work, visits, queued, closedByReason, hasWork, history } = this.#shard;
    const cpu = process.threadCpuUsage();
    return {
      offered: ledger.offered,
      sent: ledger.sent,
      replayed: ledger.replayed,
      droppedByReason: [...ledger.droppedByReason],
      queued,
      writes: work.writes,
      turns: work.turns,
      payloadBytes: work.bytes,
      broadcasts: work.broadcasts,
      visits,
      accepted: this.#accepted,
      closedByReason: [...closedByReason],
      refusedByReason: [...this.#gate.refusedByReason],
      requestErrors: this.#requests.errors,
      pings: this.#pings,
      recoveries: this.#requests.recoveries,
      recoveriesFailed: this.#requests.recoveriesFailed,
      historyBytes: history.sizeBytes,
      cpuUserMicroseconds: cpu.user,
      cpuSystemMicroseconds: cpu.system,
      collectionPauses: this.#collections.pauses,
      collectionPauseMicroseconds: this.#collections.pauseMicroseconds,
      loop: this.#loop.read(),
      latency: this.#latency.totals,
      oldestQueuedSeconds: Math.max(0, this.#clock.nowNs - this.#shard.oldestQueuedNs) / nanosecondsPerSecond,
      pendingSockets: this.#pending.count,
      pendingCutOff: this.#pending.cutOff,
      requestPauses: this.#requestPauses,
      atRest: !hasWork && queued === 0 && this.#shard.recovering === 0,
    };
  }
}

function frameOf(message: SharedMessage): ServerFrame {
  const { bytes, channel, sequence, payloadBytes, publishedAtNs } = message;
  // The view crosses threads as a plain array; a Buffer view of the same memory is what sockets write fastest.
  return { bytes: Buffer.from(bytes.buffer), sizeBytes: payloadBytes, sequence, channel, publishedAtNs };
}

/** What `ws` found wrong with a client's frame, by the codes of its documentation. */
function closeReasonOf(code: string | undefined): CloseReason {
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return CloseReason.messageTooBig;
  if (code === 'WS_ERR_INVALID_UTF8') return CloseReason.invalidData;
  return code?.startsWith('WS_ERR_') === true ? CloseReason.protocolError : CloseReason.clientClosed;
}

function fail(how: 'throw' | 'exhaust-heap'): void {
  if (how === 'throw') {
    setImmediate(() => {
      throw new Error('drill: this event loop was told to fail');
    });
    return;
  }
  const held: number[][] = [];
  for (;;) held.push(new Array<number>(100_000).fill(held.length));
}

const port = parentPort;
assert(port !== null, 'a shard runs on a worker thread');
const start = workerData as ShardStart;
const worker = new ShardWorker(start, await createTokenCheck(start.settings), (message) => port.postMessage(message));
port.on('message', (message: ToShard) => worker.received(message));
worker.listen();
