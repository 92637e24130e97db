import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';
import {
  assert,
  closeCodes,
  closeReasonNames,
  CloseReason,
  decodeRequest,
  encodeError,
  encodePong,
  encodeSubscribed,
  encodeUnsubscribed,
  encodeWelcome,
  type Frame,
  KeepAlive,
  type KeepAliveEffects,
  nanosecondsPerMillisecond,
  parseListenAddress,
  RefusalReason,
  refusalReasonNames,
  type Settings,
  Shard,
  type ShardEffects,
} from '#core';
import { Clock, wallMs } from '../clock.ts';
import { CollectionMeter } from '../observe/collection-meter.ts';
import { FrameJoiner } from '../clients/frame-joiner.ts';
import { type Admitted, Gate } from '../clients/gate.ts';
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
import { createTokenCheck, mayTake, type TokenCheck } from '../clients/tokens.ts';
import { createHandshake, encodeTextFrame, type Handshake, pingFrame, type WebSocket } from '../clients/websocket.ts';

/** A message's frame, built once and shared by all connections. */
interface ServerFrame extends Frame {
  readonly bytes: Uint8Array;
}

/** One client: its protocol, its socket, and what it may do. */
interface Client {
  readonly websocket: WebSocket;
  readonly socket: Socket;
  readonly admitted: Admitted;
  closeReason: CloseReason;
}

/** Clients closed at once while draining, and the pause between two such batches. */
const drainBatch = 500;
const drainPauseMs = 50;
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
  #epoch: string;

  #clients: (Client | null)[] = [];
  #accepted = 0;
  #requestErrors = 0;
  #pings = 0;
  #recoveries = 0;
  #recoveriesFailed = 0;
  #health: PublicHealth = { json: '{"status":"starting"}', httpStatus: 503, ready: false };

  #turnScheduled = false;
  #timer: NodeJS.Timeout | null = null;
  #timerDueNs = Infinity;
  #runTurn = (): void => this.#turn();
  #joiner = new FrameJoiner();
  #collections = new CollectionMeter();

  constructor(start: ShardStart, checkToken: TokenCheck | null, send: (message: FromShard) => void) {
    const { settings, shard, past } = start;
    this.#start = start;
    this.#settings = settings;
    this.#send = send;
    this.#epoch = start.epoch;
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
    this.#gate = new Gate({
      settings,
      shard,
      shared: this.#shared,
      addresses: start.addresses === null ? null : new AddressCounts(start.addresses),
      checkToken,
    });
    this.#handshake = createHandshake(settings.clientMessageBytesMax, (socket) =>
      this.#gate.refuse(socket, RefusalReason.handshake),
    );
    this.#http = createShardServer(settings, this.#gate, () => this.#health);
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
        this.#health = message;
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
        return this.#drain();
      default:
        throw new Error(`shard: unknown message ${JSON.stringify(message satisfies never)}`);
    }
  }

  // Effects of the shard -------------------------------------------------------------------------------------------

  write(connection: number, frames: readonly ServerFrame[], count: number): boolean {
    const socket = this.#clients[connection]?.socket;
    // A connection that has just closed: the shard is told in a moment.
    if (socket === undefined || socket.destroyed) return true;
    return socket.write(count === 1 ? frames[0].bytes : this.#joiner.join(frames, count));
  }

  close(connection: number, reason: CloseReason): void {
    const client = this.#clients[connection];
    if (client === null || client === undefined) return;
    client.closeReason = reason;
    const hint =
      reason === CloseReason.goingAway ? `; retry after ${Math.floor(Math.random() * retrySpreadMs)} ms` : '';
    client.websocket.close(closeCodes[reason], `${closeReasonNames[reason]}${hint}`);
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
    this.close(connection, reason);
    // Nobody is there to answer a close frame.
    if (reason === CloseReason.pingTimeout) client?.websocket.terminate();
  }

  #sweep(): void {
    this.#keepAlive.sweep(this.#clock.nowNs, this);
    this.#shard.history.expire(this.#clock.nowNs);
    this.#joiner.clear();
  }

  // Turns ----------------------------------------------------------------------------------------------------------

  #scheduleTurn(): void {
    if (this.#turnScheduled) return;
    this.#turnScheduled = true;
    setImmediate(this.#runTurn);
  }

  #turn(): void {
    this.#turnScheduled = false;
    this.#shard.turn(this.#clock.nowNs);
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
    socket.once('close', () => {
      // A handshake that failed: nobody else gives the place back.
      if (!opened) admitted.leave();
    });
    this.#handshake(request, socket, head, (websocket, tcp) => {
      opened = true;
      socket.off('error', onEarlyError);
      this.#opened(websocket, tcp, admitted);
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
    const client: Client = { websocket, socket, admitted, closeReason: CloseReason.clientClosed };
    const { untilNs } = admitted.entitlement;
    const nowNs = this.#clock.nowNs;
    this.#accepted += 1;
    this.#clients[connection] = client;
    this.#keepAlive.opened(connection, nowNs, nowNs + untilNs - wallMs() * nanosecondsPerMillisecond);
    socket.setNoDelay(true);
    socket.on('drain', () => {
      this.#keepAlive.heard(connection, this.#clock.nowNs);
      this.#shard.socketDrained(connection);
      this.#scheduleTurn();
    });
    websocket.on('message', (data, isBinary) => {
      this.#keepAlive.heard(connection, this.#clock.nowNs);
      this.#requested(connection, client, String(data), isBinary);
    });
    websocket.on('pong', () => this.#keepAlive.heard(connection, this.#clock.nowNs));
    websocket.on('error', (error: NodeJS.ErrnoException) => {
      client.closeReason = closeReasonOf(error.code);
    });
    websocket.on('close', () => this.#closed(connection, client));
    this.#shard.sendControl(connection, encodeWelcome(this.#epoch, `${this.#start.shard}-${connection}`));
  }

  #closed(connection: number, client: Client): void {
    this.#clients[connection] = null;
    this.#keepAlive.closed(connection);
    this.#shard.connectionClosed(connection, client.closeReason);
    client.admitted.leave();
    const { ledger } = this.#shard;
    this.#shared.writeLedger(this.#start.shard, ledger.offered, ledger.sent, ledger.replayed);
  }

  #requested(connection: number, { admitted }: Client, text: string, isBinary: boolean): void {
    const decoded = isBinary
      ? ({ ok: false, code: 'binary', message: 'frames are JSON text' } as const)
      : decodeRequest(text);
    if (!decoded.ok) return this.#requestFailed(connection, decoded.code, decoded.message);
    const { request } = decoded;
    if (request.type === 'ping') return this.#shard.sendControl(connection, encodePong(wallMs()));
    if (request.type === 'unsubscribe') {
      for (const channel of request.channels) this.#shard.unsubscribe(connection, channel);
      this.#keepAlive.subscriptionsChanged(connection, this.#shard.subscriptionCount(connection), this.#clock.nowNs);
      return this.#shard.sendControl(connection, encodeUnsubscribed(request.channels));
    }
    const allowed = request.channels.filter((channel) => mayTake(admitted.entitlement, channel));
    if (allowed.length < request.channels.length) {
      this.#requestFailed(connection, 'forbidden', 'channels: the token does not allow all of these');
    }
    // What is broadcast now is either wholly before these subscriptions or wholly after.
    this.#shard.settleBroadcast();
    const subscribed = allowed.filter((channel) => this.#shard.subscribe(connection, channel) !== 'too-many-channels');
    this.#keepAlive.subscriptionsChanged(connection, this.#shard.subscriptionCount(connection), this.#clock.nowNs);
    if (subscribed.length > 0) {
      const recovered =
        request.since === null ? null : this.#recover(connection, subscribed, request.since, request.epoch);
      const { newestSequence } = this.#shard.history;
      this.#shard.sendControl(connection, encodeSubscribed(subscribed, newestSequence, recovered));
      this.#scheduleTurn();
    }
    if (subscribed.length < allowed.length) {
      const most = this.#settings.channelsPerClientMax;
      this.#requestFailed(connection, 'too-many-channels', `channels: a client may have at most ${most}`);
    }
  }

  #recover(
    connection: number,
    channels: readonly string[],
    since: ReadonlyMap<string, number>,
    epoch: string | null,
  ): Map<string, boolean> {
    const recovered = new Map<string, boolean>();
    const isSameStream = epoch === null || epoch === this.#epoch;
    for (const channel of channels) {
      const sequence = since.get(channel);
      if (sequence === undefined) continue;
      const complete = isSameStream && this.#shard.recover(connection, channel, sequence);
      recovered.set(channel, complete);
      this.#recoveries += 1;
      if (!complete) this.#recoveriesFailed += 1;
    }
    return recovered;
  }

  #requestFailed(connection: number, code: string, message: string): void {
    this.#requestErrors += 1;
    this.#shard.sendControl(connection, encodeError(code, message));
  }

  /** Sequences begin again: what clients hold means nothing any more, and a second welcome says so. */
  #streamReplaced(epoch: string, beginsAfter: number): void {
    this.#epoch = epoch;
    this.#shard.streamReplaced(this.#clock.nowNs);
    this.#shard.history.beginsAfter(beginsAfter);
    for (const [connection, client] of this.#clients.entries()) {
      if (client !== null)
        this.#shard.sendControl(connection, encodeWelcome(epoch, `${this.#start.shard}-${connection}`));
    }
  }

  #drain(): void {
    this.#http.close();
    const open = this.#clients.flatMap((client, connection) => (client === null ? [] : [connection]));
    const next = (): void => {
      for (const connection of open.splice(0, drainBatch)) this.close(connection, CloseReason.goingAway);
      if (open.length > 0) setTimeout(next, drainPauseMs);
      else this.#reportDrained();
    };
    next();
  }

  #reportDrained(): void {
    if (this.#shard.connections > 0) setTimeout(() => this.#reportDrained(), drainPauseMs);
    else this.#send({ kind: 'drained' });
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
      requestErrors: this.#requestErrors,
      pings: this.#pings,
      recoveries: this.#recoveries,
      recoveriesFailed: this.#recoveriesFailed,
      historyBytes: history.sizeBytes,
      cpuUserMicroseconds: cpu.user,
      cpuSystemMicroseconds: cpu.system,
      collectionPauses: this.#collections.pauses,
      collectionPauseMicroseconds: this.#collections.pauseMicroseconds,
      atRest: !hasWork && queued === 0 && this.#shard.recovering === 0,
    };
  }
}

function frameOf(message: SharedMessage): ServerFrame {
  const { bytes, channel, sequence, payloadBytes } = message;
  // The view crosses threads as a plain array; a Buffer view of the same memory is what sockets write fastest.
  return { bytes: Buffer.from(bytes.buffer), sizeBytes: payloadBytes, sequence, channel, publishedAtNs: 0 };
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
