import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';
import {
  activeTasks,
  assert,
  closeCodes,
  closeReasonNames,
  CloseReason,
  decideAdmission,
  decodeRequest,
  encodeError,
  encodePong,
  encodeSubscribed,
  encodeUnsubscribed,
  encodeWelcome,
  type Frame,
  nanosecondsPerMillisecond,
  parseListenAddress,
  RefusalReason,
  refusalReasonNames,
  type Settings,
  Shard,
  type ShardEffects,
} from '#core';
import { Clock } from './clock.ts';
import { type FromShard, SharedState, type ShardCounters, type ShardStart, type ToShard } from './thread-messages.ts';
import { createHandshake, encodeTextFrame, type Handshake, type WebSocket } from './websocket.ts';

/** A frame with the bytes that go on the wire, built once and shared by all connections. */
interface ServerFrame extends Frame {
  readonly bytes: Uint8Array;
}

/** Clients closed at once while draining, and the pause between two such batches. */
const drainBatch = 500;
const drainPauseMs = 50;
/** Seconds after which a refused client may try again. */
const retryAfterSeconds = 5;

/** One event loop: sockets, timers and threads around core's `Shard`. The twin's counterpart is `sim/shard-host.ts`. */
class ShardWorker implements ShardEffects<ServerFrame> {
  #start: ShardStart;
  #settings: Settings;
  #send: (message: FromShard) => void;
  #clock: Clock;
  #shared: SharedState;
  #shard: Shard<ServerFrame>;
  #handshake: Handshake;
  #http: Server;

  #clients: (WebSocket | null)[] = [];
  #sockets: (Socket | null)[] = [];
  #closeReasons: CloseReason[] = [];
  #accepted = 0;
  #refused = new Array<number>(refusalReasonNames.length).fill(0);
  #requestErrors = 0;
  #health = { json: '{"status":"starting"}', httpStatus: 503, ready: false };

  #turnScheduled = false;
  #timer: NodeJS.Timeout | null = null;
  #timerDueNs = Infinity;
  #runTurn = (): void => this.#turn();

  /** The frames of the last write and their bytes joined: most connections have the same queue. */
  #joinedFrames: ServerFrame[] = [];
  #joined: Uint8Array = new Uint8Array();

  constructor(start: ShardStart, send: (message: FromShard) => void) {
    const { settings } = start;
    this.#start = start;
    this.#settings = settings;
    this.#send = send;
    this.#clock = new Clock(start.clockOriginMs);
    this.#shared = new SharedState(start.shared);
    this.#shard = new Shard(
      {
        ...settings,
        workerPoolSize: Math.max(1, Math.floor(settings.workerPoolSize / settings.shards)),
        workerQueueSize: Math.max(1, Math.floor(settings.workerQueueSize / settings.shards)),
      },
      this,
    );
    this.#handshake = createHandshake(settings.clientMessageBytesMax);
    this.#http = createServer((request, response) => {
      const { json, httpStatus, ready } = this.#health;
      const path = request.url?.split('?')[0];
      const [status, body] =
        path === '/health'
          ? [httpStatus, json]
          : path === '/ready'
            ? [ready ? 200 : 503, `{"ready":${ready}}`]
            : [404, '{"error":"not found: this server has /health, /ready and WebSocket upgrades on any path"}'];
      response.writeHead(status, { 'content-type': 'application/json' }).end(`${body}\n`);
    });
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
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
      case 'sample':
        return this.#send({ kind: 'counters', id: message.id, counters: this.#counters() });
      default:
        return this.#drain();
    }
  }

  // Effects of the shard -------------------------------------------------------------------------------------------

  write(connection: number, frames: readonly ServerFrame[], count: number): boolean {
    const socket = this.#sockets[connection];
    // A connection that has just closed: the shard is told in a moment.
    if (socket === null || socket.destroyed) return true;
    return socket.write(count === 1 ? frames[0].bytes : this.#join(frames, count));
  }

  close(connection: number, reason: CloseReason): void {
    this.#closeReasons[connection] = reason;
    this.#clients[connection]?.close(closeCodes[reason], closeReasonNames[reason]);
  }

  controlFrame(json: string): ServerFrame {
    const bytes = encodeTextFrame(json);
    return { bytes, sizeBytes: json.length, sequence: 0, channel: '', publishedAtNs: 0 };
  }

  #join(frames: readonly ServerFrame[], count: number): Uint8Array {
    const known = this.#joinedFrames;
    let same = known.length === count;
    for (let index = 0; same && index < count; index += 1) same = known[index] === frames[index];
    if (same) return this.#joined;
    known.length = count;
    let bytes = 0;
    for (let index = 0; index < count; index += 1) {
      known[index] = frames[index];
      bytes += frames[index].bytes.length;
    }
    const joined = Buffer.allocUnsafeSlow(bytes);
    let offset = 0;
    for (let index = 0; index < count; index += 1) {
      joined.set(frames[index].bytes, offset);
      offset += frames[index].bytes.length;
    }
    this.#joined = joined;
    return joined;
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

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const connections = this.#shared.connectionOpened();
    const tasks = activeTasks(connections, this.#settings.workerPoolSize);
    const refusal = decideAdmission(
      this.#settings,
      { connections, tasks },
      this.#shared.standingRefusal as RefusalReason | null,
    );
    if (refusal !== null) {
      this.#shared.connectionClosed();
      return this.#refuse(socket, refusal);
    }
    let opened = false;
    socket.once('close', () => {
      // A handshake that failed: nobody else gives the place back.
      if (!opened) this.#shared.connectionClosed();
    });
    this.#handshake(request, socket, head, (client, tcp) => {
      opened = true;
      this.#opened(client, tcp);
    });
  }

  #refuse(socket: Duplex, reason: RefusalReason): void {
    this.#refused[reason] += 1;
    const body = `{"error":"refused","reason":"${refusalReasonNames[reason]}"}\n`;
    socket.on('error', () => socket.destroy());
    socket.end(
      `HTTP/1.1 503 Service Unavailable\r\nRetry-After: ${retryAfterSeconds}\r\nConnection: close\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  }

  #opened(client: WebSocket, socket: Socket): void {
    const connection = this.#shard.connectionOpened();
    if (connection < 0) {
      // Every number is taken, those of connections that closed a moment ago included.
      this.#shared.connectionClosed();
      this.#refused[RefusalReason.connections] += 1;
      client.close(1013, refusalReasonNames[RefusalReason.connections]);
      return;
    }
    this.#accepted += 1;
    this.#clients[connection] = client;
    this.#sockets[connection] = socket;
    this.#closeReasons[connection] = CloseReason.clientClosed;
    socket.setNoDelay(true);
    socket.on('drain', () => {
      this.#shard.socketDrained(connection);
      this.#scheduleTurn();
    });
    client.on('message', (data, isBinary) => this.#requested(connection, String(data), isBinary));
    client.on('error', () => {
      this.#closeReasons[connection] = CloseReason.protocolError;
    });
    client.on('close', () => this.#closed(connection));
    this.#shard.sendControl(connection, encodeWelcome(this.#start.epoch, `${this.#start.shard}-${connection}`));
  }

  #closed(connection: number): void {
    this.#clients[connection] = null;
    this.#sockets[connection] = null;
    this.#shard.connectionClosed(connection, this.#closeReasons[connection]);
    this.#shared.connectionClosed();
  }

  #requested(connection: number, text: string, isBinary: boolean): void {
    const decoded = isBinary
      ? ({ ok: false, code: 'binary', message: 'frames are JSON text' } as const)
      : decodeRequest(text);
    if (!decoded.ok) {
      this.#requestErrors += 1;
      return this.#shard.sendControl(connection, encodeError(decoded.code, decoded.message));
    }
    const { request } = decoded;
    if (request.type === 'ping') return this.#shard.sendControl(connection, encodePong());
    if (request.type === 'unsubscribe') {
      for (const channel of request.channels) this.#shard.unsubscribe(connection, channel);
      return this.#shard.sendControl(connection, encodeUnsubscribed(request.channels));
    }
    const subscribed: string[] = [];
    for (const channel of request.channels) {
      if (this.#shard.subscribe(connection, channel) !== 'too-many-channels') subscribed.push(channel);
    }
    if (subscribed.length > 0) this.#shard.sendControl(connection, encodeSubscribed(subscribed));
    if (subscribed.length < request.channels.length) {
      this.#requestErrors += 1;
      const most = this.#settings.channelsPerClientMax;
      this.#shard.sendControl(
        connection,
        encodeError('too-many-channels', `channels: a client may have at most ${most}`),
      );
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
    const { ledger, work, visits, queued, closedByReason, hasWork } = this.#shard;
    const cpu = process.threadCpuUsage();
    return {
      offered: ledger.offered,
      sent: ledger.sent,
      droppedByReason: [...ledger.droppedByReason],
      queued,
      writes: work.writes,
      payloadBytes: work.bytes,
      broadcasts: work.broadcasts,
      visits,
      accepted: this.#accepted,
      closedByReason: [...closedByReason],
      refusedByReason: [...this.#refused],
      requestErrors: this.#requestErrors,
      cpuUserMicroseconds: cpu.user,
      cpuSystemMicroseconds: cpu.system,
      atRest: !hasWork && queued === 0,
    };
  }
}

function frameOf(message: Extract<ToShard, { bytes: Uint8Array }>): ServerFrame {
  const { bytes, channel, sequence, payloadBytes } = message;
  // The view crosses threads as a plain array; a Buffer view of the same memory is what sockets write fastest.
  return { bytes: Buffer.from(bytes.buffer), sizeBytes: payloadBytes, sequence, channel, publishedAtNs: 0 };
}

const port = parentPort;
assert(port !== null, 'a shard runs on a worker thread');
const worker = new ShardWorker(workerData as ShardStart, (message) => port.postMessage(message));
port.on('message', (message: ToShard) => worker.received(message));
worker.listen();
