import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { channelName, Channels, isChosen } from '#core';
import { ClientHandshake, maskedFrame, pingRequestFrame, subscribeFrame } from './client-handshake.ts';
import { type ClockEstimate, ClockOffset } from './clock-offset.ts';
import { FrameReader, Opcode } from './frame-reader.ts';
import type { DropPlan, LoadClientConfig } from './load-protocol.ts';
import { type LatencyRecorder, type MeterListener, MessageMeter } from './message-meter.ts';
import { SequenceAccount } from './sequence-account.ts';

/** One buffer for all sockets: libuv reads into it and hands it on before the next read. */
const readBufferBytes = 262_144;
const rampTickMs = 20;
/** Most connections dialled in one tick: below the 511 of Node's listen backlog. */
const dialsPerTickMax = 256;
/** How long the closing handshakes may take before the sockets are cut. */
const closeGraceMs = 2_000;
/** How often a process asks for the server's time. */
const clockAskMs = 1_000;
const wallMs = (): number => performance.timeOrigin + performance.now();
const normalClosure = Buffer.from([0x03, 0xe8]);
const noCloseFrame = 1006;

/** A client that lost its connection comes back within so many milliseconds. */
const comeBackMsLeast = 200;
const comeBackMsSpread = 1_000;

/** `away`: without a connection, and coming back. */
const State = { unopened: 0, dialling: 1, upgraded: 2, subscribed: 3, ended: 4, away: 5 } as const;
const emptyBytes = Buffer.alloc(0);

/**
 * Many WebSocket clients on raw sockets, in one event loop, at a cost per message far below the server's.
 *
 * Life of a client: dialled at the ramp rate, upgraded, subscribed, then only counted. It is *settled* once it is
 * subscribed, refused or failed; `started` tells when all are. Only a client that was subscribed is dialled again: after
 * `drop`, or by itself with `reconnect`; it then asks for what came after its newest sequence.
 */
export class LoadConnections implements MeterListener {
  readonly meter: MessageMeter;
  readonly account: SequenceAccount;
  readonly refusedByStatus: Record<string, number> = {};
  readonly failedByCode: Record<string, number> = {};
  readonly closedByCode: Record<string, number> = {};
  attempted = 0;
  connected = 0;
  subscribed = 0;
  open = 0;
  stalled = 0;
  reads = 0;
  reconnected = 0;
  socketBytes = 0;

  #config: LoadClientConfig;
  #channels: Channels;
  #handshake: ClientHandshake;
  #reader: FrameReader;
  #readBuffer = Buffer.allocUnsafeSlow(readBufferBytes);
  #sockets: (Socket | undefined)[] = [];
  #state: Uint8Array;
  /** 1: stalled by `stall`; 2: stalled for good by `stalledShare`. */
  #stall: Uint8Array;
  #dialledAtMs: Float64Array;
  #closeCode: Uint16Array;
  /** Whether the client has been subscribed before. */
  #returning: Uint8Array;
  #epoch = '';
  #clock = new ClockOffset();
  /** When the client asked for the server's time; 0 when it has not, or was answered. */
  #askedAtMs: Float64Array;
  #nextAsked = 0;
  #clockTimer: NodeJS.Timeout | undefined;
  /** Upgrade answers that came in pieces. */
  #partialAnswers = new Map<number, Buffer>();
  #settled = 0;
  #socketsOpen = 0;
  #closing = false;
  #rampTimer: NodeJS.Timeout | undefined;
  #timeoutTimer: NodeJS.Timeout | undefined;
  #started = Promise.withResolvers<void>();
  #allEnded = Promise.withResolvers<void>();

  constructor(config: LoadClientConfig, latency: LatencyRecorder) {
    const connectionsMax = config.connections;
    this.#config = config;
    this.#channels = new Channels(config);
    const takesAll = config.subscriptionsPerClient === config.channels;
    const groups = new Map<string, number>();
    this.#handshake = new ClientHandshake(config.host, config.port, config.path);
    this.account = new SequenceAccount({
      connectionsMax,
      contiguous: takesAll && (config.ownsStream || config.channelNames?.includes('>') === true),
      groupOf: (client) => {
        const subscriptions = this.#channelsOf(client).sort().join(' ');
        const group = groups.get(subscriptions) ?? groups.size;
        groups.set(subscriptions, group);
        return group;
      },
    });
    this.meter = new MessageMeter({ account: this.account, latency, listener: this });
    this.#reader = new FrameReader(connectionsMax, this.meter);
    this.#state = new Uint8Array(connectionsMax);
    this.#stall = new Uint8Array(connectionsMax);
    this.#dialledAtMs = new Float64Array(connectionsMax);
    this.#closeCode = new Uint16Array(connectionsMax);
    this.#returning = new Uint8Array(connectionsMax);
    this.#askedAtMs = new Float64Array(connectionsMax);
  }

  /** Dials all clients at the ramp rate; resolves when every one is settled. */
  start(): Promise<void> {
    const beganAtMs = performance.now();
    this.#rampTimer = setInterval(() => {
      const elapsedSeconds = (performance.now() - beganAtMs) / 1_000;
      const due = Math.min(
        this.#config.connections,
        Math.ceil(elapsedSeconds * this.#config.rampConnectionsPerSecond),
        this.attempted + dialsPerTickMax,
      );
      while (this.attempted < due) {
        this.#dial(this.attempted);
        this.attempted += 1;
      }
      if (this.attempted === this.#config.connections) clearInterval(this.#rampTimer);
    }, rampTickMs);
    this.#timeoutTimer = setInterval(() => this.#failOverdue(), 250);
    if (this.#config.usesServerClock) this.#clockTimer = setInterval(() => this.#askNext(), clockAskMs);
    return this.#started.promise;
  }

  /** Stops reading on `share` of the subscribed clients that read now, evenly spread. */
  stall(share: number): void {
    let readers = 0;
    for (let client = 0; client < this.attempted; client += 1) {
      if (this.#state[client] !== State.subscribed || this.#stall[client] !== 0) continue;
      if (isChosen(readers, share)) this.#stopReading(client, 1);
      readers += 1;
    }
  }

  /** A share of the subscribed clients cut their connections and come back, evenly spread over a time. */
  drop(share: number, { awayMs, spreadMs }: DropPlan): void {
    const chosen: number[] = [];
    let candidates = 0;
    for (let client = 0; client < this.attempted; client += 1) {
      if (this.#state[client] !== State.subscribed) continue;
      if (isChosen(candidates, share)) chosen.push(client);
      candidates += 1;
    }
    for (const [index, client] of chosen.entries()) {
      this.#leaveFor(client, awayMs + (spreadMs * index) / chosen.length);
    }
  }

  /** Reads again on every client that `stall` stopped. */
  resume(): void {
    for (let client = 0; client < this.attempted; client += 1) {
      if (this.#stall[client] !== 1) continue;
      this.#stall[client] = 0;
      this.stalled -= 1;
      this.#sockets[client]?.resume();
    }
  }

  /** Closes every connection with 1000 (normal closure); resolves when all are gone, within two seconds or so. */
  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#rampTimer);
    clearInterval(this.#timeoutTimer);
    clearInterval(this.#clockTimer);
    const closeFrame = maskedFrame(Opcode.close, normalClosure);
    for (const [client, socket] of this.#sockets.entries()) {
      if (socket === undefined) continue;
      if (this.#state[client] >= State.upgraded && this.#stall[client] === 0) socket.end(closeFrame);
      else socket.destroy();
    }
    const cut = setTimeout(() => {
      for (const socket of this.#sockets) socket?.destroy();
    }, closeGraceMs);
    this.#resolveWhenAllEnded();
    await this.#allEnded.promise;
    clearTimeout(cut);
  }

  subscribeAnswered(client: number, accepted: boolean): void {
    if (this.#state[client] !== State.upgraded) return;
    if (!accepted) {
      this.#fail(client, 'subscribe-error');
      return;
    }
    this.#state[client] = State.subscribed;
    if (this.#returning[client] === 1) {
      this.reconnected += 1;
      return;
    }
    this.#returning[client] = 1;
    this.subscribed += 1;
    this.#settle();
    if (isChosen(this.#config.firstClient + client, this.#config.stalledShare)) this.#stopReading(client, 2);
  }

  ponged(client: number, serverTimeMs: number | null): void {
    const askedAtMs = this.#askedAtMs[client];
    this.#askedAtMs[client] = 0;
    if (serverTimeMs === null || askedAtMs === 0) return;
    const { receivedAtMs } = this.meter;
    this.#clock.roundTrip(askedAtMs, receivedAtMs, serverTimeMs);
    this.meter.clockCorrectionMs = this.#clock.correctionMs(receivedAtMs);
  }

  /** How far the server's clock is ahead of ours; null when it does not tell its time. */
  get clockEstimate(): ClockEstimate | null {
    return this.#clock.estimate(wallMs());
  }

  welcomed(_client: number, epoch: string): void {
    this.#epoch = epoch;
  }

  pinged(client: number, payload: Uint8Array): void {
    if (!this.#closing) this.#sockets[client]?.write(maskedFrame(Opcode.pong, payload));
  }

  closeReceived(client: number, code: number): void {
    this.#closeCode[client] = code;
    // The answer to the server's close; when this side began, it has said so already and half-closed the socket.
    if (!this.#closing) this.#sockets[client]?.end(maskedFrame(Opcode.close, normalClosure));
  }

  #leaveFor(client: number, awayMs: number): void {
    if (this.#state[client] >= State.upgraded && this.#state[client] < State.ended) this.open -= 1;
    this.#state[client] = State.away;
    this.#sockets[client]?.destroy();
    setTimeout(() => {
      if (this.#closing) return;
      this.#reader.reset(client);
      this.#closeCode[client] = 0;
      this.#dial(client);
    }, awayMs);
  }

  #comeBack(client: number): void {
    this.#leaveFor(client, comeBackMsLeast + Math.random() * comeBackMsSpread);
  }

  #dial(client: number): void {
    const { host, port, localAddressCount, trustedCertificates } = this.#config;
    const localAddress =
      localAddressCount > 0 ? `127.0.0.${1 + ((this.#config.firstClient + client) % localAddressCount)}` : undefined;
    const options = {
      host,
      port,
      localAddress,
      onread: {
        buffer: this.#readBuffer,
        callback: (bytes: number): boolean => this.#received(client, bytes),
      },
    };
    const socket =
      trustedCertificates === null
        ? connect(options)
        : connectSecurely({
            ...options,
            ...(trustedCertificates === '' ? {} : { ca: trustedCertificates }),
            ...(isIP(host) === 0 ? { servername: host } : {}),
          });
    this.#sockets[client] = socket;
    this.#state[client] = State.dialling;
    this.#dialledAtMs[client] = performance.now();
    this.#socketsOpen += 1;
    socket.on(trustedCertificates === null ? 'connect' : 'secureConnect', () => socket.write(this.#handshake.request));
    socket.on('error', (error: NodeJS.ErrnoException) => this.#unsettledFailed(client, error.code ?? error.message));
    socket.on('close', () => {
      // A client that is away may have dialled anew before its old socket's end is told.
      if (this.#sockets[client] === socket) this.#ended(client);
      else this.#socketsOpen -= 1;
      this.#resolveWhenAllEnded();
    });
  }

  /** One read event. Answering false stops reading, as the socket's `onread` wants it. */
  #received(client: number, bytes: number): boolean {
    this.reads += 1;
    this.socketBytes += bytes;
    this.meter.receivedAtMs = wallMs();
    const state = this.#state[client];
    if (state === State.dialling) {
      this.#answered(client, this.#readBuffer.subarray(0, bytes));
    } else if (state !== State.ended && !this.#reader.read(client, this.#readBuffer, 0, bytes)) {
      this.#violated(client);
    }
    return this.#stall[client] === 0;
  }

  #answered(client: number, bytes: Buffer): void {
    const received = Buffer.concat([this.#partialAnswers.get(client) ?? emptyBytes, bytes]);
    this.#partialAnswers.delete(client);
    const answer = this.#handshake.readAnswer(received);
    if (answer.kind === 'incomplete') {
      this.#partialAnswers.set(client, received);
    } else if (answer.kind === 'refused') {
      count(this.refusedByStatus, String(answer.status));
      this.#giveUp(client);
    } else if (answer.kind === 'bad') {
      this.#fail(client, 'bad-upgrade');
    } else {
      this.#upgraded(client);
      if (!this.#reader.read(client, received, answer.frameAt, received.length)) this.#violated(client);
    }
  }

  #upgraded(client: number): void {
    this.#state[client] = State.upgraded;
    this.connected += 1;
    this.open += 1;
    const newest = this.account.newestOf(client);
    const since = this.#returning[client] === 1 && newest >= 0 ? { sequence: newest, epoch: this.#epoch } : null;
    // Nothing is on its way to it yet: now the round trip is at its quickest.
    if (this.#config.usesServerClock) this.#askTime(client);
    this.#sockets[client]?.write(subscribeFrame(this.#channelsOf(client), since));
  }

  #channelsOf(client: number): string[] {
    const { channelNames, firstClient, subscriptionsPerClient } = this.#config;
    return Array.from({ length: subscriptionsPerClient }, (_, offset) => {
      const channel = this.#channels.subscribed(firstClient + client, offset, subscriptionsPerClient);
      return channelNames?.[channel] ?? channelName(channel);
    });
  }

  /** One client after the other asks for the server's time, so that a drift of the clocks is followed. */
  #askNext(): void {
    for (let tried = 0; tried < this.attempted; tried += 1) {
      const client = this.#nextAsked % this.attempted;
      this.#nextAsked = client + 1;
      if (this.#state[client] !== State.subscribed || this.#stall[client] !== 0) continue;
      this.#askTime(client);
      return;
    }
  }

  #askTime(client: number): void {
    this.#askedAtMs[client] = wallMs();
    this.#sockets[client]?.write(pingRequestFrame());
  }

  #stopReading(client: number, kind: 1 | 2): void {
    this.#stall[client] = kind;
    this.stalled += 1;
    this.#sockets[client]?.pause();
  }

  #violated(client: number): void {
    if (this.#state[client] === State.subscribed) this.#closeCode[client] = 1002;
    else this.#unsettledFailed(client, 'bad-frame');
    this.#sockets[client]?.destroy();
  }

  #fail(client: number, code: string): void {
    this.#unsettledFailed(client, code);
    this.#sockets[client]?.destroy();
  }

  #unsettledFailed(client: number, code: string): void {
    const state = this.#state[client];
    if (state !== State.dialling && state !== State.upgraded) return;
    if (!this.#closing) count(this.failedByCode, code);
    this.#leave(client);
    this.#settleOrComeBack(client);
  }

  /** A client of the ramp is settled by its failure; one that was served before tries again. */
  #settleOrComeBack(client: number): void {
    if (this.#returning[client] === 0) this.#settle();
    else if (!this.#closing) this.#comeBack(client);
  }

  #giveUp(client: number): void {
    this.#leave(client);
    this.#settleOrComeBack(client);
    this.#sockets[client]?.destroy();
  }

  #leave(client: number): void {
    if (this.#state[client] >= State.upgraded && this.#state[client] < State.ended) this.open -= 1;
    this.#state[client] = State.ended;
  }

  #ended(client: number): void {
    this.#sockets[client] = undefined;
    this.#socketsOpen -= 1;
    this.#partialAnswers.delete(client);
    const code = this.#closeCode[client] || noCloseFrame;
    if (this.#state[client] === State.subscribed) {
      if (!this.#closing) count(this.closedByCode, String(code));
      if (this.#stall[client] !== 0) this.stalled -= 1;
      this.#stall[client] = 0;
      this.#leave(client);
      if (this.#config.reconnect && !this.#closing) this.#comeBack(client);
    } else {
      this.#unsettledFailed(client, `closed-${code}`);
    }
  }

  #failOverdue(): void {
    const overdueAtMs = performance.now() - this.#config.settleTimeoutMs;
    for (let client = 0; client < this.attempted; client += 1) {
      const state = this.#state[client];
      const unsettled = state === State.dialling || state === State.upgraded;
      if (unsettled && this.#dialledAtMs[client] < overdueAtMs) this.#fail(client, 'timeout');
    }
    if (this.#settled === this.#config.connections) clearInterval(this.#timeoutTimer);
  }

  #settle(): void {
    this.#settled += 1;
    if (this.#settled === this.#config.connections) this.#started.resolve();
  }

  #resolveWhenAllEnded(): void {
    if (this.#closing && this.#socketsOpen === 0) this.#allEnded.resolve();
  }
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
