import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { nanosecondsPerMillisecond, RefusalReason, type Settings } from '#core';
import type { Gate } from './gate.ts';

/** How often Node looks for requests that are overdue. */
const overdueCheckMs = 500;
const headerBytesMax = 16_384;

/** What the public port answers to plain HTTP. */
export interface PublicHealth {
  readonly json: string;
  readonly httpStatus: number;
  readonly ready: boolean;
}

/** The HTTP side of a shard: `/health`, `/ready`, and upgrades, which it leaves to others. With TLS where it is set. */
export function createShardServer(settings: Settings, gate: Gate, health: () => PublicHealth): Server {
  const timeoutMs = settings.handshakeTimeoutNs / nanosecondsPerMillisecond;
  const options: ServerOptions = {
    headersTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    connectionsCheckingInterval: Math.min(overdueCheckMs, timeoutMs),
    maxHeaderSize: headerBytesMax,
  };
  const answer: RequestListener = (request, response) => {
    const { json, httpStatus, ready } = health();
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
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const overdue = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    // A parser that has failed fails again with what comes after.
    if (socket.writableEnded) return;
    if (error.code === 'ECONNRESET') socket.destroy();
    else gate.refuse(socket, overdue ? RefusalReason.handshakeTimeout : RefusalReason.handshake);
  });
  return server;
}
