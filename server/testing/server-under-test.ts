import { once } from 'node:events';
import WebSocket, { type ClientOptions } from 'ws';
import { parseSettings } from '#core';
import type { Bus } from '../bus/bus.ts';
import { EmbeddedBus } from '../bus/embedded.ts';
import { JetStreamBus } from '../bus/jetstream/jetstream-bus.ts';
import { Clock } from '../clock.ts';
import { Log } from '../observe/log.ts';
import { Supervisor } from '../threads/supervisor.ts';

/** A real server inside the test's process, on a free port of loopback. */
export interface ServerUnderTest {
  readonly supervisor: Supervisor;
  readonly bus: Bus;
  readonly port: number;
}

const running: Supervisor[] = [];

/**
 * @param values settings by variable, over quick ones; with NATS_URL it is fed by that server
 * @param onFatal told when the server cannot go on; by default that is an uncaught error
 */
export async function startServer(
  values: Record<string, string> = {},
  onFatal?: (error: Error) => void,
): Promise<ServerUnderTest> {
  const parsed = parseSettings({
    WS_ADDR: '127.0.0.1:0',
    LOG_LEVEL: 'error',
    WS_FLUSH_INTERVAL: '5ms',
    WS_DRAIN_TIMEOUT: '3s',
    ...values,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  const { settings } = parsed;
  const clock = new Clock();
  const log = new Log(settings);
  const bus = settings.natsUrl === null ? new EmbeddedBus(settings, clock) : new JetStreamBus(settings, clock, log);
  const supervisor = new Supervisor(settings, clock, bus, log, onFatal);
  running.push(supervisor);
  return { supervisor, bus, port: await supervisor.start() };
}

/** A server with the embedded bus, to publish to directly. */
export async function startEmbedded(
  values: Record<string, string> = {},
): Promise<ServerUnderTest & { readonly bus: EmbeddedBus }> {
  const server = await startServer(values);
  if (!(server.bus instanceof EmbeddedBus)) throw new Error('NATS_URL is set');
  return { ...server, bus: server.bus };
}

export async function stopServers(): Promise<void> {
  await Promise.all(running.splice(0).map((supervisor) => supervisor.stop()));
}

export type ServerFrame = { readonly type: string; readonly [field: string]: unknown };

/** A client that keeps what it is sent and can wait for more. */
export class TestClient {
  readonly socket: WebSocket;
  readonly frames: ServerFrame[] = [];
  /** Resolves with the close code once the connection has ended. */
  readonly ended: Promise<number>;
  #arrived: (() => void)[] = [];

  constructor(port: number, options: ClientOptions & { readonly path?: string; readonly tls?: boolean } = {}) {
    this.socket = new WebSocket(
      `${options.tls === true ? 'wss' : 'ws'}://127.0.0.1:${port}${options.path ?? '/'}`,
      options,
    );
    this.socket.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)));
      for (const wake of this.#arrived.splice(0)) wake();
    });
    this.socket.on('error', () => {});
    this.ended = new Promise((resolve) => this.socket.once('close', (code) => resolve(code)));
  }

  send(request: unknown): void {
    this.socket.send(typeof request === 'string' ? request : JSON.stringify(request));
  }

  /** Waits until `count` frames of the type have come. */
  async received(type: string, count = 1): Promise<ServerFrame[]> {
    for (;;) {
      const found = this.frames.filter((frame) => frame.type === type);
      if (found.length >= count) return found;
      await new Promise<void>((resolve) => this.#arrived.push(resolve));
    }
  }

  async subscribed(...channels: string[]): Promise<this> {
    await once(this.socket, 'open');
    this.send({ type: 'subscribe', channels });
    await this.received('subscribed');
    return this;
  }

  /** Sequences of the messages so far, each once, as a client that knows of redeliveries reads them. */
  get sequences(): number[] {
    return [...new Set(this.frames.filter(({ type }) => type === 'message').map(({ seq }) => Number(seq)))];
  }

  /** Waits until messages of all these sequences have come. */
  async receivedAll(sequences: readonly number[]): Promise<void> {
    for (;;) {
      const found = new Set(this.sequences);
      if (sequences.every((sequence) => found.has(sequence))) return;
      await new Promise<void>((resolve) => this.#arrived.push(resolve));
    }
  }
}
