import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { nanosecondsPerMillisecond, RefusalReason, type Settings } from '#core';
import type { Gate } from './gate.ts';
import { wantsWebSocket } from './handshake-rules.ts';
import type { PendingSockets } from './pending-sockets.ts';

/** How often Node looks for requests that are overdue. */
const overdueCheckMs = 500;
const headerBytesMax = 16_384;
/** A connection of plain HTTP may wait so long for its next request, and have so many. */
const keepAliveMs = 5_000;
const requestsPerSocketMax = 100;

/** The main thread speaks once a second: after so long a silence its last word is not repeated any more. */
const wordAgeMaxMs = 5_000;

/** What the public port answers to plain HTTP, as the main thread said it last. */
export interface PublicHealth {
  readonly json: string;
  readonly httpStatus: number;
  readonly ready: boolean;
  /** When it said so, on this thread's monotonic clock. */
  readonly saidAtMs: number;
}

/** The health that holds now: a word that is too old is none. */
export function currentHealth(said: PublicHealth, nowMs: number): PublicHealth {
  const ageMs = nowMs - said.saidAtMs;
  if (ageMs <= wordAgeMaxMs) return said;
  const reasons = [`the main thread has not been heard of for ${Math.floor(ageMs / 1_000)} s`];
  return { ...said, json: JSON.stringify({ status: 'unhealthy', reasons }), httpStatus: 503, ready: false };
}

/**
 * The HTTP side of a shard: `/health`, `/ready`, and upgrades, which it leaves to others. With TLS where it is set.
 * Whatever a peer does, a socket that is no WebSocket ends: by a deadline of its request, of its silence, or of its
 * last answer.
 */
export function createShardServer(
  settings: Settings,
  gate: Gate,
  pending: PendingSockets,
  health: () => PublicHealth,
): Server {
  const timeoutMs = settings.handshakeTimeoutNs / nanosecondsPerMillisecond;
  const options: ServerOptions = {
    headersTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    connectionsCheckingInterval: Math.min(overdueCheckMs, timeoutMs),
    maxHeaderSize: headerBytesMax,
    keepAliveTimeout: Math.min(keepAliveMs, timeoutMs),
    shouldUpgradeCallback: wantsWebSocket,
  };
  const answer: RequestListener = (request, response) => {
    const { json, httpStatus, ready } = currentHealth(health(), performance.now());
    const path = request.url?.split('?')[0];
    const [status, body] =
      path === '/health'
        ? [httpStatus, json]
        : path === '/ready'
          ? [ready ? 200 : 503, `{"ready":${ready}}`]
          : [404, '{"error":"not found: this server has /health, /ready and WebSocket upgrades on any path"}'];
    response.writeHead(status, { 'content-type': 'application/json' }).end(`${body}\n`);
  };
  const server =
    settings.tlsCertificateFile === ''
      ? createServer(options, answer)
      : createTlsServer(
          {
            ...options,
            cert: readFileSync(settings.tlsCertificateFile),
            key: readFileSync(settings.tlsKeyFile),
            handshakeTimeout: timeoutMs,
          },
          answer,
        );
  server.maxRequestsPerSocket = requestsPerSocketMax;
  // Also a peer that asks and never reads the answer; an upgraded socket has no such deadline.
  server.setTimeout(timeoutMs, (socket) => socket.destroy());
  server.on(settings.tlsCertificateFile === '' ? 'connection' : 'secureConnection', (socket: Duplex) =>
    pending.arrived(socket),
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const overdue = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    // A parser that has failed fails again with what comes after.
    if (socket.writableEnded) return;
    if (error.code === 'ECONNRESET') socket.destroy();
    else if (overdue) gate.refuse(socket, RefusalReason.handshakeTimeout);
    else gate.refuse(socket, RefusalReason.handshake, `not HTTP as in RFC 9112 (${error.code ?? error.message})`);
  });
  return server;
}
